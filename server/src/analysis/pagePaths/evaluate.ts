/** What an expression is worth on a path, and which way a condition goes there. */

import { ACQUIRING_FUNCTIONS } from '../../../../kernel/src/index.js';
import type { Expression } from '../../syntax/index.js';
import { calleeName, isNull, lvalueText } from '../expressions.js';
import { arithmetic, named } from './arithmetic.js';
import { integerTypeOf, type TypeScope } from './integerType.js';
import type { PathState } from './pathState.js';
import { remembered } from './remembered.js';
import {
  type Comparison,
  compare,
  countsPages,
  ERROR,
  FROM_RESULT,
  HUGE,
  isCounter,
  isRequest,
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
  /** Whether a function of the file returns an error pointer on all its paths. */
  readonly alwaysFails: (callee: string) => boolean;
}

/** Part of the id of what a function said of the result: a test of it may be hidden there. */
export const ASKED = '~q';

/** The same for a function that was given more: what it says of a call that got all pages, it hardly says of the result. */
export const ASKED_WITH_MORE = '~m';

/** The same for what another call that gets pages returned. */
const GOT = '~g';

/** Whether a value is what another call that gets pages returned: no number of pages is negative. */
export function isGot(value: Value): boolean {
  return value.kind === 'symbol' && value.id.endsWith(GOT);
}

/** Charge the number of pages to somebody: whether that fails says nothing of the result. */
const CHARGES = /(?:^|_)(?:un)?(?:account|acct|charge)(?:_|$)/;

/** More arguments than a question about the result needs. */
const FEW_ARGUMENTS = 2;

/** End of the id of a pointer to memory that was allocated as zeroes, and not given to anybody. */
export const ZEROED = '~z';

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
      return kept(node, state) ?? elementValue(node, state, scope);
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
      const signs =
        (signsOf(a, state) & signsChosen(node, node.then ?? node.test, true)) |
        (signsOf(b, state) & signsChosen(node, node.otherwise, false));
      return symbol(`${scope.prefix}#${node.start}${taint}`, signs);
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

