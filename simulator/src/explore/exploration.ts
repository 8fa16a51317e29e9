/** What a search is asked, and what it answers. */

import type { Violation } from './program.js';
import type { Turn } from './schedule.js';

/**
 * Which orders of the steps are tried.
 * - exhaustive: all of them; a state that was met before is not entered again.
 * - reduced: of orders that differ only in steps that do not touch each other, one (dynamic partial-order reduction).
 * - bounded: those in which at most `preemptions` times a task that may go on has to let another go first.
 * - random: `runs` of them, drawn by `seed`.
 */
export type Mode =
  | { readonly kind: 'exhaustive' }
  | { readonly kind: 'reduced' }
  | { readonly kind: 'bounded'; readonly preemptions: number }
  | { readonly kind: 'random'; readonly seed: number; readonly runs: number };

/** How a run ended. Two runs that ended alike have equal fields. */
export interface Ending {
  /** What was observed (`Run.outcome()`). */
  readonly outcome: string;
  /** Ids of the properties that did not hold at some time of the run, in the program's order. */
  readonly violated: readonly string[];
  /** Numbers of the tasks that wait for ever. */
  readonly stuck: readonly number[];
  /** Why the model ends here, of the first task that came to its edge; null: the run is one of the kernel's. */
  readonly notModelled: string | null;
}

/** An ending with how it is reached. */
export interface FoundEnding extends Ending {
  /** Runs of the search that ended so; of those that a search left out nothing is said. */
  readonly runs: number;
  /** The first of them, complete: it replays. */
  readonly schedule: readonly Turn[];
  /** What is wrong, for each of `violated`, as it first was in that run. */
  readonly violations: readonly Violation[];
}

/** How far a search has got. */
export interface Progress {
  readonly states: number;
  readonly runs: number;
  readonly endings: number;
}

/** Why a search stopped before its end. */
export type Stop = 'states' | 'time' | 'cancelled' | 'steps';

/** What a search found. */
export interface Exploration extends Progress {
  /**
   * Every ending that the program can come to is among `found`. False: some orders were left out, by a budget, by the bound
   * on preemptions, or because chance chose.
   */
  readonly complete: boolean;
  /** null: it came to its end. `steps`: a run was longer than any may be. */
  readonly stopped: Stop | null;
  /** Steps taken again to come back to a place, which are not states. */
  readonly replayed: number;
  /**
   * How many orders of single steps the program has; null: not known. An exhaustive search that comes to its end can tell,
   * without having run each.
   */
  readonly orders: number | null;
  readonly found: readonly FoundEnding[];
}
