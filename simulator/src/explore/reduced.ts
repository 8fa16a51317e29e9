/**
 * Search with partial-order reduction: of the orders that differ only in moves that do not touch each other it tries one.
 * Source sets and sleep sets, found while it runs (Abdulla, Aronis, Jonsson, Sagonas, "Source sets: a foundation for optimal
 * dynamic partial order reduction", J. ACM 2017, algorithm 1). A state that was met before is not entered again; what is known
 * to be touched behind it races with the moves that led there this time (Yang, Chen, Gopalakrishnan, Kirby, "Efficient
 * stateful dynamic partial order reduction", SPIN 2008).
 *
 * Who waits has no move to compare, and still races: with the move that keeps it waiting. That keeps deadlocks.
 */

import type { Searching } from './depthFirst.js';
import type { Stop } from './exploration.js';
import type { Findings } from './findings.js';
import { HappensBefore, independent, type Race } from './happensBefore.js';
import { Locations } from './locations.js';
import { type Move, type Place, Player } from './player.js';
import type { Program } from './program.js';
import { type Touch, Touches, type TouchSet, union } from './touches.js';

/** A state on the way. */
interface Frame {
  readonly key: string;
  readonly place: Place;
  readonly ready: readonly number[];
  /** Tasks that have to be tried from here. */
  readonly chosen: Set<number>;
  /** Tasks that need not be tried, with the move they would make: all that follows it was seen elsewhere. */
  readonly asleep: Map<number, Move>;
  /** Those that slept when it was entered. */
  readonly slept: readonly number[];
  /** Of each task that waits the locations that decide so. */
  readonly waiting: ReadonlyMap<number, readonly number[]>;
  /** What is touched behind it. */
  touched: TouchSet;
  /** The move that led on from here. */
  taken: Move | null;
}

/** A state that was left: all that can follow it was seen, if none but these slept. */
interface Visited {
  readonly slept: readonly number[];
  readonly touched: TouchSet;
}

/** Tries one order of each kind. Returns true, or why it stopped; all it finds goes to `findings`. */
export function* reduced(program: Program, findings: Findings): Searching<boolean | Stop> {
  const search = new Reduction(program, findings);
  search.begin();
  while (search.next()) {
    const stop = yield findings.progress();
    if (stop !== undefined) return stop;
  }
  return true;
}

class Reduction {
  readonly #program: Program;
  readonly #findings: Findings;
  readonly #locations = new Locations();
  readonly #order: HappensBefore;
  readonly #touches: Touches;
  readonly #visited = new Map<string, Visited>();
  readonly #stack: Frame[] = [];
  #player: Player;

  constructor(program: Program, findings: Findings) {
    this.#program = program;
    this.#findings = findings;
    this.#order = new HappensBefore(program.tasks.length);
    this.#touches = new Touches(program.tasks.length);
    this.#player = new Player(program, this.#locations);
  }

  begin(): void {
    this.#enter(new Map());
  }

