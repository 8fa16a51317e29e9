/** One path through a function, as far as the pages of one call matter. */

import type { Span } from '../../syntax/index.js';
import {
  type CallFacts,
  MET,
  type Outcome,
  sameValue,
  signsOf,
  symbol,
  type Value,
  valueKey,
} from './value.js';

/**
 * What became of the pages that the call got. `none`: it got none, or was not made yet. `held`: nobody else knows
 * them. `lent`: a function that is not known was given them. `tabled`: a scatterlist has them too.
 * `passing`: a loop hands them over, or releases them, one by one. `dealt`: to a function that is not known.
 * `noted`: somebody has an address or a frame number of them. `refused`: who was given it failed.
 * `declined`: who was lent them failed.
 * `released`: given back. `gone`: somebody else has them.
 */
export type Fate =
  | 'none'
  | 'held'
  | 'lent'
  | 'tabled'
  | 'passing'
  | 'dealt'
  | 'noted'
  | 'refused'
  | 'declined'
  | 'released'
  | 'gone';

/** The branch of an `if` that leaves the straight way: where a path turned to an error. */
export interface Turn {
  /** The condition that was tested. */
  readonly condition: Span;
  /** The first statement of the branch. */
  readonly first: Span;
  /** The jump that ends it. */
  readonly jump: Span;
  /** Where it leads behind the loop around it, there where the loop ends of itself too. */
  readonly breaks: boolean;
}

/**
 * How many pages a release gives back: as many as the call said (`result`), as were asked for (`request`), a negative
 * number taken for a large one (`huge`), a sum that a negative number went into (`spoilt`), none (`zero`), a single page
 * (`one`), or something else (`other`).
 */
export type ReleaseCount = 'result' | 'request' | 'huge' | 'spoilt' | 'zero' | 'one' | 'other';

/** What made an end of the only way to pages that were held. */
export interface Lost extends Span {
  /** The array, or what holds it, was freed; else the count of the pages was cleared. */
  readonly freed: boolean;
}

/** A release that happened on a path. */
export interface ReleasedAt extends Span {
  readonly count: ReleaseCount;
  /** The element of the array that it was, where that is known. */
  readonly element: string | null;
  /** By a helper. */
  readonly through: boolean;
}

/** Never changed once made. */
export interface PathState extends CallFacts {
  readonly outcome: Outcome | null;
  readonly request: Value | null;
  readonly fate: Fate;
  /** Whether the pages of an earlier pass of a loop are still held. */
  readonly earlier: boolean;
  /** How many were got is kept where others find it, or something that tells them to undo the call. */
  readonly recorded: boolean;
  /** The number itself is kept there. */
  readonly counted: boolean;
  /** Those that lie before the pages of the call were released, while these are held. */
  readonly upToThese: boolean;
  /** Something was stored behind the call where the caller finds it: it may go by that. */
  readonly told: boolean;
  /** A condition on the result could not be decided: what follows may be about something else. */
  readonly blurred: boolean;
  /** The call that was given the pages last, or an address of them. */
  readonly givenTo: number | null;
  /** Another call has filled the array since: the page that it got is known by another name only. */
  readonly refilled: boolean;
  /** The comparison that took a negative result for a large number. */
  readonly mistaken: Span | null;
  /** What freed the array, or the structure that holds it, or cleared the count of pages, while they were held. */
  readonly lost: Lost | null;
  /** The release that gave the pages back, and how many. */
  readonly releasedAt: ReleasedAt | null;
  readonly turn: Turn | null;
  /** By the text of an lvalue, or `#offset` for what the expression there returned. */
  readonly values: ReadonlyMap<string, Value>;
}

/** The state on entry of a function. */
export const ENTRY: PathState = {
  outcome: null,
  request: null,
  fate: 'none',
  earlier: false,
  recorded: false,
  counted: false,
  upToThese: false,
  told: false,
  blurred: false,
  refilled: false,
  givenTo: null,
  mistaken: null,
  lost: null,
  releasedAt: null,
  turn: null,
  values: new Map(),
};

/** What states must agree in to be united. */
export function groupKey(state: PathState): string {
  return [
    state.outcome,
    state.fate,
    state.earlier,
    state.recorded,
    state.counted,
    state.upToThese,
    state.told,
    state.blurred,
    state.refilled,
    state.fate === 'lent' || state.fate === 'noted' ? state.givenTo : '',
    state.mistaken?.start,
    state.lost?.start,
    state.request === null ? '' : valueKey(state.request),
  ].join();
}

/** Equal for states that go the same ways from here. */
export function stateKey(state: PathState): string {
  const values = [...state.values].map(([key, value]) => `${key}=${valueKey(value)}`);
  return `${groupKey(state)} ${values.sort().join(' ')}`;
}

/** Whether two states of a group go the same ways from here. */
export function sameValues(a: PathState, b: PathState): boolean {
  if (a.values === b.values) return true;
  if (a.values.size !== b.values.size) return false;
  for (const [key, value] of a.values) {
    const other = b.values.get(key);
    if (other === undefined || !sameValue(value, other)) return false;
  }
  return true;
}

/** One state for two of a group: a variable that differs has a new name, which tells where they met. */
export function unite(a: PathState, b: PathState, block: number): PathState {
  const values = new Map<string, Value>();
  const meet = (key: string, one: Value | null, other: Value | null): void => {
    if (one !== null && other !== null && sameValue(one, other)) values.set(key, one);
    else if (!isRemembered(key))
      values.set(key, symbol(`${key}${MET}${block}`, signsOf(one, a) | signsOf(other, b)));
  };
  for (const [key, one] of a.values) meet(key, one, b.values.get(key) ?? null);
  for (const [key, other] of b.values) if (!a.values.has(key)) meet(key, null, other);
  return { ...a, values };
}

/** The key of the place in the array from which on the call puts pages, where that is not its start. */
export const OFFSET = '#offset';

/** Begins the key under which the outcome of a comparison is remembered. */
export const REMEMBERED = '?';

/** Whether a key is one of a comparison, not of a variable. */
export function isRemembered(key: string): boolean {
  return key.startsWith(REMEMBERED);
}
