/** The states that have reached each block: which are new, and which have to be united with others. */

import { groupKey, type PathState, sameValues, unite } from './pathState.js';

/** States of a group kept apart at one block; more are united. */
const MOST_STATES = 6;
/** As long as the call was not made, less matters. */
const MOST_BEFORE = 4;

/** The states of one group at one block. */
interface Group {
  readonly apart: PathState[];
  /** All that came when there was no more room, and the others with them. */
  united: PathState | null;
}

/** By block, then by group. */
export type ReachedStates = Map<number, Map<string, Group>>;

/** Notes a state at a block; the state to go on with, or null if nothing new comes with it. */
export function arrive(reached: ReachedStates, block: number, state: PathState): PathState | null {
  let groups = reached.get(block);
  if (groups === undefined) {
    groups = new Map();
    reached.set(block, groups);
  }
  const key = groupKey(state);
  let group = groups.get(key);
  if (group === undefined) {
    group = { apart: [], united: null };
    groups.set(key, group);
  }
  // So few are compared sooner than a key of all their values is made.
  if (group.apart.some(known => sameValues(known, state))) return null;
  if (group.apart.length < (state.outcome === null ? MOST_BEFORE : MOST_STATES)) {
    group.apart.push(state);
    return state;
  }
  const old = group.united;
  const united = [...(old === null ? group.apart : [old]), state].reduce((a, b) => unite(a, b, block));
  if (old !== null && sameValues(old, united)) return null;
  group.united = united;
  return united;
}
