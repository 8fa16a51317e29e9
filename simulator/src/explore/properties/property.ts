/** Something that should hold in every state of every run, and what it may look at. */

import type { Behaviour } from '../../behaviour.js';
import type { State } from '../../state/index.js';

/** Pages that a task holds by a reference or a pin. */
export interface Holding {
  /** Index of the task in `State.tasks`. */
  readonly task: number;
  /** Index of the mm that they were taken from. */
  readonly mm: number;
  /** Number of the first page there; page `i` is `pfns[i]`. */
  readonly page: number;
  readonly pfns: readonly number[];
  /** FOLL_ flags in force, as a mask of flagSets.ts. */
  readonly flags: number;
}

/** Pages of an mm that a task has given up itself: munmap(), MADV_DONTNEED. */
export interface GivenUp {
  readonly mm: number;
  readonly start: number;
  readonly end: number;
}

/** How a call that promises something of mmap_lock has left it. */
export interface LockAfterCall {
  readonly fn: string;
  /** What the caller may rely on. */
  readonly promised: 'held' | 'dropped';
  readonly found: 'held' | 'dropped';
}

/** What tasks have done, as far as properties ask: plain data that belongs to the run. */
export interface Deeds {
  /** By the name they were taken under. */
  readonly holdings: Record<string, Holding>;
  readonly givenUp: GivenUp[];
  /** By the index of the task in `State.tasks`: its last call. */
  readonly lockAfterCall: Record<number, LockAfterCall>;
}

export interface PropertyView {
  readonly behaviour: Behaviour;
  readonly state: State;
  readonly deeds: Deeds;
}

/** What is wrong. `task` is an index into `State.tasks`; null: it is about no single one. */
export interface Fault {
  readonly text: string;
  readonly task: number | null;
}

export interface Property {
  readonly id: string;
  /** What has to hold, in one sentence. */
  readonly about: string;
  /** What is wrong in this state; null: it holds. Changes nothing. */
  readonly check: (view: PropertyView) => Fault | null;
}
