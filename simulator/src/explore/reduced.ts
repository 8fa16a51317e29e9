/**
 * Search with partial-order reduction: of the orders that differ only in moves that do not touch each other it tries one.
 * Source sets and sleep sets, found while it runs (Abdulla, Aronis, Jonsson, Sagonas, "Source sets: a foundation for optimal
 * dynamic partial order reduction", J. ACM 2017, algorithm 1).
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
  /** The move that led on from here. */
  taken: Move | null;
}

/** Tries one order of each kind. Returns true, or why it stopped; all it finds goes to `findings`. */
export function* reduced(program: Program, findings: Findings): Searching<boolean | Stop> {
  const locations = new Locations();
  const order = new HappensBefore(program.tasks.length);
  const stack: Frame[] = [];
  let player = new Player(program, locations);
  const enter = (asleep: Map<number, Move>): void => {
    findings.states += 1;
    const ready = player.ready();
    if (ready.length === 0) findings.add(player);
    const { task } = player.place;
    const awake = ready.filter(other => !asleep.has(other));
    const first = awake.includes(task) ? task : awake[0];
    const chosen = new Set(first === undefined ? [] : [first]);
    stack.push({ place: player.place, ready, chosen, asleep, taken: null });
  };
  const turn = (races: readonly Race[]): void => {
    for (const { event, initials } of races) {
      const frame = stack[event];
      if (frame === undefined || initials.some(task => frame.chosen.has(task))) continue;
      const task = initials.findLast(initial => frame.ready.includes(initial));
      if (task !== undefined) frame.chosen.add(task);
    }
  };
  enter(new Map());
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    if (frame.taken !== null) {
      order.pop();
      frame.asleep.set(frame.taken.task, frame.taken);
      frame.taken = null;
    }
    const { asleep, chosen, place } = frame;
    const task = [...chosen].find(candidate => !asleep.has(candidate));
    if (task === undefined) {
      stack.pop();
      continue;
    }
    if (player.place !== place) {
      player = new Player(program, locations, place);
      findings.replayed += player.taken;
    }
    const move = player.move(task);
    frame.taken = move;
    turn(order.push(move));
    for (const other of program.tasks.keys()) {
      if (player.status(other) !== 'waiting') continue;
      const reads = player.statusReads(other);
      if (other === task || reads.some(location => move.writes.includes(location)))
        turn(order.racesOfWaiting(other, reads));
    }
    enter(new Map([...asleep].filter(([, sleeping]) => independent(sleeping, move))));
    const stop = yield findings.progress();
    if (stop !== undefined) return stop;
  }
  return true;
}
