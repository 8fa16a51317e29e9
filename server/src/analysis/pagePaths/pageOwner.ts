/** What the owner of a structure that holds the pages learns of them. */

import type { Expression } from '../../syntax/index.js';
import { lvalueText, rootOf } from '../expressions.js';
import { evaluate, type Scope } from './evaluate.js';
import type { Returned } from './pageEvent.js';
import type { PageNames } from './pageNames.js';
import type { Fate, PathState } from './pathState.js';
import { isRequest, type Value } from './value.js';

/**
 * Whether a store into the structure with the pages says what is to be undone there, e.g.
 * `vsg->state = PAGES_LOCKED`. The number that was asked for says nothing of those that were got.
 */
export function tellsOwner(text: string, value: Value, state: PathState, names: PageNames): boolean {
  if (names.owner !== 'field' || state.outcome !== 'short' || text === names.base) return false;
  if (isRequest(value, state) || (value.kind === 'number' && value.value === 0)) return false;
  return rootOf(text) === rootOf(names.base);
}

/** What became of the pages when a function returns: in a structure of somebody else they are lost only if it fails. */
export function fateAtExit({ fate }: PathState, returned: Returned, names: PageNames): Fate {
  return fate === 'held' && names.placed && returned !== 'error' ? 'gone' : fate;
}

/** The member that was asked for as the count, if it still says so, and nothing else tells how many were got. */
export function claimedCount(
  state: PathState,
  request: Expression | null,
  scope: Scope,
  { base }: PageNames,
): string | null {
  if (state.outcome !== 'short' || state.counted || request === null) return null;
  const text = lvalueText(request);
  const isBeside = text !== null && text !== rootOf(text) && rootOf(text) === rootOf(base);
  return isBeside && isRequest(evaluate(request, state, scope), state) ? text : null;
}
