/** What an expression is worth on a path, and which way a condition goes there. */

import type { Case, Expression } from '../../syntax/index.js';
import { calleeName, lvalueText } from '../expressions.js';
import { integerTypeOf, type TypeScope } from './integerType.js';
import { type PathState, REMEMBERED } from './pathState.js';
import {
  COUNTER,
  type Comparison,
  compare,
  ERROR,
  HUGE,
  isRequest,
  MET,
  mirrored,
  nameOf,
  numberValue,
  RESULT,
  SIGN,
  signsOf,
  signsWhere,
  symbol,
  type Value,
  valueKey,
} from './value.js';

/** The function that an expression is in: its types, and a prefix that keeps its names apart from another's. */
export interface Scope {
  readonly types: TypeScope;
  readonly prefix: string;
}

/** Part of the id of a symbol that was made from the result. */
const FROM_RESULT = '~r';
/** Part of the id of what a function said of the result: a test of it may be hidden there. */
const ASKED = '~q';

/** End of the id of a pointer to memory that was allocated as zeroes, and not given to anybody. */
export const ZEROED = '~z';

const LONGEST_ID = 100;

/** Whether a value is the result, or was made from it by adding and the like. */
export function countsPages(value: Value): boolean {
  return value.kind === 'result' || (value.kind === 'symbol' && value.id.includes(FROM_RESULT));
}

/** The value of an expression. Assignments and updates in it have happened. */
export function evaluate(node: Expression, state: PathState, scope: Scope): Value {
  switch (node.kind) {
    case 'number':
      return node.value === null ? opaque(node, scope) : numberValue(node.value);
    case 'identifier':
      return identifierValue(node.name, state, scope);
    case 'member':
      return memberValue(node, state, scope);
    case 'index':
      return kept(node, state) ?? opaque(node, scope);
    case 'unary':
      return unaryValue(node, state, scope);
    case 'cast':
      return castValue(evaluate(node.operand, state, scope), node.type, state);
    case 'comma':
      return evaluate(node.right, state, scope);
    case 'assignment':
      return evaluate(node.left, state, scope);
    case 'update':
      return node.prefix
        ? evaluate(node.operand, state, scope)
        : (state.values.get(`#${node.start}`) ?? opaque(node, scope));
    case 'conditional': {
      const truth = truthOf(node.test, state, scope).truth;
      if (truth !== null) return evaluate(truth ? (node.then ?? node.test) : node.otherwise, state, scope);
      const a = evaluate(node.then ?? node.test, state, scope);
      const b = evaluate(node.otherwise, state, scope);
      if (valueKey(a) === valueKey(b)) return a;
      const taint = countsPages(a) || countsPages(b) ? FROM_RESULT : '';
      return symbol(`${scope.prefix}#${node.start}${taint}`, signsOf(a, state) | signsOf(b, state));
    }
    case 'binary':
      return binaryValue(node, state, scope);
    case 'call':
      return callValue(node, state, scope);
    case 'string':
      return symbol(`${scope.prefix}#${node.start}`, SIGN.positive);
    default:
      return opaque(node, scope);
  }
}

function opaque(node: Expression, scope: Scope): Value {
  return symbol(`${scope.prefix}#${node.start}`);
}

function kept(node: Expression, state: PathState): Value | null {
  const text = lvalueText(node);
  return text === null ? null : (state.values.get(text) ?? null);
}

function identifierValue(name: string, state: PathState, scope: Scope): Value {
  const known = state.values.get(name);
  if (known !== undefined) return known;
  if (name === 'NULL' || name === 'false') return numberValue(0);
  if (name === 'true') return numberValue(1);
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return symbol(name, SIGN.positive);
  return symbol(`${scope.prefix}${name}@`);
}

function memberValue(node: Extract<Expression, { kind: 'member' }>, state: PathState, scope: Scope): Value {
  const known = kept(node, state);
  if (known !== null) return known;
  const object = evaluate(node.object, state, scope);
  if (node.arrow && object.kind === 'symbol' && object.id.endsWith(ZEROED)) return numberValue(0);
  return named(`${nameOf(object)}${node.arrow ? '->' : '.'}${node.name}`, node, scope, SIGN.any);
}

