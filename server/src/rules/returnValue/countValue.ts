/** How many pages a count comes to for a buffer of which the address and the length are given: worked out as the kernel would. */

import { calleeName, lvalueText } from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import type { CountExpression } from './countExpression.js';
import { CONSTANT, LOWERS } from './pageTerms.js';

/** A buffer: where it begins, and by their texts what says how long it is. */
export interface Buffer {
  readonly address: bigint;
  readonly values: ReadonlyMap<string, bigint>;
}

/**
 * A buffer without a byte, at the beginning of a page.
 * @param texts what is zero of it
 */
export function emptyBuffer(texts: ReadonlySet<string>): Buffer {
  return { address: PAGE_SIZE << 8n, values: new Map([...texts].map(text => [text, 0n])) };
}

const PAGE_SHIFT = 12n;
const PAGE_SIZE = 1n << PAGE_SHIFT;
/** The size of an element whose type says nothing: no count that is right depends on it. */
const ELEMENT = 8n;
/** Definitions of definitions are followed this far. */
const DEEPEST = 8;

const PAGE_VALUES: ReadonlyMap<string, bigint> = new Map([
  ['PAGE_SIZE', PAGE_SIZE],
  ['PAGE_SHIFT', PAGE_SHIFT],
  ['PAGE_MASK', ~(PAGE_SIZE - 1n)],
]);

/** Without a fault where the divisor is nothing. */
const quotient = (value: bigint, divisor: bigint): bigint => value / (divisor || 1n);
const up = (value: bigint, unit: bigint): bigint => quotient(value + unit - 1n, unit) * unit;
const down = (value: bigint, unit: bigint): bigint => quotient(value, unit) * unit;

/** Functions and macros of one or two numbers that are worked out. */
const FUNCTIONS: ReadonlyMap<string, (first: bigint, second: bigint) => bigint> = new Map([
  ['PAGE_ALIGN', first => up(first, PAGE_SIZE)],
  ['PAGE_ALIGN_DOWN', first => down(first, PAGE_SIZE)],
  ['PFN_UP', first => up(first, PAGE_SIZE) >> PAGE_SHIFT],
  ['PFN_DOWN', first => first >> PAGE_SHIFT],
  ['offset_in_page', first => first & (PAGE_SIZE - 1n)],
  ['BITS_TO_BYTES', first => up(first, 8n) / 8n],
  ['BITS_TO_LONGS', first => up(first, 64n) / 64n],
  ['untagged_addr', first => first],
  ['DIV_ROUND_UP', (first, second) => quotient(up(first, second), second)],
  ['DIV_ROUND_UP_ULL', (first, second) => quotient(up(first, second), second)],
  ['howmany', (first, second) => quotient(up(first, second), second)],
  ['div_u64', quotient],
  ['roundup', up],
  ['round_up', up],
  ['ALIGN', up],
  ['rounddown', down],
  ['round_down', down],
  ['ALIGN_DOWN', down],
]);

/**
 * What an expression comes to before a call for a buffer, e.g. the number of pages that the call asks for; null where something is in
 * it that is not known.
 */
export function valueFor(count: CountExpression, expression: Expression, buffer: Buffer): bigint | null {
  const value = (node: Expression, depth: number): bigint | null => {
    const text = lvalueText(node);
    if (text !== null) return PAGE_VALUES.get(text) ?? (CONSTANT.test(text) ? null : variable(text, depth));
    switch (node.kind) {
      case 'number':
        return node.value === null ? null : BigInt(node.value);
      case 'type-query':
        return ELEMENT;
      case 'cast':
        return value(node.operand, depth);
      case 'unary': {
        const operand = value(node.operand, depth);
        if (operand === null || (node.op !== '~' && node.op !== '!')) return null;
        return node.op === '~' ? ~operand : truth(operand === 0n);
      }
      case 'conditional': {
        const test = value(node.test, depth);
        if (test === null) return null;
        return test === 0n
          ? value(node.otherwise, depth)
          : node.then === null
            ? test
            : value(node.then, depth);
      }
      case 'binary': {
        const [left, right] = [value(node.left, depth), value(node.right, depth)];
        return left === null || right === null ? null : operation(node.op, left, right);
      }
      case 'call': {
        if (LOWERS.test(calleeName(node) ?? ''))
          return node.args.some(argument => value(argument, depth) === 0n) ? 0n : null;
        const work = FUNCTIONS.get(calleeName(node) ?? '');
        const args = node.args.flatMap(argument => value(argument, depth) ?? []);
        const [first, second = 0n] = args;
        return work === undefined || first === undefined || args.length < node.args.length
          ? null
          : work(first, second);
      }
      default:
        return null;
    }
  };
  const variable = (text: string, depth: number): bigint | null => {
    const given = buffer.values.get(text);
    if (given !== undefined) return given;
    const definition = count.definition(text);
    if (definition !== null && depth < DEEPEST) {
      const known = value(definition, depth + 1);
      if (known !== null) return known;
    }
    if (count.isAddress(text)) return buffer.address;
    return /off(?:s|set)?$/i.test(text) ? buffer.address & (PAGE_SIZE - 1n) : null;
  };
  return value(expression, 0);
}

function truth(is: boolean): bigint {
  return is ? 1n : 0n;
}

function operation(op: string, left: bigint, right: bigint): bigint | null {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return quotient(left, right);
    case '%':
      return left % (right || 1n);
    case '>>':
      return left >> BigInt.asUintN(6, right);
    case '<<':
      return left << BigInt.asUintN(6, right);
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '<':
      return truth(left < right);
    case '<=':
      return truth(left <= right);
    case '>':
      return truth(left > right);
    case '>=':
      return truth(left >= right);
    case '==':
      return truth(left === right);
    case '!=':
      return truth(left !== right);
    default:
      return null;
  }
}
