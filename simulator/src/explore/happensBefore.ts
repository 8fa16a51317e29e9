/**
 * The order that the moves of a run impose on each other: a move comes after another if they are of one task, or one writes
 * what the other touches, or by way of moves between. Runs in which every such pair has the same order end alike.
 */

import type { Footprint } from './membrane.js';
import type { Move } from './player.js';
import { conflict, type TouchKind, touchesOf } from './touches.js';

/** For each task one more than the index of its last move that comes before, or 0. */
export type Clock = readonly number[];

interface Event {
  readonly move: Move;
  readonly clock: Clock;
}

interface Access {
  readonly event: number;
  readonly kind: TouchKind;
}

/** Two moves that could come the other way round: no third is between them in the order. */
export interface Race {
  /** Index of the earlier move. */
  readonly event: number;
  /** The task of the later one. */
  readonly task: number;
  /** Tasks of which one has to move in place of the earlier one for the order to turn. */
  readonly initials: readonly number[];
  /** Moves that would come between: those behind the earlier one that do not need it. */
  readonly between: readonly Move[];
}

/** Moves of one run in the order in which they come, with what of them depends on what. */
export class HappensBefore {
  readonly #tasks: number;
  readonly #events: Event[] = [];
  /** By location: who touched it, in the run's order. */
  readonly #accesses: Access[][] = [];
  /** By task: its moves. */
  readonly #ofTask: number[][];

  constructor(tasks: number) {
    this.#tasks = tasks;
    this.#ofTask = Array.from({ length: tasks }, () => []);
  }

  /** Appends a move; the races between earlier moves and it. */
  push(move: Move): Race[] {
    const { clock, racing } = this.#order(move.task, move);
    const event = this.#events.length;
    const races = racing.map(earlier => this.#race(earlier, move.task, clock));
    this.#events.push({ move, clock: clock.with(move.task, event + 1) });
    this.#ofTask[move.task]?.push(event);
    for (const { location, kind } of touchesOf(move)) this.#accessesOf(location).push({ event, kind });
    return races;
  }

  /** Takes the last move away. */
  pop(): void {
    const event = this.#events.pop();
    if (event === undefined) return;
    this.#ofTask[event.move.task]?.pop();
    for (const { location } of touchesOf(event.move)) this.#accesses[location]?.pop();
  }

  /** The races between earlier moves and a task that waits, and looks at these locations to see whether it may go on. */
  racesOfWaiting(task: number, reads: readonly number[]): Race[] {
    const { clock, racing } = this.#order(task, { reads, writes: [], changes: [] });
    return racing.map(earlier => this.#race(earlier, task, clock));
  }

  #accessesOf(location: number): Access[] {
    let accesses = this.#accesses[location];
    if (accesses === undefined) {
      accesses = [];
      this.#accesses[location] = accesses;
    }
    return accesses;
  }

  /** The clock of a move that would come now, and the moves that it races with. */
  #order(task: number, footprint: Footprint): { readonly clock: Clock; readonly racing: readonly number[] } {
    const before = new Set<number>();
    for (const { location, kind } of touchesOf(footprint)) {
      for (const event of this.#conflicting(location, kind)) before.add(event);
    }
    const own = this.#events[this.#ofTask[task]?.at(-1) ?? -1];
    let clock: Clock = own?.clock ?? new Array<number>(this.#tasks).fill(0);
    const racing: number[] = [];
    for (const event of [...before].sort((a, b) => b - a)) {
      const earlier = this.#events[event];
      if (earlier === undefined || isBefore(event, earlier.move.task, clock)) continue;
      racing.push(event);
      clock = joined(clock, earlier.clock);
    }
    return { clock, racing };
  }

  /** The moves that a touch of a location comes after; of those that such a move comes after itself not all. */
  #conflicting(location: number, kind: TouchKind): readonly number[] {
    const accesses = this.#accesses[location];
    if (accesses === undefined) return [];
    const events: number[] = [];
    for (let index = accesses.length - 1; index >= 0; index--) {
      const access = accesses[index];
      if (access === undefined) break;
      if (conflict(kind, access.kind)) events.push(access.event);
      if (access.kind === 'write') break;
    }
    return events;
  }

  /** The race of an earlier move with one of `task` that has `clock` and comes now. */
  #race(event: number, task: number, clock: Clock): Race {
    const { between, initials } = this.#initials(event);
    const first = between.every(other => other.move.task !== task && !precedes(other, clock));
    const moves = between.map(each => each.move);
    return { event, task, initials: first ? [...initials, task] : initials, between: moves };
  }

  /** Moves behind one that do not need it, and the tasks that such a move needs no other of them for. */
  #initials(event: number): { readonly between: readonly Event[]; readonly initials: readonly number[] } {
    const earlier = this.#events[event]?.move.task ?? -1;
    const between: Event[] = [];
    const initials: number[] = [];
    for (let index = event + 1; index < this.#events.length; index++) {
      const later = this.#events[index];
      if (later === undefined || isBefore(event, earlier, later.clock)) continue;
      const { task } = later.move;
      if (between.every(other => other.move.task !== task && !precedes(other, later.clock)))
        initials.push(task);
      between.push(later);
    }
    return { between, initials };
  }
}

/** Whether two moves of different tasks end alike in both orders. */
export function independent(first: Move, second: Move): boolean {
  const touched = new Map<number, TouchKind[]>();
  for (const { location, kind } of touchesOf(second))
    touched.set(location, [...(touched.get(location) ?? []), kind]);
  for (const { location, kind } of touchesOf(first)) {
    if (touched.get(location)?.some(other => conflict(kind, other)) === true) return false;
  }
  return true;
}

function precedes({ move, clock }: Event, later: Clock): boolean {
  return isBefore((clock[move.task] ?? 0) - 1, move.task, later);
}

function isBefore(event: number, task: number, clock: Clock): boolean {
  return (clock[task] ?? 0) > event;
}

function joined(first: Clock, second: Clock): Clock {
  return first.map((value, task) => Math.max(value, second[task] ?? 0));
}
