/** What the builder of a control-flow graph works with: unfinished blocks, jumps, scopes, and calls that end a block. */

import type { Case, Expression, Statement } from '../syntax/ast.js';
import type { CfgEdge, CfgElement, EdgeLabel } from './cfg.js';

/** Calls that do not return. */
export const NO_RETURN: ReadonlySet<string> = new Set([
  'BUG',
  'BUILD_BUG',
  'panic',
  'do_exit',
  'do_group_exit',
  'make_task_dead',
  'die',
  'unreachable',
  '__builtin_unreachable',
  'kthread_complete_and_exit',
]);

/** Macros that stop the machine if their argument is true. */
export const STOPS_IF_TRUE: ReadonlySet<string> = new Set([
  'BUG_ON',
  'VM_BUG_ON',
  'VM_BUG_ON_PAGE',
  'VM_BUG_ON_FOLIO',
  'VM_BUG_ON_VMA',
  'VM_BUG_ON_MM',
]);

/** The label of an edge that is taken whatever holds. */
export const NEXT: EdgeLabel = { kind: 'next' };

/** Macros of include/linux/cleanup.h that return what they are given (6.5). */
export const RETURNS_ARGUMENT: ReadonlySet<string> = new Set(['return_ptr']);

/**
 * The statement that stands as an argument of a macro, `LOG(x, return -EINVAL)`, and null for any other expression.
 * The parentheses and braces of a statement expression are written out, those around a statement are put there.
 */
export function bareStatement(argument: Expression): Statement | null {
  if (argument.kind !== 'statement-expression') return null;
  return argument.body.start === argument.start ? argument.body : null;
}

/** Whether a guard class is one that may fail to get its lock: `mutex_intr`, `rwsem_read_try` (DEFINE_GUARD_COND). */
export function isConditionalGuard(name: string): boolean {
  return /_(?:try|intr|kill)$/.test(name);
}

/** A block while the graph is built. */
export interface MutableBlock {
  readonly id: number;
  readonly elements: CfgElement[];
  readonly in: CfgEdge[];
  readonly out: CfgEdge[];
}

/** Where `break` and `continue` go, and how much of the scope is left there. `continue` is null in a switch. */
export interface Jump {
  readonly breakTo: MutableBlock;
  readonly continueTo: MutableBlock | null;
  readonly scope: number;
}

/** The labels met in a switch so far. */
export interface SwitchScope {
  readonly cases: { readonly node: Case; readonly target: MutableBlock }[];
}

/** What is to happen where a block is left: a guard's exit, or the cleanup of a variable declared with `__free()`. */
export type ScopeExit = Extract<CfgElement, { kind: 'guard-exit' | 'cleanup' }>;
