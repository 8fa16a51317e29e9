/**
 * Search with partial-order reduction: of the orders that differ only in moves that do not touch each other it tries one.
 * Source sets and sleep sets, found while it runs (Abdulla, Aronis, Jonsson, Sagonas, "Source sets: a foundation for optimal
 * dynamic partial order reduction", J. ACM 2017, algorithm 1). States that were met before are not remembered: what is asleep
 * when one is entered again differs, and so do the moves that what follows races with.
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

/** A state on the way. */
interface Frame {
  readonly place: Place;
  readonly ready: readonly number[];
  /** Tasks that have to be tried from here. */
  readonly chosen: Set<number>;
  /** Tasks that need not be tried, with the move they would make: all that follows it was seen elsewhere. */
  readonly asleep: Map<number, Move>;
  /** Of each task that waits the locations that decide so. */
  readonly waiting: ReadonlyMap<number, readonly number[]>;
  /** The move that led on from here. */
  taken: Move | null;
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
  readonly #stack: Frame[] = [];
  #player: Player;

  constructor(program: Program, findings: Findings) {
    this.#program = program;
    this.#findings = findings;
    this.#order = new HappensBefore(program.tasks.length);
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
        this.#stack.pop();
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
    for (const race of this.#order.push(move)) this.#turn(race);
    for (const other of this.#program.tasks.keys()) {
      if (player.status(other) !== 'waiting') continue;
      const reads = player.statusReads(other);
      const concerned = reads.some(
        location => move.writes.includes(location) || move.changes.includes(location),
      );
      if (other !== task && !concerned) continue;
      for (const race of this.#order.racesOfWaiting(other, reads)) this.#turn(race);
    }
    this.#enter(new Map([...frame.asleep].filter(([, sleeping]) => independent(sleeping, move))));
  }

  #enter(asleep: Map<number, Move>): void {
    const player = this.#player;
    this.#findings.states += 1;
    const ready = player.ready();
    if (ready.length === 0) this.#findings.add(player);
    const awake = ready.filter(other => !asleep.has(other));
    const { task } = player.place;
    const first = awake.includes(task) ? task : awake[0];
    const chosen = new Set(first === undefined ? [] : [first]);
    const waiting = new Map<number, readonly number[]>();
    for (const other of this.#program.tasks.keys()) {
      if (player.status(other) === 'waiting') waiting.set(other, player.statusReads(other));
    }
    const { place } = player;
    this.#stack.push({ place, ready, waiting, chosen, asleep, taken: null });
  }

  /** The move that led on from this state was followed to all its ends. */
  #comeBack(frame: Frame): void {
    if (frame.taken === null) return;
    this.#order.pop();
    frame.asleep.set(frame.taken.task, frame.taken);
    frame.taken = null;
  }

  /** Has the other order of a race tried. */
  #turn(race: Race): void {
    const frame = this.#stack[race.event];
    if (frame !== undefined && !mustWait(race, frame)) choose(frame, race.initials);
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
