/** The states that have reached each block: which are new, and which have to be united with others. */

import { groupKey, type PathState, stateKey, unite } from './pathState.js';

/** States of a group kept apart at one block; more are united. */
const MOST_STATES = 6;
/** As long as the call was not made, less matters. */
const MOST_BEFORE = 4;

/** By block, by group, then by the state's own key. */
export type ReachedStates = Map<number, Map<string, Map<string, PathState>>>;

/** Notes a state at a block; the state to go on with, or null if nothing new comes with it. */
export function arrive(reached: ReachedStates, block: number, state: PathState): PathState | null {
  let groups = reached.get(block);
  if (groups === undefined) {
    groups = new Map();
    reached.set(block, groups);
  }
  const group = groupKey(state);
  let states = groups.get(group);
  if (states === undefined) {
    states = new Map();
    groups.set(group, states);
  }
  const key = stateKey(state);
  if (states.has(key)) return null;
  if (states.size < (state.outcome === null ? MOST_BEFORE : MOST_STATES)) {
    states.set(key, state);
    return state;
  }
  const old = states.get('united');
  const united = [...(old === undefined ? states.values() : [old]), state].reduce((a, b) =>
    unite(a, b, block),
  );
  if (old !== undefined && stateKey(old) === stateKey(united)) return null;
  states.set('united', united);
  return united;
}
