/** Changes of a path's state that more than one element brings. */

import { ZEROED } from './evaluate.js';
import type { PathState } from './pathState.js';
import { signsOf, symbol, type Value } from './value.js';

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

/** What variables hold of the result of an earlier pass is not the result any more. */
export function earlierValues(state: PathState, prefix: string): PathState['values'] {
  const values = new Map<string, Value>();
  for (const [key, value] of state.values) {
    const old = value.kind === 'result' || value.kind === 'huge';
    values.set(key, old ? symbol(`${prefix}${key}@earlier~r`, signsOf(value, state)) : value);
  }
  return values;
}

/** Whether one lvalue's text goes through another: `x->len` through `x`, `*p` and `p[0]` through `p`. */
export function mentions(text: string, through: string): boolean {
  if (text.startsWith(through)) return /^(?:->|\.|\[)/.test(text.slice(through.length));
  return text.endsWith(`[${through}]`) || text === `*${through}`;
}

/** The values without one. */
export function withoutKey(values: PathState['values'], key: string): PathState['values'] {
  if (!values.has(key)) return values;
  const less = new Map(values);
  less.delete(key);
  return less;
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

/**
 * Somebody has an address or a frame number of the pages.
 * @param call the call that was given it; null if it was stored
 */
export function noted(state: PathState, call: number | null): PathState {
  if (state.fate === 'held' || state.fate === 'refused') return { ...state, fate: 'noted', givenTo: call };
  if (state.fate === 'noted') return { ...state, givenTo: call };
  return lent(state);
}
