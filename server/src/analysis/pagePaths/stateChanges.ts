/** Changes of a path's state that more than one element brings. */

import { type Call, type Expression, spanOf } from '../../syntax/index.js';
import { calleeName, lvalueText, rootOf } from '../expressions.js';
import { askedValue, evaluate, truthOf, ZEROED } from './evaluate.js';
import type { ExploredFunction } from './exploration.js';
import { FREES_BY_NAME, UNDOES_BY_NAME, ZEROES } from './pageFunctions.js';
import type { Carried, PageNames } from './pageNames.js';
import { isRemembered, OFFSET, type PathState } from './pathState.js';
import { designated } from './trackedKeys.js';
import { isRequest, numberValue, SIGN, sameValue, signsOf, symbol, UNSET, type Value } from './value.js';

/** Names of variables that say how many pages there are. */
const COUNTS_BY_NAME = /^n$|^n?pages$|(?:^|_)(?:nr|num|cnt|count|pinned|npages)(?:_|$)/;

/**
 * A variable gets a value: what went through it, and what was remembered of it, is not known any more.
 * @param key the text of an lvalue, or `#offset` for what the expression there returned
 */
export function withValue(
  { tracked }: ExploredFunction,
  state: PathState,
  key: string,
  value: Value,
): PathState {
  const gone: string[] = [];
  for (const other of state.values.keys()) {
    if (other === key || other.startsWith('#')) continue;
    const again = isRemembered(other) && value.kind === 'symbol' && other.includes(value.id);
    if (again || mentions(other, key)) gone.push(other);
  }
  const isKept = key.startsWith('#') || tracked.has(key);
  const old = state.values.get(key) ?? null;
  const isSame = isKept ? old !== null && sameValue(old, value) : old === null;
  if (isSame && gone.length === 0) return state;
  const values = new Map(state.values);
  for (const other of gone) values.delete(other);
  if (isKept) values.set(key, value);
  else values.delete(key);
  return { ...state, values };
}

/** A variable is declared at `at` and not set. */
export function unset(fn: ExploredFunction, state: PathState, name: string, at: number): PathState {
  return withValue(fn, state, name, symbol(`${fn.prefix}${name}${UNSET}${at}`));
}

/** What a call returns, where that matters later. */
export function withResult(
  fn: ExploredFunction,
  state: PathState,
  call: Call,
  given: readonly Value[],
): PathState {
  const key = `#${call.start}`;
  const known = evaluate(call, { ...state, values: withoutKey(state.values, key) }, fn);
  const isOpen = known.kind === 'symbol' && known.id.startsWith(`${fn.prefix}${key}`);
  if (!isOpen || known.signs !== SIGN.any) return withValue(fn, state, key, known);
  const isZeroed = ZEROES.test(calleeName(call) ?? '');
  const zeroed = symbol(`${fn.prefix}${key}${ZEROED}`);
  return withValue(fn, state, key, isZeroed ? zeroed : askedValue(call, given, fn));
}

/** What the members of a structure are worth that was declared with `{ .member = value }`. */
export function withMembers(
  fn: ExploredFunction,
  state: PathState,
  name: string,
  init: Expression,
): PathState {
  let next = state;
  for (const [member, value] of designated(init))
    next = withValue(fn, next, `${name}.${member}`, evaluate(value, state, fn));
  return next;
}

/** A call at `at` was given a variable, or its address, and may have set it. */
export function forgotten(
  fn: ExploredFunction,
  state: PathState,
  argument: Expression,
  at: number,
): PathState {
  const text = lvalueText(argument.kind === 'unary' && argument.op === '&' ? argument.operand : argument);
  return text === null ? state : withValue(fn, state, text, symbol(`${fn.prefix}${text}@${at}`));
}

/** Who got pages has said how many, which is not zero, in the variable for it. */
export function withCounts(
  state: PathState,
  { args, start }: Call,
  names: PageNames,
  fn: ExploredFunction,
): PathState {
  let next = state;
  for (const argument of args) {
    if (argument.kind !== 'unary' || argument.op !== '&' || argument.operand.kind !== 'identifier') continue;
    const { name } = argument.operand;
    if (!COUNTS_BY_NAME.test(name) || names.carried(argument) !== null) continue;
    next = withValue(fn, next, name, symbol(`${fn.prefix}${name}@${start}`, SIGN.positive));
  }
  return next;
}