function named(id: string, node: Expression, scope: Scope, signs: number): Value {
  return id.length > LONGEST_ID ? opaque(node, scope) : symbol(id, signs);
}

function unaryValue(node: Extract<Expression, { kind: 'unary' }>, state: PathState, scope: Scope): Value {
  switch (node.op) {
    case '!': {
      const truth = truthOf(node.operand, state, scope).truth;
      return truth === null
        ? symbol(`${scope.prefix}#${node.start}`, SIGN.zero | SIGN.positive)
        : numberValue(truth ? 0 : 1);
    }
    case '-': {
      const value = evaluate(node.operand, state, scope);
      if (value.kind === 'number') return numberValue(-value.value);
      const signs = signsOf(value, state);
      const flipped =
        (signs & SIGN.zero) |
        (signs & SIGN.positive ? SIGN.negative : 0) |
        (signs & SIGN.negative ? SIGN.positive : 0);
      return named(`-${nameOf(value)}`, node, scope, flipped);
    }
    case '+':
      return evaluate(node.operand, state, scope);
    case '&':
      return symbol(`${scope.prefix}#${node.start}`, SIGN.positive);
    default:
      return kept(node, state) ?? opaque(node, scope);
  }
}

/** A cast to a wide integer type brings a lost sign back, or loses it. */
function castValue(value: Value, type: string, state: PathState): Value {
  const to = integerTypeOf(type);
  if (to === null || to.bits < 32) return value;
  if (to.signed && value.kind === 'huge') return RESULT;
  if (!to.signed && value.kind === 'result' && state.outcome === 'negative') return HUGE;
  return value;
}

function binaryValue(node: Extract<Expression, { kind: 'binary' }>, state: PathState, scope: Scope): Value {
  if (isComparison(node.op) || node.op === '&&' || node.op === '||') {
    const truth = truthOf(node, state, scope).truth;
    return truth === null
      ? symbol(`${scope.prefix}#${node.start}`, SIGN.zero | SIGN.positive)
      : numberValue(truth ? 1 : 0);
  }
  return arithmetic(
    node.op,
    evaluate(node.left, state, scope),
    evaluate(node.right, state, scope),
    node,
    state,
    scope,
  );
}

