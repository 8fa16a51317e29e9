/** What pages are given back: how many in relation to how many were got, which of them, and what is asked first. */

import type { Expression } from '../../syntax/index.js';
import { lvalueText, walk } from '../expressions.js';
import { evaluate, type Scope } from './evaluate.js';
import type { Loop } from './functionShape.js';
import type { Guard } from './pageEvent.js';
import type { PageNames } from './pageNames.js';
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

/** Which element of an array an argument is, where its index is one number on this path; null if that is not known. */
export function elementOf(argument: Expression, state: PathState, scope: Scope): string | null {
  if (argument.kind !== 'index') return null;
  const index = evaluate(argument.index, state, scope);
  const array = lvalueText(argument.object);
  return array === null || index.kind !== 'number' ? null : `${array}[${index.value}]`;
}

/** What the conditions around a release look at; null if not at the pages. */
export function guardOf(tests: readonly Expression[], names: PageNames): Guard | null {
  const asking = tests.filter(test => names.mentionedIn(test));
  if (asking.length === 0) return null;
  return names.owner === 'page' || asking.some(test => names.elementIn(test)) ? 'page' : 'array';
}
