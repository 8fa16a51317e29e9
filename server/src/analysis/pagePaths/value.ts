/** What a variable is worth on one path: in relation to the result of a call that gets pages, and to what was asked for. */

/** Bits of a sign: what a value may be compared with zero. A pointer that is not NULL is {@link POSITIVE}. */
export const SIGN = { negative: 1, zero: 2, positive: 4, any: 7 } as const;

/**
 * How a call that gets pages went: an error, none, some but not all, all. A path has one of them; so every condition
 * on the result is decided, and what a function does about each can be read off its paths.
 */
export type Outcome = 'negative' | 'zero' | 'short' | 'full';

/**
 * `result`: the result itself. `huge`: a negative result in a variable, or in a comparison, without a sign. `error`:
 * an ERR_PTR(). `symbol`: something else; equal ids are equal values.
 */
export type Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'result' }
  | { readonly kind: 'huge' }
  | { readonly kind: 'error' }
  | { readonly kind: 'symbol'; readonly id: string; readonly signs: number };

export const RESULT: Value = { kind: 'result' };
export const HUGE: Value = { kind: 'huge' };
export const ERROR: Value = { kind: 'error' };

/** A literal or a value that was worked out. */
export function numberValue(value: number): Value {
  return { kind: 'number', value };
}

/** A value of which only the name, and perhaps the sign, is known. */
export function symbol(id: string, signs: number = SIGN.any): Value {
  return { kind: 'symbol', id, signs };
}

/** What a path knows of the call: how it went, and the value of the count that was asked for. */
export interface CallFacts {
  readonly outcome: Outcome | null;
  /** Null where the count is not known by any name. */
  readonly request: Value | null;
}

/** The signs that a value may have. */
export function signsOf(value: Value | null, facts: CallFacts): number {
  if (value === null) return SIGN.any;
  switch (value.kind) {
    case 'number':
      return value.value < 0 ? SIGN.negative : value.value === 0 ? SIGN.zero : SIGN.positive;
    case 'result':
      if (facts.outcome === null) return SIGN.any;
      return facts.outcome === 'negative'
        ? SIGN.negative
        : facts.outcome === 'zero'
          ? SIGN.zero
          : SIGN.positive;
    case 'huge':
    case 'error':
      return SIGN.positive;
    case 'symbol':
      return isRequest(value, facts) ? SIGN.positive : value.signs;
  }
}

/** A key that is equal for equal values. */
export function valueKey(value: Value): string {
  if (value.kind === 'number') return String(value.value);
  return value.kind === 'symbol' ? `${value.id}:${value.signs}` : value.kind;
}

/** Whether two values have the same key, told without making it. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === 'symbol') return b.kind === 'symbol' && a.signs === b.signs && a.id === b.id;
  if (a.kind === 'number') return b.kind === 'number' && (a.value === b.value || valueKey(a) === valueKey(b));
  return a.kind === b.kind;
}

/** A name for a value, whatever is known of its sign: what larger names are made of. */
export function nameOf(value: Value): string {
  return value.kind === 'symbol' ? value.id : valueKey(value);
}

/** Whether a value is the count that was asked for. */
export function isRequest(value: Value | null, facts: CallFacts): boolean {
  const { request } = facts;
  if (value === null || request === null) return false;
  if (value.kind === 'symbol' && request.kind === 'symbol') return value.id === request.id;
  return value.kind === 'number' && request.kind === 'number' && value.value === request.value;
}

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** The comparison with its sides exchanged. */
export function mirrored(op: Comparison): Comparison {
  return ({ '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' } as const)[op];
}

/** Part of the id of a variable that was counted up or down: even a huge bound is reached at last. */
export const COUNTER = '~c';

/** Part of the id of a variable that differed on paths that met. */
export const MET = '@b';

/** Whether a value is that of a variable that was counted up or down. */
export function isCounter(value: Value): boolean {
  return value.kind === 'symbol' && value.id.includes(COUNTER);
}

/** Part of the id of a variable that was declared and not set. */
export const UNSET = '@!';

/** Part of the id of a symbol that was made from the result. */
export const FROM_RESULT = '~r';

/** Whether a value is the result, or was made from it by adding and the like. */
export function countsPages(value: Value): boolean {
  return value.kind === 'result' || (value.kind === 'symbol' && value.id.includes(FROM_RESULT));
}

