/** What a condition that came out says of the values in it. */

import type { Case, Expression } from '../../syntax/index.js';
import { calleeName, lvalueText } from '../expressions.js';
import { evaluate, isComparison, isGot, type Scope } from './evaluate.js';
import type { PathState } from './pathState.js';
import { remember } from './remembered.js';
import {
  compare,
  ERROR,
  isRequest,
  mirrored,
  numberValue,
  SIGN,
  signsOf,
  signsWhere,
  symbol,
  type Value,
} from './value.js';

/** What a decided or open condition says of the symbols in it. Null if the path cannot go this way. */
export function refine(
  node: Expression,
  truth: boolean,
  state: PathState,
  scope: Scope,
  keep: (key: string) => boolean,
): PathState | null {
  if (node.kind === 'unary' && node.op === '!') return refine(node.operand, !truth, state, scope, keep);
  if (node.kind === 'call') {
    const [first] = node.args;
    const name = calleeName(node);
    if ((name === 'IS_ERR' || name === 'IS_ERR_OR_NULL') && first !== undefined) {
      const key = lvalueText(first);
      if (key === null || !keep(key)) return state;
      if (truth && name === 'IS_ERR') return withValue(state, key, ERROR);
      return truth ? state : withSigns(first, SIGN.positive, state, scope, keep);
    }
  }
  if (node.kind === 'binary' && isComparison(node.op)) {
    const left = evaluate(node.left, state, scope);
    const right = evaluate(node.right, state, scope);
    const same = (node.op === '==') === truth && (node.op === '==' || node.op === '!=');
    if (same && left.kind === 'symbol' && right.kind === 'number' && !isRequest(left, state)) {
      return withEqual(node.left, left, right, state, keep);
    }
    // As many as were asked for are no error.
    const possible = same && (isGot(left) || isGot(right)) ? SIGN.zero | SIGN.positive : SIGN.any;
    const first = withSigns(
      node.left,
      possible & signsWhere(node.op, signsOf(right, state), truth),
      state,
      scope,
      keep,
    );
    if (first === null) return null;
    const second = withSigns(
      node.right,
      possible & signsWhere(mirrored(node.op), signsOf(left, state), truth),
      first,
      scope,
      keep,
    );
    return second === null ? null : remember(node.op, left, right, truth, second);
  }
  const nonZero =
    scope.types.declared(node)?.endsWith('*') === true ? SIGN.positive : SIGN.negative | SIGN.positive;
  return withSigns(node, truth ? nonZero : SIGN.zero, state, scope, keep);
}

function withEqual(
  node: Expression,
  value: Extract<Value, { kind: 'symbol' }>,
  equal: Value,
  state: PathState,
  keep: (key: string) => boolean,
): PathState | null {
  if ((value.signs & signsOf(equal, state)) === 0) return null;
  const key = keyOf(node);
  if (key === null || !keep(key)) return state;
  const values = new Map(state.values);
  for (const [other, held] of values) {
    if (held.kind === 'symbol' && held.id === value.id) values.set(other, equal);
  }
  return { ...state, values: values.set(key, equal) };
}

/** The key of the variable that an expression reads, through assignments and the like. */
function keyOf(node: Expression): string | null {
  if (node.kind === 'assignment') return lvalueText(node.left);
  if (node.kind === 'cast') return keyOf(node.operand);
  if (node.kind === 'comma') return keyOf(node.right);
  if (node.kind === 'update') return node.prefix ? lvalueText(node.operand) : null;
  if (node.kind === 'call' && (calleeName(node) === 'likely' || calleeName(node) === 'unlikely')) {
    return node.args[0] === undefined ? null : keyOf(node.args[0]);
  }
  return lvalueText(node);
}

function withSigns(
  node: Expression,
  signs: number,
  state: PathState,
  scope: Scope,
  keep: (key: string) => boolean,
): PathState | null {
  const value = evaluate(node, state, scope);
  if (value.kind !== 'symbol' || isRequest(value, state)) return state;
  const left = value.signs & signs;
  if (left === 0) return null;
  const key = keyOf(node);
  if (left === value.signs || key === null || !keep(key)) return state;
  const values = new Map(state.values);
  const refined = left === SIGN.zero ? numberValue(0) : symbol(value.id, left);
  for (const [other, held] of values) {
    if (held.kind === 'symbol' && held.id === value.id) values.set(other, refined);
  }
  values.set(key, refined);
  return { ...state, values };
}

function withValue(state: PathState, key: string, value: Value): PathState {
  return { ...state, values: new Map(state.values).set(key, value) };
}

/** Whether a `case` can be taken; null if that is not known. */
export function caseTruth(subject: Expression, label: Case, state: PathState, scope: Scope): boolean | null {
  if (label.value === null || label.to !== null) return null;
  return compare('==', evaluate(subject, state, scope), evaluate(label.value, state, scope), state);
}