/** Memory that somebody else was given need not be zero any more. */
export function withoutZeroes(state: PathState, given: readonly Value[]): PathState {
  let values: Map<string, Value> | null = null;
  for (const value of given) {
    if (value.kind !== 'symbol' || !value.id.endsWith(ZEROED)) continue;
    values ??= new Map(state.values);
    for (const [key, held] of values) {
      if (held.kind === 'symbol' && held.id === value.id) {
        values.set(key, symbol(held.id.slice(0, -ZEROED.length), held.signs));
      }
    }
  }
  return values === null ? state : { ...state, values };
}

/**
 * Behind a store nobody gets at what was released by the old name: of an element that gets another value, of the array
 * or the member that is another now.
 */
export function withoutReleased(state: PathState, text: string, names: PageNames): PathState {
  const { base, owner } = names;
  const { releasedAt, fate } = state;
  if (releasedAt === null) return state;
  if (text === base && owner !== 'page' && fate === 'released') return { ...state, releasedAt: null };
  if (names.isKeptIn(text)) return { ...state, releasedAt: null };
  const [array] = text.split('[');
  const isElement = releasedAt.element?.startsWith(`${array}[`) === true;
  return isElement ? { ...state, releasedAt: { ...releasedAt, element: null } } : state;
}

/** What variables hold of the result of an earlier pass is not the result any more. */
export function earlierValues(state: PathState, prefix: string): PathState['values'] {
  const values = new Map<string, Value>();
  for (const [key, value] of state.values) {
    const old = value.kind === 'result' || value.kind === 'huge';
    values.set(key, old ? symbol(`${prefix}${key}@earlier~r`, signsOf(value, state)) : value);
  }
  return values;
}