/** The value of `left op right`; `node` names it where it is not known. */
export function arithmetic(
  op: string,
  left: Value,
  right: Value,
  node: Expression,
  state: PathState,
  scope: Scope,
): Value {
  if (right.kind === 'number' && right.value === 0 && (op === '+' || op === '-')) return left;
  if (left.kind === 'number' && left.value === 0 && op === '+') return right;
  if (left.kind === 'number' && right.kind === 'number') {
    const value = fold(op, left.value, right.value);
    if (value !== null) return numberValue(value);
  }
  const taint = countsPages(left) || countsPages(right) ? FROM_RESULT : '';
  const id = `(${nameOf(left)}${op}${nameOf(right)})${taint}`;
  return named(id, node, scope, arithmeticSigns(op, signsOf(left, state), signsOf(right, state)));
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

/** Functions and macros whose value depends on nothing but their arguments. */
const PURE =
  /^(?:[A-Z][A-Z0-9_]*|__?[A-Z][A-Z0-9_]*|offset_in_page|min|max|min_t|max_t|min3|umin|clamp|clamp_t|round_up|round_down|roundup|rounddown|offset_in_folio|page_to_pfn|lower_32_bits|upper_32_bits|page_folio|compound_head|ilog2|order_base_2|array_size|size_mul|size_add)$/;

const PASS_THROUGH: ReadonlySet<string> = new Set([
  'likely',
  'unlikely',
  'READ_ONCE',
  'data_race',
  'untagged_addr',
  'array_index_nospec',
  'ERR_CAST',
]);

function callValue(node: Extract<Expression, { kind: 'call' }>, state: PathState, scope: Scope): Value {
  const known = state.values.get(`#${node.start}`);
  if (known !== undefined) return known;
  const name = calleeName(node);
  const [first] = node.args;
  if (name === null || first === undefined) return opaque(node, scope);
  if (PASS_THROUGH.has(name)) return evaluate(first, state, scope);
  switch (name) {
    case 'IS_ERR':
    case 'IS_ERR_OR_NULL':
    case 'IS_ERR_VALUE':
    case 'PTR_ERR_OR_ZERO':
      return errorTest(name, evaluate(first, state, scope), node, state, scope);
    case 'PTR_ERR': {
      const value = evaluate(first, state, scope);
      return value.kind === 'error'
        ? symbol(`${scope.prefix}#${node.start}`, SIGN.negative)
        : opaque(node, scope);
    }
    case 'ERR_PTR': {
      const value = evaluate(first, state, scope);
      const signs = signsOf(value, state);
      if (signs === SIGN.negative) return ERROR;
      if (signs === SIGN.zero) return numberValue(0);
      return symbol(
        `${scope.prefix}#${node.start}${countsPages(value) ? FROM_RESULT : ''}`,
        signs === SIGN.any ? SIGN.any : SIGN.positive,
      );
    }
    default:
      break;
  }
  const values = node.args.map(argument => evaluate(argument, state, scope));
  if (PURE.test(name)) {
    const taint = values.some(countsPages) ? FROM_RESULT : '';
    return named(`${name}(${values.map(nameOf).join()})${taint}`, node, scope, SIGN.any);
  }
  return askedValue(node, values, scope);
}

/** The value of a call of a function that is not known; marked where the result is among its arguments. */
export function askedValue(node: Expression, values: readonly Value[], scope: Scope): Value {
  const asked = values.some(value => value.kind === 'result' || value.kind === 'huge') ? ASKED : '';
  return symbol(`${scope.prefix}#${node.start}${asked}`);
}

function errorTest(name: string, value: Value, node: Expression, state: PathState, scope: Scope): Value {
  const unknown = symbol(`${scope.prefix}#${node.start}`, SIGN.any);
  const failed =
    value.kind === 'error' ||
    (name === 'IS_ERR_VALUE' &&
      (value.kind === 'huge' || (value.kind === 'result' && state.outcome === 'negative')));
  if (failed)
    return name === 'PTR_ERR_OR_ZERO'
      ? symbol(`${scope.prefix}#${node.start}`, SIGN.negative)
      : numberValue(1);
  const signs = signsOf(value, state);
  if (signs === SIGN.zero) return numberValue(name === 'IS_ERR_OR_NULL' ? 1 : 0);
  if (value.kind === 'result' || value.kind === 'number' || signs === SIGN.positive) return numberValue(0);
  return unknown;
}

function isComparison(op: string): op is Comparison {
  return /^(?:[<>]=?|[!=]=)$/.test(op);
}

/** Which way a condition goes; `mistaken`: another way than it would with signs; `blurred`: it asks what is not known of the result. */
export interface Verdict {
  readonly truth: boolean | null;
  readonly mistaken: boolean;
  readonly blurred: boolean;
}

const OPEN: Verdict = { truth: null, mistaken: false, blurred: false };

function decided(truth: boolean | null): Verdict {
  return { ...OPEN, truth };
}

/** Which way a condition goes on a path. */
export function truthOf(node: Expression, state: PathState, scope: Scope): Verdict {
  if (node.kind === 'unary' && node.op === '!') {
    const verdict = truthOf(node.operand, state, scope);
    return { ...verdict, truth: verdict.truth === null ? null : !verdict.truth };
  }
  if (node.kind === 'binary') {
    if (isComparison(node.op)) return comparisonVerdict(node, node.op, state, scope);
    if (node.op === '&&' || node.op === '||') {
      const decisive = node.op === '||';
      const left = truthOf(node.left, state, scope);
      if (left.truth === decisive) return left;
      const right = truthOf(node.right, state, scope);
      const blurred = left.blurred || right.blurred;
      if (right.truth === decisive) return { ...right, blurred: false };
      return left.truth === null || right.truth === null
        ? { ...OPEN, blurred }
        : { ...right, truth: !decisive };
    }
  }
  if (node.kind === 'call') {
    const name = calleeName(node);
    const [first] = node.args;
    if ((name === 'likely' || name === 'unlikely') && first !== undefined)
      return truthOf(first, state, scope);
  }
  const value = evaluate(node, state, scope);
  const signs = signsOf(value, state);
  if (signs === SIGN.zero) return decided(false);
  if ((signs & SIGN.zero) === 0) return decided(true);
  return { ...OPEN, blurred: value.kind === 'symbol' && value.id.includes(ASKED) };
}

function comparisonVerdict(
  node: Extract<Expression, { kind: 'binary' }>,
  op: Comparison,
  state: PathState,
  scope: Scope,
): Verdict {
  const left = evaluate(node.left, state, scope);
  const right = evaluate(node.right, state, scope);
  const isError = (value: Value): boolean => value.kind === 'error';
  if (isError(left) || isError(right)) return OPEN;
  const asked = [left, right].some(value => value.kind === 'symbol' && value.id.includes(ASKED));
  const signed = compare(op, withSign(left), withSign(right), state) ?? remembered(op, left, right, state);
  if (state.outcome !== 'negative') {
    const unknown =
      signed === null && (asksAboutResult(left, right, state) || asksAboutResult(right, left, state));
    return { truth: signed, mistaken: false, blurred: unknown || (signed === null && asked) };
  }
  const unsigned = scope.types.comparesUnsigned(node.left, node.right);
  const lost =
    left.kind === 'huge' ||
    right.kind === 'huge' ||
    (unsigned && (left.kind === 'result' || right.kind === 'result'));
  if (!lost) {
    const which = left.kind === 'result' || right.kind === 'result';
    return { truth: signed, mistaken: false, blurred: signed === null && (asked || which) };
  }
  if (
    [left, right].some(
      value => value.kind !== 'result' && value.kind !== 'huge' && signsOf(value, state) === SIGN.negative,
    )
  )
    return OPEN;
  const truth = compare(op, withoutSign(left), withoutSign(right), state);
  return { truth, mistaken: truth !== null && signed !== null && truth !== signed, blurred: truth === null };
}

function withSign(value: Value): Value {
  return value.kind === 'huge' ? RESULT : value;
}

function withoutSign(value: Value): Value {
  return value.kind === 'result' ? HUGE : value;
}

/** Whether the result is compared with something that is neither a number nor what was asked for. */
function asksAboutResult(value: Value, other: Value, state: PathState): boolean {
  return (
    value.kind === 'result' &&
    other.kind === 'symbol' &&
    !isRequest(other, state) &&
    signsOf(other, state) !== SIGN.zero
  );
}

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
    const first = withSigns(node.left, signsWhere(node.op, signsOf(right, state), truth), state, scope, keep);
    if (first === null) return null;
    const second = withSigns(
      node.right,
      signsWhere(mirrored(node.op), signsOf(left, state), truth),
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

function rememberedKey(
  op: Comparison,
  left: Value,
  right: Value,
): { readonly key: string; readonly holds: boolean } {
  const negated = op === '!=' || op === '>=' || op === '>';
  const [a, b] = op === '<=' || op === '>' ? [right, left] : [left, right];
  const kind = op === '==' || op === '!=' ? '==' : '<';
  // `a <= b` is not `b < a`, `a > b` is `b < a`.
  const holds = op === '>' ? true : op === '<=' ? false : !negated;
  return { key: `${REMEMBERED}${nameOf(a)}${kind}${nameOf(b)}`, holds };
}

/** What the same comparison of the same values came to before. */
function remembered(op: Comparison, left: Value, right: Value, state: PathState): boolean | null {
  if (left.kind !== 'symbol' || right.kind !== 'symbol') return null;
  const { key, holds } = rememberedKey(op, left, right);
  const value = state.values.get(key);
  return value?.kind === 'number' ? (value.value === 1) === holds : null;
}

function remember(op: Comparison, left: Value, right: Value, truth: boolean, state: PathState): PathState {
  if (left.kind !== 'symbol' || right.kind !== 'symbol') return state;
  if (isPassing(left) || isPassing(right)) return state;
  const { key, holds } = rememberedKey(op, left, right);
  return withValue(state, key, numberValue(truth === holds ? 1 : 0));
}

/** A counter, or what differs on paths that met, has one name for many values. */
function isPassing(value: Value): boolean {
  return value.kind === 'symbol' && (value.id.includes(COUNTER) || value.id.includes(MET));
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