/** What the test says of the sign of the variable that a branch of `x < 0 ? x : …` gives. */
function signsChosen(
  { test }: Extract<Expression, { kind: 'conditional' }>,
  branch: Expression,
  truth: boolean,
): number {
  const name = lvalueText(branch);
  if (name === null) return SIGN.any;
  if (lvalueText(test) === name) return truth ? SIGN.negative | SIGN.positive : SIGN.zero;
  if (test.kind !== 'binary' || lvalueText(test.left) !== name || !isNull(test.right)) return SIGN.any;
  return isComparison(test.op) ? signsWhere(test.op, SIGN.zero, truth) : SIGN.any;
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

/** `v[i]` is what it was before while `v` and `i` are what they were. */
function elementValue(node: Extract<Expression, { kind: 'index' }>, state: PathState, scope: Scope): Value {
  const [object, index] = [node.object, node.index].map(part => nameOf(evaluate(part, state, scope)));
  return named(`${object}[${index}]`, node, scope, SIGN.any);
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
    case '*':
      return (
        kept(node, state) ?? named(`*${nameOf(evaluate(node.operand, state, scope))}`, node, scope, SIGN.any)
      );
    default:
      return opaque(node, scope);
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

/** Functions and macros whose value depends on nothing but their arguments. */
const PURE =
  /^(?:[A-Z][A-Z0-9_]*|__?[A-Z][A-Z0-9_]*|offset_in_page|min|max|min_t|max_t|min3|umin|clamp|clamp_t|round_up|round_down|roundup|rounddown|offset_in_folio|page_to_pfn|lower_32_bits|upper_32_bits|page_folio|compound_head|ilog2|order_base_2|array_size|size_mul|size_add)$/;

/** What has the address of a page that is mapped: never NULL. */
const MAPPED = /^(?:page_address|kmap(?:_local_page|_atomic)?)$/;

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
  if (scope.alwaysFails(name)) return ERROR;
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
  if (MAPPED.test(name)) return named(`${name}@${node.start}`, node, scope, SIGN.positive);
  const values = node.args.map(argument => evaluate(argument, state, scope));
  if (PURE.test(name)) {
    const taint = values.some(countsPages) ? FROM_RESULT : '';
    return named(`${name}(${values.map(nameOf).join()})${taint}`, node, scope, SIGN.any);
  }
  return askedValue(node, values, scope);
}

/** The value of a call of a function that is not known; marked where the result is among its arguments. */
export function askedValue(node: Expression, values: readonly Value[], scope: Scope): Value {
  const charges = node.kind === 'call' && CHARGES.test(calleeName(node) ?? '');
  const about = !charges && values.some(value => value.kind === 'result' || value.kind === 'huge');
  const asked = !about ? '' : values.length > FEW_ARGUMENTS ? ASKED_WITH_MORE : ASKED;
  const got = node.kind === 'call' && ACQUIRING_FUNCTIONS.has(calleeName(node) ?? '') ? GOT : '';
  return symbol(`${scope.prefix}#${node.start}${asked}${got}`);
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

/** Whether an operator compares. */
export function isComparison(op: string): op is Comparison {
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
  return { ...OPEN, blurred: isHiddenTest(value, state) || isMeasured(value, null, state) };
}

/** Whether a value may say how the call went: a function was asked. */
function isHiddenTest(value: Value, state: PathState): boolean {
  if (value.kind !== 'symbol') return false;
  return value.id.includes(ASKED) || (state.outcome !== 'full' && value.id.includes(ASKED_WITH_MORE));
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
  const asked = [left, right].some(value => isHiddenTest(value, state));
  const signed = compare(op, withSign(left), withSign(right), state) ?? remembered(op, left, right, state);
  const measured = isMeasured(left, right, state) || isMeasured(right, left, state);
  if (state.outcome !== 'negative') {
    const unknown =
      signed === null &&
      (asksAboutResult(left, right, state) || asksAboutResult(right, left, state) || measured);
    return { truth: signed, mistaken: false, blurred: unknown || (signed === null && asked) };
  }
  const unsigned = scope.types.comparesUnsigned(node.left, node.right);
  const lost =
    left.kind === 'huge' ||
    right.kind === 'huge' ||
    (unsigned && (left.kind === 'result' || right.kind === 'result'));
  if (!lost) {
    const which =
      (left.kind === 'result' && !isCounter(right)) || (right.kind === 'result' && !isCounter(left));
    return { truth: signed, mistaken: false, blurred: signed === null && (asked || which || measured) };
  }
  if (
    [left, right].some(
      value => value.kind !== 'result' && value.kind !== 'huge' && signsOf(value, state) === SIGN.negative,
    )
  )
    return OPEN;
  const truth = compare(op, withoutSign(left), withoutSign(right), state);
  return {
    truth,
    mistaken: truth !== null && signed !== null && truth !== signed,
    blurred: truth === null && !isCounter(left) && !isCounter(right),
  };
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
    (other.kind === 'symbol' || (other.kind === 'number' && other.value > 0)) &&
    !isRequest(other, state) &&
    // The bound of a loop, not a question.
    !isCounter(other) &&
    signsOf(other, state) !== SIGN.zero
  );
}

/**
 * Whether the result, in bytes or with one more, is compared with something else, or what was made of it and of the number asked for
 * with anything: it may say how many are missing. A sum that grows is another thing.
 */
function isMeasured(value: Value, other: Value | null, state: PathState): boolean {
  if (value.kind !== 'symbol' || !value.id.includes(FROM_RESULT) || isCounter(value)) return false;
  if (!/\bresult\b/.test(value.id) || (other !== null && isCounter(other))) return false;
  if (state.request?.kind === 'symbol' && value.id.includes(state.request.id)) return true;
  return other?.kind === 'symbol' && !/[@#]/.test(value.id);
}
