/** Sums and the like of values of which only a name and a sign are known. */

import type { Expression } from '../../syntax/index.js';
import type { PathState } from './pathState.js';
import {
  countsPages,
  FROM_RESULT,
  nameOf,
  numberValue,
  SIGN,
  signsOf,
  symbol,
  type Value,
  WITH_ERROR,
} from './value.js';

const LONGEST_ID = 100;

/** A value named after what it was made of; after the place where that would be long. */
export function named(
  id: string,
  node: Expression,
  scope: { readonly prefix: string },
  signs: number,
): Value {
  return id.length > LONGEST_ID ? symbol(`${scope.prefix}#${node.start}`) : symbol(id, signs);
}

/** The value of `left op right`; `node` names it where it is not known. */
export function arithmetic(
  op: string,
  left: Value,
  right: Value,
  node: Expression,
  state: PathState,
  scope: { readonly prefix: string },
): Value {
  if (right.kind === 'number' && right.value === 0 && (op === '+' || op === '-')) return left;
  if (left.kind === 'number' && left.value === 0 && op === '+') return right;
  if (left.kind === 'number' && right.kind === 'number') {
    const value = fold(op, left.value, right.value);
    if (value !== null) return numberValue(value);
  }
  const taint = countsPages(left) || countsPages(right) ? FROM_RESULT : '';
  const error = state.outcome === 'negative' && op === '+' && [left, right].some(isResult) ? WITH_ERROR : '';
  const id = `(${nameOf(left)}${op}${nameOf(right)})${taint}${error}`;
  return named(id, node, scope, arithmeticSigns(op, signsOf(left, state), signsOf(right, state)));
}

function isResult(value: Value): boolean {
  return value.kind === 'result' || value.kind === 'huge';
}

function fold(op: string, a: number, b: number): number | null {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? null : Math.trunc(a / b);
    default:
      return null;
  }
}

function arithmeticSigns(op: string, a: number, b: number): number {
  const natural = ((a | b) & SIGN.negative) === 0;
  switch (op) {
    case '+':
      if (!natural) return ((a | b) & SIGN.positive) === 0 ? (a & b & SIGN.zero) | SIGN.negative : SIGN.any;
      return a === SIGN.positive || b === SIGN.positive ? SIGN.positive : SIGN.zero | SIGN.positive;
    case '*':
      if (!natural) return SIGN.any;
      return a === SIGN.positive && b === SIGN.positive ? SIGN.positive : SIGN.zero | SIGN.positive;
    case '|':
      if (!natural) return SIGN.any;
      return a === SIGN.positive || b === SIGN.positive ? SIGN.positive : SIGN.zero | SIGN.positive;
    case '/':
    case '>>':
    case '%':
    case '&':
      return natural ? SIGN.zero | SIGN.positive : SIGN.any;
    default:
      return SIGN.any;
  }
}

/** The signs of a variable after `++` or `--`. */
export function stepped(signs: number, op: '++' | '--'): number {
  if (op === '++') {
    return (
      (signs & SIGN.negative ? SIGN.negative | SIGN.zero : 0) |
      (signs & (SIGN.zero | SIGN.positive) ? SIGN.positive : 0)
    );
  }
  return (
    (signs & SIGN.positive ? SIGN.positive | SIGN.zero : 0) |
    (signs & (SIGN.zero | SIGN.negative) ? SIGN.negative : 0)
  );
}
