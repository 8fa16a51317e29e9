/**
 * Plays a run of a program as a search asks: takes steps, tells what each touched, knows the properties that were violated,
 * and comes back to a place by taking the same steps again.
 */

import { NotModelled } from '../notModelled.js';
import type { Ending } from './exploration.js';
import { append, type Hash, newHash } from './hashing.js';
import type { Locations } from './locations.js';
import { type Footprint, Membrane } from './membrane.js';
import type { Program, Run, TaskStatus, Violation } from './program.js';
import { formatSchedule, type Turn, turnsOf } from './schedule.js';

/**
 * What a search decides on: steps of one task that touch nothing that others see, and behind them one that does. They count
 * as one, because the former may come any time.
 */
export interface Move extends Footprint {
  readonly task: number;
}

/** A place in a run, to come back to. */
export interface Place {
  readonly before: Place | null;
  /** The task that moved last, and its steps in that move; -1 and 0 at the beginning. */
  readonly task: number;
  readonly steps: number;
  readonly violations: readonly Violation[];
  readonly hash: Readonly<Hash>;
  readonly histories: readonly Readonly<Hash>[];
  readonly propertyReads: readonly ReadonlySet<number>[];
}

/** Steps after which a run is given up: no model of kernel routines takes as many. */
export const MAX_STEPS = 20_000;

/** A run went on for longer than any may. */
export class EndlessRun extends Error {}

interface Status {
  readonly is: TaskStatus;
  readonly reads: readonly number[];
}

/** One run. */
export class Player {
  readonly #program: Program;
  readonly #locations: Locations;
  readonly #membrane: Membrane;
  readonly #run: Run;
  readonly #histories: Hash[];
  readonly #statuses: (Status | null)[];
  /** Why a task came to the edge of the model. */
  readonly #unmodelled: (string | null)[];
  #propertyReads: ReadonlySet<number>[] = [];
  #violations: readonly Violation[] = [];
  #place: Place;
  #taken = 0;

  /** A run at its beginning, or at a place of a run of the same search. */
  constructor(program: Program, locations: Locations, place: Place | null = null) {
    this.#program = program;
    this.#locations = locations;
    this.#membrane = new Membrane(locations);
    this.#run = program.begin(this.#membrane.watch);
    this.#histories = program.tasks.map(newHash);
    this.#statuses = program.tasks.map(() => null);
    this.#unmodelled = program.tasks.map(() => null);
    if (place === null) {
      this.#propertyReads = program.properties.map(() => new Set());
      for (const property of program.properties.keys()) this.#check(property);
      this.#place = this.#newPlace(null, -1, 0);
    } else {
      this.#place = place;
      this.#goTo(place);
    }
  }

  /** Steps taken since the beginning. */
  get taken(): number {
    return this.#taken;
  }

  /** Where the run is. */
  get place(): Place {
    return this.#place;
  }

  /** Whether a task may go on; one that came to the edge of the model has ended. */
  status(task: number): TaskStatus {
    return this.#statusOf(task).is;
  }

  /** Locations that decide whether a task may go on. */
  statusReads(task: number): readonly number[] {
    return this.#statusOf(task).reads;
  }

  /** Numbers of the tasks that may go on. */
  ready(): number[] {
    const ready: number[] = [];
    for (let task = 0; task < this.#statuses.length; task++) {
      if (this.status(task) === 'ready') ready.push(task);
    }
    return ready;
  }

