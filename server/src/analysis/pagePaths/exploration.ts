/** What an exploration of paths is given, and what it finds. */

import type { Call, Expression, FunctionAst } from '../../syntax/index.js';
import type { Cfg } from '../cfg.js';
import type { Scope } from './evaluate.js';
import type { FunctionShape } from './functionShape.js';
import type { PageEvent } from './pageEvent.js';
import type { PageNames } from './pageNames.js';
import type { PathState } from './pathState.js';
import type { Outcome, Value } from './value.js';

/** A function, prepared once for all calls in it. */
export interface ExploredFunction extends Scope {
  readonly name: string;
  readonly ast: FunctionAst;
  readonly cfg: Cfg;
  readonly shape: FunctionShape;
  /** The pointers that only ever point into one structure, and to what there: `ring`, `ctx->ring`. */
  readonly inside: ReadonlyMap<string, string>;
  /** The lvalues whose values matter to a condition, a count or what is returned. */
  readonly tracked: ReadonlySet<string>;
}

/** One way in which a call can go. */
export interface CallOutcome {
  readonly outcome: Outcome;
  readonly value: Value;
  readonly fate: 'none' | 'held';
}

/** The call that is followed. */
export interface FollowedCall {
  readonly call: Call;
  readonly outcomes: readonly CallOutcome[];
  /** The expression of the count; null: one page, or not known (`single` says which). */
  readonly request: Expression | null;
  readonly single: boolean;
  /** Where in the array the pages are put: `n` of `pages + n`; null where it is not told apart from its start. */
  readonly offset: Expression | null;
  /** Whether a failed call may have written to the page pointer. */
  readonly writesOnFailure: boolean;
}

/** Where a path leaves the function. */
export interface PathEnd {
  readonly state: PathState;
  readonly value: Value | null;
}

/** What a helper of the same file does with pages that it is given. */
export interface HelperEffect {
  readonly ends: readonly PathEnd[];
  readonly events: readonly PageEvent[];
}

/** What the exploration asks of the rest of the file. */
export interface Surroundings {
  /** The effect of a helper on the pages among its arguments; null if it is not of this file or cannot be told. */
  helperEffect(call: Call, state: PathState, values: readonly Value[], names: PageNames): HelperEffect | null;
  /** Whether a function of another file is known to leave alone the pages that a member of what it is given has. */
  leavesPages(name: string, member: string): boolean;
  /** Whether a call gets pages too: into the same array, this says nothing of either. */
  gets(call: Call): boolean;
}

export interface Exploration {
  readonly events: readonly PageEvent[];
  readonly ends: readonly PathEnd[];
  /** False if there were too many paths: then nothing is known. */
  readonly complete: boolean;
}
