/** One path through a function, as far as the pages of one call matter. */

import type { Span } from '../../syntax/index.js';
import { type CallFacts, type Outcome, SIGN, signsOf, symbol, type Value, valueKey } from './value.js';

/**
 * What became of the pages that the call got. `none`: it got none, or was not made yet. `held`: nobody else knows
 * them. `lent`: a function that is not known was given them. `passing`: a loop hands them over one by one.
 * `released`: given back. `gone`: somebody else has them.
 */
export type Fate = 'none' | 'held' | 'lent' | 'passing' | 'released' | 'gone';

/** The branch of an `if` that leaves the straight way: where a path turned to an error. */
export interface Turn {
  /** The condition that was tested. */
  readonly condition: Span;
  /** The first statement of the branch. */
  readonly first: Span;
}

/** Never changed once made. */
export interface PathState extends CallFacts {
  readonly outcome: Outcome | null;
  readonly request: Value | null;
  readonly fate: Fate;
  /** Whether the pages of an earlier pass of a loop are still held. */
  readonly earlier: boolean;
  /** How many were got is kept where others find it. */
  readonly recorded: boolean;
  /** A condition on the result could not be decided: what follows may be about something else. */
  readonly blurred: boolean;
  /** The comparison that took a negative result for a large number. */
  readonly mistaken: Span | null;
  /** The call that freed the array, or the structure that holds it, while the pages were held. */
  readonly lost: Span | null;
  /** The release that gave the pages back. */
  readonly releasedAt: Span | null;
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
  blurred: false,
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
    state.blurred,
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

/** One state for two of a group: a variable that differs has a new name, which tells where they met. */
export function unite(a: PathState, b: PathState, where: string): PathState {
  const values = new Map<string, Value>();
  for (const [key, value] of a.values) {
    const other = b.values.get(key);
    if (other !== undefined && valueKey(other) === valueKey(value)) values.set(key, value);
    else values.set(key, symbol(`${key}@${where}`, signsOf(value, a) | signsOf(other ?? null, b)));
  }
  for (const key of b.values.keys()) {
    if (!a.values.has(key)) values.set(key, symbol(`${key}@${where}`, SIGN.any));
  }
  return { ...a, values };
}
