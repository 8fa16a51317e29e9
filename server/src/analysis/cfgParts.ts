/** What the builder of a control-flow graph works with: unfinished blocks, jumps, scopes, and calls that end a block. */

import type { Case } from '../syntax/ast.js';
import type { CfgEdge, CfgElement } from './cfg.js';

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
]);

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

/** A jump whose label may still come. `target` is null for a computed one. */
export interface PendingGoto {
  readonly from: MutableBlock;
  readonly target: string | null;
  readonly scope: readonly ScopeExit[];
}
