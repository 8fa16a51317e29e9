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

/** How often a call has given mmap_lock up to wait for one page, and made that page's fault again. */
export interface Retries {
  readonly fn: string;
  /** Number of the page in the mm. */
  readonly page: number;
  readonly times: number;
}

/** A read in a child of what its parent wrote after the fork. */
export interface Leak {
  readonly task: number;
  readonly page: number;
  readonly value: string;
}

/** A lock that was dropped without being held, or taken twice; or what was done without one. */
export interface LockMisuse {
  readonly task: number;
  readonly text: string;
}

/** What tasks have done, as far as properties ask: plain data that belongs to the run. */
export interface Deeds {
  /** By the name they were taken under. */
  readonly holdings: Record<string, Holding>;
  readonly givenUp: GivenUp[];
  /** By the index of the task in `State.tasks`: its last call. */
  readonly lockAfterCall: Record<number, LockAfterCall>;
  /** By the index of the task in `State.tasks`: of its last call the page that was retried most. */
  readonly retries: Record<number, Retries>;
  /** By the name of a holding the pages that their owner has written since, by number in the mm. */
  readonly writtenSince: Record<string, readonly number[]>;
  /** Indexes of mms: by that of a child that of its parent. */
  readonly parents: Record<number, number>;
  /** By the index of a child's mm what its parent began to write after the fork. */
  readonly writtenByParent: Record<number, readonly string[]>;
  readonly leaks: Leak[];
  readonly lockMisuses: LockMisuse[];
  /** Looks at a vma without a lock. */
  readonly vmaMisuses: LockMisuse[];
}

/** Deeds of a run that has not begun. */
export function noDeeds(): Deeds {
  return {
    holdings: {},
    givenUp: [],
    lockAfterCall: {},
    retries: {},
    writtenSince: {},
    parents: {},
    writtenByParent: {},
    leaks: [],
    lockMisuses: [],
    vmaMisuses: [],
  };
}

export interface PropertyView {
  readonly behaviour: Behaviour;
  readonly state: State;
  readonly deeds: Deeds;
  /** All tasks have ended. */
  readonly ended: boolean;
  /** By the place of a folio in `State.folios` the references that nothing known explained when the run began. */
  readonly unexplained: readonly number[];
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