/** Part of the id of a symbol that a negative result was added to. */
export const WITH_ERROR = '~e';

/** Whether a negative result is one of the numbers that a value is the sum of. */
export function countsError(value: Value): boolean {
  return value.kind === 'symbol' && value.id.includes(WITH_ERROR);
}

/** Order of two values as a mask of {@link SIGN} of their difference. */
function order(a: Value, b: Value, facts: CallFacts): number {
  if (a.kind === 'number' && b.kind === 'number') return signsOf(numberValue(a.value - b.value), facts);
  if (a.kind === b.kind && (a.kind !== 'symbol' || (b.kind === 'symbol' && a.id === b.id))) return SIGN.zero;
  // What was asked for may come from a counter; it is no counter that runs up to the result.
  if (a.kind === 'huge') return isCounter(b) && !isRequest(b, facts) ? SIGN.any : SIGN.positive;
  if (b.kind === 'huge') return isCounter(a) && !isRequest(a, facts) ? SIGN.any : SIGN.negative;
  if (a.kind === 'result' && isRequest(b, facts)) return resultAgainstRequest(facts);
  if (b.kind === 'result' && isRequest(a, facts)) return opposite(resultAgainstRequest(facts));
  if (a.kind === 'result' && facts.outcome === 'full' && facts.request?.kind === 'number') {
    return order(facts.request, b, facts);
  }
  if (b.kind === 'result' && facts.outcome === 'full' && facts.request?.kind === 'number') {
    return order(a, facts.request, facts);
  }
  return orderOfSigns(a, b, facts);
}

function resultAgainstRequest(facts: CallFacts): number {
  if (facts.outcome === null) return SIGN.any;
  return facts.outcome === 'full' ? SIGN.zero : SIGN.negative;
}

function opposite(mask: number): number {
  return (
    (mask & SIGN.zero) |
    (mask & SIGN.negative ? SIGN.positive : 0) |
    (mask & SIGN.positive ? SIGN.negative : 0)
  );
}

/** What the signs of two values say of their order; a value above zero is at least one. */
function orderOfSigns(a: Value, b: Value, facts: CallFacts): number {
  const left = signsOf(a, facts);
  const right = signsOf(b, facts);
  if (b.kind === 'number' && b.value === 1 && left === SIGN.positive) return SIGN.zero | SIGN.positive;
  if (a.kind === 'number' && a.value === 1 && right === SIGN.positive) return SIGN.zero | SIGN.negative;
  let mask = 0;
  for (const x of [-1, 0, 1]) {
    if ((left & signBit(x)) === 0) continue;
    for (const y of [-1, 0, 1]) {
      if ((right & signBit(y)) === 0) continue;
      if (x === y && x !== 0) return SIGN.any;
      mask |= signBit(x - y);
    }
  }
  return mask;
}

function signBit(x: number): number {
  return x < 0 ? SIGN.negative : x === 0 ? SIGN.zero : SIGN.positive;
}

/** Whether a comparison holds; null if it may or may not. */
export function compare(op: Comparison, a: Value, b: Value, facts: CallFacts): boolean | null {
  const mask = order(a, b, facts);
  const holds = {
    '<': SIGN.negative,
    '<=': SIGN.negative | SIGN.zero,
    '>': SIGN.positive,
    '>=': SIGN.positive | SIGN.zero,
    '==': SIGN.zero,
    '!=': SIGN.negative | SIGN.positive,
  }[op];
  if ((mask & holds) === 0) return false;
  return (mask & ~holds) === 0 ? true : null;
}

/** The signs that `x` may have where `x op c` is as said, for a `c` with these signs. */
export function signsWhere(op: Comparison, constant: number, truth: boolean): number {
  let mask = 0;
  for (const x of [-1, 0, 1]) {
    for (const y of [-1, 0, 1]) {
      if ((constant & signBit(y)) === 0) continue;
      if (x === y && x !== 0) mask |= signBit(x);
      else if (holdsFor(op, x - y) === truth) mask |= signBit(x);
    }
  }
  return mask;
}

function holdsFor(op: Comparison, difference: number): boolean {
  switch (op) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '==':
      return difference === 0;
    case '!=':
      return difference !== 0;
  }
}