  /** Goes on to the next state; false: there is none. */
  next(): boolean {
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      this.#comeBack(frame);
      const { asleep, chosen, place } = frame;
      const task = [...chosen].find(candidate => !asleep.has(candidate));
      if (task === undefined) {
        this.#leave(frame);
        continue;
      }
      if (this.#player.place !== place) {
        this.#player = new Player(this.#program, this.#locations, place);
        this.#findings.replayed += this.#player.taken;
      }
      this.#go(frame, task);
      return true;
    }
    return false;
  }

  #go(frame: Frame, task: number): void {
    const player = this.#player;
    const move = player.move(task);
    frame.taken = move;
    frame.touched = this.#touches.with(frame.touched, task, move);
    for (const race of this.#order.push(move)) this.#turn(race);
    for (const other of this.#program.tasks.keys()) {
      if (player.status(other) !== 'waiting') continue;
      const reads = player.statusReads(other);
      const concerned = reads.some(
        location => move.writes.includes(location) || move.changes.includes(location),
      );
      if (other !== task && !concerned) continue;
      frame.touched = this.#touches.with(frame.touched, other, { reads, writes: [], changes: [] });
      for (const race of this.#order.racesOfWaiting(other, reads)) this.#turn(race);
    }
    this.#enter(new Map([...frame.asleep].filter(([, sleeping]) => independent(sleeping, move))));
  }

  #enter(asleep: Map<number, Move>): void {
    const player = this.#player;
    const key = player.key();
    const visited = this.#visited.get(key);
    if (visited?.slept.every(task => asleep.has(task)) === true) {
      this.#meet(visited);
      return;
    }
    this.#findings.states += 1;
    const ready = player.ready();
    if (ready.length === 0 && visited === undefined) this.#findings.add(player);
    const awake = ready.filter(other => !asleep.has(other));
    const { task } = player.place;
    const first = awake.includes(task) ? task : awake[0];
    let touched: TouchSet = visited?.touched ?? new Uint32Array(0);
    for (const [sleeper, move] of asleep) touched = this.#touches.with(touched, sleeper, move);
    const chosen = new Set(first === undefined ? [] : [first]);
    const slept = [...asleep.keys()];
    const waiting = new Map<number, readonly number[]>();
    for (const other of this.#program.tasks.keys()) {
      if (player.status(other) === 'waiting') waiting.set(other, player.statusReads(other));
    }
    const { place } = player;
    this.#stack.push({ key, place, ready, waiting, chosen, asleep, slept, touched, taken: null });
  }

  /** A state again: what is touched behind it races with the moves that led to it now. */
  #meet({ touched }: Visited): void {
    const frame = this.#stack.at(-1);
    if (frame === undefined) return;
    frame.touched = union(frame.touched, touched);
    for (const touch of this.#touches.in(touched)) {
      for (const race of this.#order.racesOfLater(touch)) this.#turnLater(race, touch);
    }
  }

  /** The move that led on from this state was followed to all its ends. */
  #comeBack(frame: Frame): void {
    if (frame.taken === null) return;
    this.#order.pop();
    frame.asleep.set(frame.taken.task, frame.taken);
    frame.taken = null;
  }

  #leave({ key, slept, touched }: Frame): void {
    this.#stack.pop();
    const before = this.#visited.get(key)?.slept;
    const both = before === undefined ? slept : slept.filter(task => before.includes(task));
    this.#visited.set(key, { slept: both, touched });
    const frame = this.#stack.at(-1);
    if (frame !== undefined) frame.touched = union(frame.touched, touched);
  }

  /** Has the other order of a race tried. */
  #turn(race: Race): void {
    const frame = this.#stack[race.event];
    if (frame !== undefined && !mustWait(race, frame)) choose(frame, race.initials);
  }

  /**
   * The same for a move that comes later: if nothing is known that could come first, its task, or else all. Whether it has to
   * wait is not known, since others that come before it may end its wait.
   */
  #turnLater({ event, initials }: Race, { task }: Touch): void {
    const frame = this.#stack[event];
    if (frame === undefined) return;
    if (initials.length > 0) choose(frame, initials);
    else if (frame.ready.includes(task)) frame.chosen.add(task);
    else for (const other of frame.ready) frame.chosen.add(other);
  }
}

/** Has one of the tasks tried, if none is yet. */
function choose({ chosen, ready }: Frame, initials: readonly number[]): void {
  if (initials.some(task => chosen.has(task))) return;
  const task = initials.findLast(initial => ready.includes(initial));
  if (task !== undefined) chosen.add(task);
}

/** The later move of a race has to wait for the earlier one: what its task waits for there, nothing between changes. */
function mustWait({ task, between }: Race, { waiting }: Frame): boolean {
  const reads = waiting.get(task);
  if (reads === undefined) return false;
  const looked = new Set(reads);
  return between.every(
    move => move.task !== task && ![...move.writes, ...move.changes].some(location => looked.has(location)),
  );
}
