/** What pages are given back: how many in relation to how many were got, which of them, and what is asked first. */

import type { PageRelease } from '../../../../kernel/src/index.js';
import type { Call, Expression } from '../../syntax/index.js';
import type { Cfg } from '../cfg.js';
import { calleeName, lvalueText, walk } from '../expressions.js';
import { evaluate, type Scope } from './evaluate.js';
import type { ExploredFunction, FollowedCall, PathEnd } from './exploration.js';
import type { Loop } from './functionShape.js';
import type { Guard } from './pageEvent.js';
import { RELEASE_BY_NAME } from './pageFunctions.js';
import type { PageNames } from './pageNames.js';
import { isSetOnce, valuesOf } from './pageVariables.js';
import { OFFSET, type PathState, type ReleaseCount, type ReleasedAt } from './pathState.js';
import { countsError, countsPages, isRequest, SIGN, sameValue, signsOf, UNSET, type Value } from './value.js';

/** How many pages a count stands for. */
export function countOf(value: Value, state: PathState): ReleaseCount {
  if (value.kind === 'huge') return 'huge';
  if (value.kind === 'result') return state.outcome === 'negative' ? 'huge' : 'result';
  if (isRequest(value, state) || isRequestAndMore(value, state)) return 'request';
  if (state.outcome === 'negative' && countsError(value)) return 'spoilt';
  const signs = signsOf(value, state);
  if (signs === SIGN.negative) return 'huge';
  return signs === SIGN.zero ? 'zero' : 'other';
}

/** Whether a value is the sum of what was asked for here and of what was asked for elsewhere, `y.count + uv.count`. */
function isRequestAndMore(value: Value, { outcome, request }: PathState): boolean {
  if (outcome !== 'short' || value.kind !== 'symbol' || request?.kind !== 'symbol') return false;
  const id = request.id;
  return (
    !countsPages(value) &&
    (value.id.startsWith(`(${id}+`) || value.id.endsWith(`+${id})`)) &&
    !/[-*]/.test(value.id.replaceAll('->', ''))
  );
}

/**
 * How far a loop goes that sees to one page after the other: by the other side of its condition.
 * @param at where the call that got the pages is; -1 in a helper
 */
