/** How many pages are given back, in relation to how many were got. */

import type { Expression } from '../../syntax/index.js';
import { walk } from '../expressions.js';
import { evaluate, type Scope } from './evaluate.js';
import type { Loop } from './functionShape.js';
import type { PathState, ReleaseCount } from './pathState.js';
import { countsError, isRequest, SIGN, signsOf, type Value } from './value.js';

/** How many pages a count stands for. */
export function countOf(value: Value, state: PathState): ReleaseCount {
  if (value.kind === 'huge') return 'huge';
  if (value.kind === 'result') return state.outcome === 'negative' ? 'huge' : 'result';
  if (isRequest(value, state)) return 'request';
  if (state.outcome === 'negative' && countsError(value)) return 'spoilt';
  const signs = signsOf(value, state);
  if (signs === SIGN.negative) return 'huge';
  return signs === SIGN.zero ? 'zero' : 'other';
}

/**
 * How far a loop goes that sees to one page after the other: by the other side of its condition.
 * @param at where the call that got the pages is; -1 in a helper
 */
export function countOfLoop(loop: Loop | null, at: number, state: PathState, scope: Scope): ReleaseCount {
  const test = loop?.test ?? null;
  if (loop === null) return 'one';
  if (test === null) return 'other';
  if (loop.start <= at && at < loop.end) return 'one';
  let count: ReleaseCount = 'other';
  walk(test, node => {
    if (node.kind !== 'identifier' && node.kind !== 'member') return;
    const value = evaluate(node, state, scope);
    if (value.kind === 'huge' || value.kind === 'result' || countsError(value)) count = countOf(value, state);
    else if (isRequest(value, state) && count === 'other') count = 'request';
  });
  if (state.outcome === 'negative' && count === 'other' && countsDown(test, state, scope)) count = 'huge';
  return count;
}

/** Whether a loop counts the result down to zero: a negative one never gets there. */
function countsDown(test: Expression, state: PathState, scope: Scope): boolean {
  let found = false;
  walk(test, node => {
    if (node.kind !== 'update' || node.prefix) return;
    const { kind } = evaluate(node, state, scope);
    if (kind === 'result' || kind === 'huge') found = true;
  });
  return found;
}
