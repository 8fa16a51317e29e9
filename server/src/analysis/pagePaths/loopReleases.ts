/** Pages of an array that are released one by one: which of them a loop sees to, and which it leaves. */

import type { Call, Expression } from '../../syntax/index.js';
import type { Cfg } from '../cfg.js';
import { isNull, lvalueText, walk } from '../expressions.js';
import { evaluate } from './evaluate.js';
import type { ExploredFunction, FollowedCall, HelperEffect } from './exploration.js';
import type { Loop } from './functionShape.js';
import type { PageNames } from './pageNames.js';
import { offsetOf, valuesOf } from './pageVariables.js';
import type { Fate, PathState, ReleaseCount } from './pathState.js';
import { guardOf } from './releaseCount.js';
import { isRequest } from './value.js';

/**
 * Whether a loop begins where another one stopped, or where another variable stands: `for (i++; i < n; i++)`,
 * `while (++i < n)`, `for (j = i + 1; j < n; j++)`. What lies before is seen to elsewhere.
 *
 * @param argument the page that the loop releases
 */
export function goesOn(
  loop: Loop | null,
  argument: Expression,
  state: PathState,
  fn: ExploredFunction,
): boolean {
  const index = loop === null ? null : indexOf(loop);
  if (loop === null || index === null) return false;
  const first = setBy(loop.init, index);
  if (first !== undefined) return first === null || !isNull(first);
  let last: { readonly start: number; readonly value: Expression | null } | null = null;
  for (const { element } of fn.cfg.elements()) {
    const { start } = element.node;
    if (start >= loop.start || (last !== null && start < last.start)) continue;
    if (element.kind === 'update' && lvalueText(element.node.operand) === index)
      last = { start, value: null };
    else if (element.kind === 'assignment' && lvalueText(element.node.left) === index)
      last = { start, value: element.node.op === '=' ? element.node.right : null };
    else if (element.kind === 'declare' && element.node.name === index && element.node.init !== null)
      last = { start, value: element.node.init };
  }
  if (last !== null) return last.value === null || !isNull(last.value);
  // A parameter: where its callers have the loop begin.
  const at = argument.kind === 'index' ? evaluate(argument.index, state, fn) : null;
  return at?.kind !== 'number' || at.value !== 0;
}

/** The variable that a loop counts up: `i` of `i < n`, `++i < n`. */
function indexOf({ test }: Loop): string | null {
  if (test?.kind !== 'binary' || !/^(?:<=?|!=)$/.test(test.op)) return null;
  return lvalueText(test.left.kind === 'update' ? test.left.operand : test.left);
}

/** What a loop sets a variable to first; null where it only steps it, undefined where it leaves it alone. */
function setBy(init: Loop['init'], index: string): Expression | null | undefined {
  if (init === null) return undefined;
  if (init.kind === 'declaration') return init.declarators.find(({ name }) => name === index)?.init;
  let value: Expression | null | undefined;
  walk(init, node => {
    if (node.kind === 'assignment' && lvalueText(node.left) === index)
      value = node.op === '=' ? node.right : null;
    else if (node.kind === 'update' && lvalueText(node.operand) === index) value = null;
  });
  return value;
}

/** Whether one page that is released leaves others: it is one of an array, in a branch that leaves the loop over them. */
export function leavesOthers(
  argument: Expression,
  call: Call,
  followed: FollowedCall | null,
  { shape }: ExploredFunction,
  { owner, part }: PageNames,
): boolean {
  if (argument.kind !== 'index' || owner === 'page' || part || followed?.single === true) return false;
  const around = shape.loopAt(call.start);
  if (around === null || shape.loopThrough(call.start) !== null) return false;
  const got = followed?.call.start ?? -1;
  return got < around.start || around.end <= got;
}

/** What becomes of the pages where a loop releases them: until it ends, those behind the one that it is at are left. */
export function fateInLoop(fate: Fate, loop: Loop | null, count: ReleaseCount): Fate {
  if (fate === 'none' || fate === 'gone') return fate;
  const counted = loop !== null && (count === 'result' || count === 'request');
  return counted && (fate === 'held' || fate === 'passing') ? 'passing' : 'released';
}

/** Whether some of the pages were released one by one, and others are left. */
export function hasBegun({ fate, releasedAt }: PathState): boolean {
  return releasedAt !== null && (fate === 'passing' || releasedAt.count === 'one');
}

/** Whether a helper keeps the page that it is given on some of its paths, and has it no more on any. */
export function isDealing({ fate }: PathState, { ends }: HelperEffect): boolean {
  if (fate !== 'held' && fate !== 'passing') return false;
  const fates = ends.map(({ state }) => state.fate);
  return fates.includes('gone') && fates.every(one => one === 'gone' || one === 'released');
}

/** A loop has given a helper one of the pages: those behind it are left. */
export function dealtTo({ callee: { start, end } }: Call, state: PathState): PathState {
  return {
    ...state,
    fate: 'passing',
    releasedAt: { start, end, count: 'one', element: null, through: true },
  };
}

/** Whether pages are still the function's own, as far as it shows. */
export function isLeft(fate: Fate): boolean {
  return fate === 'held' || fate === 'declined';
}

/** Whether an argument begins where the pages of the call end: `pages + got`, `&pages[got]`, `pages[got + i]`. */
export function isBehind(argument: Expression, state: PathState, fn: ExploredFunction): boolean {
  const ends = (node: Expression): boolean => {
    const value = evaluate(node, state, fn);
    return value.kind === 'result' || (state.outcome === 'full' && isRequest(value, state));
  };
  if (argument.kind === 'index') {
    const { index } = argument;
    return index.kind === 'binary' && index.op === '+' && (ends(index.left) || ends(index.right));
  }
  const offset = offsetOf(placeOf(argument, fn.cfg));
  return offset !== null && ends(offset);
}

/** `pages + n` of a variable that is set to that and to nothing else; another argument itself. */
function placeOf(argument: Expression, cfg: Cfg): Expression {
  if (argument.kind !== 'identifier') return argument;
  const [only, ...more] = valuesOf(argument.name, cfg);
  return only === undefined || more.length > 0 ? argument : only;
}

/** Whether another call puts its pages behind those of this one. */
export function fillsBehind(call: Call, state: PathState, names: PageNames, fn: ExploredFunction): boolean {
  if (state.fate === 'none') return false;
  const given = call.args.filter(argument => names.carried(argument) !== null);
  return given.length > 0 && given.every(argument => isBehind(argument, state, fn));
}

/** Whether a loop asks an element for NULL before a call that is given it: in an array of zeroes that tells which were got. */
export function asksElement(
  call: Call,
  loop: Loop | null,
  { shape }: ExploredFunction,
  names: PageNames,
): boolean {
  if (loop === null || names.owner === 'page' || names.raw) return false;
  return guardOf(shape.guardsOf(call.start, loop), names) === 'page';
}