export function countOfLoop(loop: Loop | null, at: number, state: PathState, scope: Scope): ReleaseCount {
  const test = loop?.test ?? loop?.times ?? null;
  if (loop === null) return 'one';
  if (test === null) return 'other';
  if (loop.start <= at && at < loop.end) return 'one';
  let count: ReleaseCount = 'other';
  walk(test, node => {
    if (node.kind !== 'identifier' && node.kind !== 'member') return;
    const value = evaluate(node, state, scope);
    if (value.kind === 'huge' || value.kind === 'result' || countsError(value)) count = countOf(value, state);
    else if (count === 'other' && (isRequest(value, state) || isRequestAndMore(value, state)))
      count = 'request';
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

/**
 * Whether a release gives back only what lies before the place where the call put its pages: those of earlier passes, e.g.
 * `release_pages(pages, got)` behind a call for `pages + got`.
 */
export function endsBefore(
  call: Call,
  release: PageRelease,
  state: PathState,
  fn: ExploredFunction,
  names: PageNames,
): boolean {
  const argument = call.args[release.argument];
  if (argument === undefined) return false;
  if (release.counts !== 'one') {
    const count = call.args[release.count];
    return count !== undefined && lvalueText(argument) === names.base && isOffset(count, state, fn);
  }
  if (argument.kind !== 'index' || lvalueText(argument.object) !== names.base) return false;
  return goesToOffset(fn.shape.loopAt(call.start), lvalueText(argument.index), state, fn);
}

/**
 * Whether a loop ends at the place where the call put its pages: it is about those of earlier passes.
 * @param index what it counts up; null: whatever that is
 */
export function goesToOffset(
  loop: Loop | null,
  index: string | null,
  state: PathState,
  scope: Scope,
): boolean {
  const test = loop?.test ?? null;
  if (test?.kind !== 'binary' || test.op !== '<' || !isOffset(test.right, state, scope)) return false;
  return index === null || lvalueText(test.left) === index;
}

function isOffset(node: Expression, state: PathState, scope: Scope): boolean {
  const offset = state.values.get(OFFSET);
  return offset !== undefined && sameValue(evaluate(node, state, scope), offset);
}

/**
 * Whether what is released on a path on which the call was not made was never set: a single page, or as many elements of a
 * new array as the call would have been asked for.
 */
export function isUnset(
  call: Call,
  release: PageRelease,
  { request }: FollowedCall,
  state: PathState,
  fn: ExploredFunction,
  names: PageNames,
): boolean {
  const argument = call.args[release.argument];
  if (argument === undefined) return false;
  if (names.owner === 'page' && release.counts === 'one') {
    const value = evaluate(argument, state, fn);
    return value.kind === 'symbol' && value.id.includes(UNSET);
  }
  const test = fn.shape.loopAt(call.start)?.test ?? null;
  const most = release.counts === 'one' && test?.kind === 'binary' && test.op === '<' ? test.right : null;
  const count = release.counts === 'one' ? most : (call.args[release.count] ?? null);
  const array = argument.kind === 'index' ? argument.object : argument;
  // A loop that gets pages in pieces, and was not entered, had none to get.
  if (!names.raw || names.part || count === null || request === null) return false;
  if (lvalueText(array) !== names.base) return false;
  if (signsOf(evaluate(array, state, fn), state) !== SIGN.positive) return false;
  const [asked, released] = [evaluate(request, state, fn), evaluate(count, state, fn)];
  return asked.kind === 'symbol' && sameValue(asked, released);
}

/**
 * Whether a release goes over all that a new array has room for, though the call that was to fill the next part of it
 * failed: what lies behind was never set.
 *
 * @param most the count, or the condition of the loop
 */
export function coversRaw(
  most: Expression | null,
  state: PathState,
  fn: ExploredFunction,
  { part, raw, base }: PageNames,
): boolean {
  if (!part || !raw || state.outcome !== 'negative' || most === null) return false;
  // Where the loop was left for the failure a condition may tell that from its end.
  if (state.turn === null || state.turn.breaks) return false;
  const bound = most.kind === 'binary' && most.op === '<' ? most.right : most;
  if (bound.kind !== 'identifier') return false;
  const room = [...valuesOf(base, fn.cfg)].flatMap(value => (value.kind === 'call' ? value.args : []));
  if (!room.some(argument => argument.kind === 'identifier' && argument.name === bound.name)) return false;
  return isSetOnce(bound.name, fn.ast, fn.cfg);
}

/** Which element of an array an argument is, where its index is one number on this path; null if that is not known. */
export function elementOf(argument: Expression, state: PathState, scope: Scope): string | null {
  if (argument.kind !== 'index') return null;
  const index = evaluate(argument.index, state, scope);
  const array = lvalueText(argument.object);
  return array === null || index.kind !== 'number' ? null : `${array}[${index.value}]`;
}

/**
 * Whether one page that is released by its number leaves others: all are held, and nobody knows that only one was asked for.
 * Where a function releases more than one by their numbers, those may be all.
 */
export function isOneOfMany(
  state: PathState,
  followed: FollowedCall | null,
  fn: ExploredFunction,
  { base }: PageNames,
): boolean {
  const request = followed?.request ?? null;
  if (state.outcome !== 'full' || state.fate !== 'held' || request === null) return false;
  if (state.request?.kind !== 'symbol' || evaluate(request, state, fn).kind !== 'symbol') return false;
  return numbersReleased(fn.cfg, base).size === 1;
}

/** The elements of an array that a function releases by their numbers: 0 for `put_page(pages[0])`. */
function numbersReleased(cfg: Cfg, array: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const { element } of cfg.elements()) {
    if (element.kind !== 'call') continue;
    const release = RELEASE_BY_NAME.get(calleeName(element.node) ?? '');
    const argument = release === undefined ? undefined : element.node.args[release.argument];
    if (argument?.kind !== 'index' || lvalueText(argument.object) !== array) continue;
    const { index } = argument;
    if (index.kind === 'number' && index.value !== null) numbers.add(index.value);
  }
  return numbers;
}

/**
 * What is asked before a release; to ask for a single page that the path knows to be there is no guard.
 * @param isHelper the release is in a function that is given the pages
 */
export function guardAt(
  call: Call,
  loop: Loop | null,
  isHelper: boolean,
  state: PathState,
  fn: ExploredFunction,
  names: PageNames,
): Guard | null {
  const value = names.owner === 'page' ? state.values.get(names.base) : undefined;
  if (value?.kind === 'symbol' && value.signs === SIGN.positive) return null;
  const guard = guardOf(fn.shape.guardsOf(call.start, loop), names);
  if (guard !== null || !isHelper) return guard;
  const tests = [...fn.shape.guardsOf(call.start, null), ...(loop?.test == null ? [] : [loop.test])];
  return tests.some(test => asksFlag(test, state, fn, names)) ? 'flag' : null;
}

/** Whether a condition, or one of those that it joins, is a member of which the caller's path does not know what it says. */
function asksFlag(test: Expression, state: PathState, fn: ExploredFunction, names: PageNames): boolean {
  if (test.kind === 'binary' && test.op === '&&')
    return asksFlag(test.left, state, fn, names) || asksFlag(test.right, state, fn, names);
  if (test.kind !== 'member' || names.mentionedIn(test)) return false;
  const value = evaluate(test, state, fn);
  return value.kind === 'symbol' && !isRequest(value, state) && !countsPages(value);
}

/** What the conditions around a release look at; null if not at the pages. */
export function guardOf(tests: readonly Expression[], names: PageNames): Guard | null {
  const asking = tests.filter(test => names.mentionedIn(test));
  if (asking.length === 0) return null;
  return names.owner === 'page' || asking.some(test => names.elementIn(test)) ? 'page' : 'array';
}

/**
 * The release by a helper, on the path on which it ends in a state. What it drops of a single page may be a reference of its
 * own, and says nothing of a second release by its caller.
 */
export function releasedBy(
  call: Call,
  { state }: PathEnd,
  before: PathState,
  scope: Scope,
  names: PageNames,
): ReleasedAt | null {
  if (state.releasedAt === null || names.owner === 'page') return null;
  const given = call.args.find(argument => names.carried(argument) === 'pages');
  const element = given === undefined ? null : elementOf(given, before, scope);
  const { start, end } = call.callee;
  return { start, end, count: state.releasedAt.count, element, through: true };
}
