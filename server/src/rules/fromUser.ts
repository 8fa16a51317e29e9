/** What a function gets from user space itself. */

import { type FunctionAnalysis, lvalueText } from '../analysis/index.js';
import { type Span, spanOf } from '../syntax/index.js';
import { callsOf } from './callers.js';

const COPIES_IN: ReadonlySet<string> = new Set([
  'copy_from_user',
  '__copy_from_user',
  'copy_struct_from_user',
]);
/** Macros that set their first argument. */
const GETS: ReadonlySet<string> = new Set(['get_user', '__get_user']);

/** By name: the variables that a function has copied from user space, each with the call that does it. */
export function copiedFromUser(fn: FunctionAnalysis): ReadonlyMap<string, Span> {
  const copied = new Map<string, Span>();
  for (const { args, callee } of callsOf(fn, COPIES_IN)) {
    const [to] = args;
    const filled = to?.kind === 'unary' && to.op === '&' ? lvalueText(to.operand) : null;
    if (filled !== null) copied.set(filled, spanOf(callee));
  }
  for (const { args, callee } of callsOf(fn, GETS)) {
    const [to] = args;
    const filled = to === undefined ? null : lvalueText(to);
    if (filled !== null) copied.set(filled, spanOf(callee));
  }
  return copied;
}
