/**
 * A litmus test: tasks that run side by side on one piece of memory, a question about what may come out of it, and the
 * answer expected of each release. Field names are those of the files (docs/litmus.md).
 */

import type { Release, SwitchName } from '../../../kernel/src/index.js';
import type { Scenario } from '../scenario.js';
import type { Action } from './actions/action.js';

/** The memory before the tasks begin: the fields of a scenario that tell of memory, for the mm named {@link FIRST_MM}. */
export interface LitmusMemory extends Pick<Scenario, 'variant' | 'vma' | 'page_state' | 'pte_before'> {
  /** Pages of the region that were prepared. */
  readonly pages: number;
  /** What is in each page that has contents. */
  readonly value: string;
}

/** The mm that is there before the tasks begin. */
export const FIRST_MM = 'parent';

export interface LitmusTask {
  readonly name: string;
  /** Name of its mm: {@link FIRST_MM}, or the `as` of a fork, which it waits for. */
  readonly mm: string;
  /** Tasks that have to end before it begins. */
  readonly after: readonly string[];
  readonly does: readonly Action[];
}

/** Something that may be true of a run. */
export type Condition =
  | { readonly property: string }
  /** What was noted under a name; `null`: nothing was. */
  | { readonly value: string; readonly is: Observed }
  | { readonly value: string; readonly isNot: Observed }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

/** A number, the contents of a page, or nothing. */
export type Observed = string | number | null;

/**
 * Whether the question's condition is true of no run, of some, of every one; `unknown`: the model cannot tell, or it was
 * not looked at all of them.
 */
export const VERDICTS = ['forbidden', 'allowed', 'required', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What is expected of some releases, of some variants, with proposals turned on and guards turned off. */
export interface Expectation {
  /** As it is written in the file. */
  readonly releases: string;
  readonly of: readonly Release[];
  readonly with: readonly SwitchName[];
  readonly without: readonly SwitchName[];
  /** By axis the choices it is about; an axis that is missing: all of them. */
  readonly for: Readonly<Record<string, readonly string[]>>;
  readonly verdict: Verdict;
}

/** One litmus test with every choice made. */
export interface Litmus {
  readonly name: string;
  readonly about: string;
  /** The discussion it belongs to; null: none. */
  readonly discussion: string | null;
  /** The choice made of each axis of variants; empty where the file has none. */
  readonly variant: Readonly<Record<string, string>>;
  readonly memory: LitmusMemory;
  readonly tasks: readonly LitmusTask[];
  readonly question: Condition;
}

/** What a file says: the same test in each of its variants, and what is expected. */
export interface LitmusFile {
  readonly name: string;
  readonly about: string;
  readonly discussion: string | null;
  /** One at least. */
  readonly variants: readonly Litmus[];
  readonly expect: readonly Expectation[];
}