/** Whether one lvalue's text goes through another: `x->len` through `x`, `*p` and `p[0]` through `p`, `rows[i].len` through `i`. */
export function mentions(text: string, through: string): boolean {
  if (text.startsWith(through)) return /^(?:->|\.|\[)/.test(text.slice(through.length));
  return text.includes(`[${through}]`) || text === `*${through}`;
}

/** Something else is called by the name of the place where the call puts pages: that is not known by a name any more. */
export function withoutOffset(state: PathState, value: Value): PathState {
  const offset = state.values.get(OFFSET);
  if (offset === undefined || !sameValue(offset, value)) return state;
  return { ...state, values: withoutKey(state.values, OFFSET) };
}

/** The values without one. */
export function withoutKey(values: PathState['values'], key: string): PathState['values'] {
  if (!values.has(key)) return values;
  const less = new Map(values);
  less.delete(key);
  return less;
}

/** The states behind a call that puts all pages into a table: where it says that it failed, the table has none. */
export function keptOnSuccess(call: Call, state: PathState, fn: ExploredFunction): readonly PathState[] {
  const key = `#${call.start}`;
  const failed = withValue(fn, state, key, symbol(`${fn.prefix}${key}`, SIGN.negative));
  const kept = withValue(fn, state, key, numberValue(0));
  return [tabled(kept), failed];
}

/** A scatterlist has the pages too. */
export function tabled(state: PathState): PathState {
  return state.fate === 'held' ? { ...state, fate: 'tabled' } : state;
}

/** Somebody takes over the page: in a loop, one page after the other. */
export function takenOver(state: PathState, inLoop: boolean): PathState {
  if (state.fate !== 'held' && state.fate !== 'passing') return state;
  return { ...state, fate: inLoop ? 'passing' : 'gone' };
}

/** Somebody else has the pages now. */
export function escaped(state: PathState): PathState {
  return { ...state, fate: state.fate === 'none' ? 'none' : 'gone', earlier: false };
}

/** Somebody else was given the pages, and may have kept them. */
function lent(state: PathState): PathState {
  switch (state.fate) {
    case 'noted':
    case 'dealt':
      return escaped(state);
    case 'held':
    case 'tabled':
    case 'refused':
    case 'declined':
      return { ...state, fate: 'lent' };
    default:
      return state;
  }
}

/** A call was given the pages, and may have kept them. */
export function lentTo(state: PathState, call: number): PathState {
  return { ...lent(state), givenTo: call };
}

/** The only address of the pages that somebody else was given is none any more. */
export function unmapped(state: PathState): PathState {
  return state.fate === 'noted' || state.fate === 'refused'
    ? { ...state, fate: 'held', givenTo: null }
    : state;
}

/**
 * Somebody has an address or a frame number of the pages.
 * @param call the call that was given it; null if it was stored
 */
export function noted(state: PathState, call: number | null): PathState {
  if (state.fate === 'held' || state.fate === 'refused') return { ...state, fate: 'noted', givenTo: call };
  // What was stored stays there, whatever a call says that is given it too.
  if (state.fate === 'noted') return state.givenTo === null ? state : { ...state, givenTo: call };
  return lent(state);
}

/** Pages are stored where others find them; a loop that stores them one by one is not watched. */
export function handedOver(
  state: PathState,
  left: Expression,
  carried: Carried,
  names: PageNames,
): PathState {
  if (lvalueText(left) !== null && names.carried(left) === 'pages') return state;
  if (state.fate === 'held' && carried === 'derived') return { ...noted(state, null), earlier: false };
  return escaped(state);
}

/**
 * The array, or what holds it, is freed: pages that are still held can no longer be named.
 * @param memory what is freed
 */
export function freed(
  call: Call,
  memory: Expression | undefined,
  state: PathState,
  names: PageNames,
): PathState {
  if (memory === undefined || state.lost !== null) return state;
  const text = lvalueText(memory);
  const carried = names.carried(memory);
  const holder =
    text === names.base || text === rootOf(names.base) || carried === 'object' || carried === 'pages';
  if (!holder || !(state.earlier || /^(?:held|lent|tabled|declined)$/.test(state.fate))) return state;
  return { ...state, lost: { start: call.start, end: call.end, freed: true } };
}

/**
 * A function of which nothing is known was given the structure that holds the pages.
 * @param leaves whether it is known that it leaves them alone
 */
export function objectGiven(
  call: Call,
  object: Expression | undefined,
  leaves: boolean,
  state: PathState,
  names: PageNames,
): PathState {
  const name = calleeName(call) ?? '';
  if (leaves) return FREES_BY_NAME.test(name) ? freed(call, object, state, names) : state;
  // In what is given to it the array is no more.
  if (state.fate === 'held' && state.lost !== null) return state;
  return UNDOES_BY_NAME.test(name) ? escaped(state) : { ...lentTo(state, call.start), earlier: false };
}

/** The member that says how many pages there are says that there are none: nobody will release those that are held. */
export function countCleared(
  state: PathState,
  left: Expression,
  text: string,
  value: Value,
  { base }: PageNames,
): PathState {
  const { fate, lost, values } = state;
  if (lost !== null || !/^(?:held|refused|declined)$/.test(fate)) return state;
  const isBeside = text !== base && text !== rootOf(text) && rootOf(text) === rootOf(base);
  const old = values.get(text);
  if (!isBeside || old === undefined || value.kind !== 'number' || value.value !== 0) return state;
  if (old.kind !== 'result' && !isRequest(old, state)) return state;
  return { ...state, recorded: false, lost: { ...spanOf(left), freed: false } };
}

/**
 * Whether a function that is given the array after a short count cannot know of it: neither the result nor anything that it was kept in
 * is seen. Together with the number asked for it goes over as many.
 */
export function isGivenAsked(state: PathState, values: readonly Value[]): boolean {
  if (state.outcome !== 'short' || state.fate !== 'held' || state.recorded) return false;
  return values.every(({ kind }) => kind !== 'result');
}

/** A value is chosen by a comparison that goes wrong for want of a sign: `err = got < n ? -EFAULT : 0`. */
export function misjudged(value: Expression, state: PathState, fn: ExploredFunction): PathState {
  const test = value.kind === 'conditional' ? value.test : value;
  if (state.outcome !== 'negative' || state.mistaken !== null || test.kind !== 'binary') return state;
  return truthOf(test, state, fn).mistaken
    ? { ...state, mistaken: { start: test.start, end: test.end } }
    : state;
}
