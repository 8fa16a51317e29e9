/**
 * What the explorer runs: tasks side by side over one state. The search decides which task takes the next step and
 * learns from the state itself what each step read and wrote.
 */

import type { LockMode, State } from '../state/index.js';
import type { Step } from '../trace.js';

/**
 * Gives back plain data (objects, arrays, numbers, texts, booleans, null) in a form that the search watches. Whoever has
 * it works on that form alone; an object that is put into it is frozen, and has to be read back to be worked on.
 */
export type Watch = <T extends object>(data: T) => T;

/** Tasks that run side by side. Every run with the same choices is the same run. */
export interface Program {
  /** Names of the tasks, 26 at most; the place in this list is the number of the task. */
  readonly tasks: readonly string[];
  /** Ids of the properties that are checked after each step; the place in this list is the number of the property. */
  readonly properties: readonly string[];
  /**
   * A run at its beginning. It shares nothing with other runs that changes. `watch` is applied to its state and to all else
   * that tasks share, before anything holds a part of them.
   */
  begin(watch: Watch): Run;
}

/** ready: its next step may be taken now. waiting: that depends on what others do. ended: it has no more steps. */
export type TaskStatus = 'ready' | 'waiting' | 'ended';

/** A property that does not hold. */
export interface Violation {
  /** Id of the property, one of `Program.properties`. */
  readonly property: string;
  /** What is wrong, naming the page, task or count. */
  readonly text: string;
  /** Number of the task that it is about; null: of no single one. */
  readonly task: number | null;
}

/**
 * One run. All that one task does and another, a property or the outcome may notice lies in what was watched: the state, and
 * what tasks share beside it (results that others use, who has ended, what properties remember). Of what lies elsewhere the
 * search cannot know, and would leave out orders that matter.
 */
export interface Run {
  readonly state: State;
  /** Whether a task may go on. It changes nothing, and is decided by watched data and the task itself alone. */
  status(task: number): TaskStatus;
  /**
   * The next atomic action of a task that is ready, the one that ends it included.
   * @throws NotModelled where the model ends. The task takes no further step, the others go on.
   */
  step(task: number): Step;
  /** How a task holds an mmap_lock, the strongest if several; for who tells of a run, no search asks. */
  lockHeld(task: number): LockMode;
  /**
   * What is wrong with a property in the state just reached; null: it holds. It changes nothing, and is decided by watched
   * data alone. A property is a number of `Program.properties`.
   */
  check(property: number): Violation | null;
  /**
   * What was observed, once nobody is ready any more: a canonical text, the same for runs that differ in nothing that counts,
   * decided by watched data alone.
   */
  outcome(): string;
}