  /** Violations so far, the first of each property. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Moves a task that is ready; `single`: by one step, whatever it touches. */
  move(task: number, single = false): Move {
    const history = this.#histories[task] ?? newHash();
    const reads: number[] = [];
    const writes: number[] = [];
    const changes: number[] = [];
    let steps = 0;
    do {
      reads.push(...this.statusReads(task));
      const touched = this.#step(task, history);
      reads.push(...touched.reads);
      writes.push(...touched.writes);
      changes.push(...touched.changes);
      steps += 1;
      this.#statuses[task] = null;
      // Not beyond a step that others decide about: where a move ends must not depend on what it has not read.
      const mayGoOn = this.status(task) === 'ready' && this.statusReads(task).length === 0;
      if (single || !mayGoOn) break;
    } while (reads.length + writes.length + changes.length === 0);
    const changed = [...writes, ...changes];
    for (const property of this.#propertyReads.keys()) {
      const looked = this.#propertyReads[property];
      if (looked === undefined || !changed.some(location => looked.has(location))) continue;
      // The check belongs to the move, what it looked at before as well as what it looks at now: another move that changes
      // either must be tried on both sides of this one.
      reads.push(...looked, ...this.#check(property));
      writes.push(this.#locations.named(this.#program.properties[property] ?? ''));
    }
    for (const [other, status] of this.#statuses.entries()) {
      if (status?.reads.some(location => changed.includes(location))) this.#statuses[other] = null;
    }
    this.#place = this.#newPlace(this.#place, task, steps);
    return { task, reads, writes, changes };
  }

  /**
   * What the rest of the run depends on, as a key: the data, what each task that goes on has read, since that decides all it
   * does, and which properties were violated. Equal keys: the runs can go on alike.
   */
  key(): string {
    const key = newHash();
    append(key, this.#membrane.hash.low, this.#membrane.hash.high);
    for (const [task, { low, high }] of this.#histories.entries()) {
      const reason = this.#unmodelled[task] ?? null;
      if (reason !== null) append(key, 2, this.#locations.textCode(reason));
      else if (this.status(task) === 'ended') append(key, 1, 1);
      else append(key, low, high);
    }
    for (const property of this.#program.properties) append(key, this.#isViolated(property) ? 1 : 0, 0);
    return `${key.low},${key.high}`;
  }

  /** How the run ended; for one in which nobody is ready. */
  ending(): Ending {
    const tasks = [...this.#program.tasks.keys()];
    return {
      outcome: this.#run.outcome(),
      violated: this.#program.properties.filter(property => this.#isViolated(property)),
      stuck: tasks.filter(task => this.status(task) === 'waiting'),
      notModelled: this.#unmodelled.find(reason => reason !== null) ?? null,
    };
  }

  /** The steps so far. */
  schedule(): Turn[] {
    return scheduleOf(this.#place);
  }

  #isViolated(property: string): boolean {
    return this.#violations.some(violation => violation.property === property);
  }

  #statusOf(task: number): Status {
    const known = this.#statuses[task];
    if (known !== undefined && known !== null) return known;
    this.#membrane.start(newHash());
    const is = this.#unmodelled[task] === null ? this.#run.status(task) : 'ended';
    const status = { is, reads: this.#membrane.stop().reads };
    this.#statuses[task] = status;
    return status;
  }

  #step(task: number, history: Hash): Footprint {
    this.#membrane.start(history);
    this.#take(task);
    // Two tasks that have read the same are at the same place only if they took the same steps.
    append(history, -1, this.#unmodelled[task] === null ? 0 : 1);
    return this.#membrane.stop();
  }

  #take(task: number): void {
    this.#taken += 1;
    if (this.#taken > MAX_STEPS) throw new EndlessRun(`a run of more than ${MAX_STEPS} steps`);
    try {
      this.#run.step(task);
    } catch (error) {
      if (error instanceof NotModelled) {
        this.#unmodelled[task] = error.message;
        return;
      }
      const where = formatSchedule(this.schedule());
      throw new Error(`a step of task '${this.#program.tasks[task]}' behind '${where}' failed: ${error}`, {
        cause: error,
      });
    }
  }

  #check(property: number): readonly number[] {
    this.#membrane.start(newHash());
    const violation = this.#run.check(property);
    const { reads } = this.#membrane.stop();
    this.#propertyReads = this.#propertyReads.with(property, new Set(reads));
    if (violation !== null && !this.#isViolated(violation.property))
      this.#violations = [...this.#violations, violation];
    return reads;
  }

  #newPlace(before: Place | null, task: number, steps: number): Place {
    return {
      before,
      task,
      steps,
      violations: this.#violations,
      hash: { ...this.#membrane.hash },
      histories: this.#histories.map(history => ({ ...history })),
      propertyReads: this.#propertyReads,
    };
  }

  #goTo(place: Place): void {
    for (const { task, steps } of scheduleOf(place)) {
      for (let step = 0; step < steps; step++) this.#take(task);
    }
    const { hash } = this.#membrane;
    if (hash.low !== place.hash.low || hash.high !== place.hash.high)
      throw new Error(
        `'${formatSchedule(scheduleOf(place))}' replayed differs: the program is not deterministic`,
      );
    for (const [task, history] of place.histories.entries()) this.#histories[task] = { ...history };
    this.#propertyReads = [...place.propertyReads];
    this.#violations = place.violations;
  }
}

/** The steps from the beginning to a place. */
export function scheduleOf(place: Place): Turn[] {
  const choices: number[] = [];
  for (let at: Place | null = place; at !== null; at = at.before) {
    for (let step = 0; step < at.steps; step++) choices.push(at.task);
  }
  return turnsOf(choices.reverse());
}
