/**
 * Depth-first search that enters no state twice: exhaustive, and with a bound on how often a task that may go on has to
 * let another go first (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007).
 */

import type { Progress, Stop } from './exploration.js';
import type { Findings } from './findings.js';
import { Locations } from './locations.js';
import { type Place, Player } from './player.js';
import type { Program } from './program.js';

/** A state on the way, with what is still to be tried from it. */
interface Frame {
  readonly place: Place;
  readonly ready: readonly number[];
  readonly untried: number[];
  readonly preemptions: number;
}

/** Says how far the search is, and takes a reason to stop. */
export type Searching<T> = Generator<Progress, T, Stop | undefined>;

/**
 * Tries every order, or with `preemptions` those with at most so many. Returns whether none was left out, or why it
 * stopped; all it finds goes to `findings`.
 */
export function* depthFirst(
  program: Program,
  preemptions: number | null,
  findings: Findings,
): Searching<boolean | Stop> {
  const locations = new Locations();
  /** For each state the fewest preemptions that led to it. */
  const visited = new Map<string, number>();
  const stack: Frame[] = [];
  let cut = false;
  let player = new Player(program, locations);
  const enter = (used: number): void => {
    const { task } = player.place;
    // With a bound it counts who may go on at no cost.
    const key = preemptions === null ? player.key() : `${player.key()},${task}`;
    if ((visited.get(key) ?? Number.POSITIVE_INFINITY) <= used) return;
    visited.set(key, used);
    findings.states += 1;
    const ready = player.ready();
    if (ready.length === 0) findings.add(player);
    // The task that ran goes on first: what is found first has few turns.
    const order = ready.toSorted((a, b) => Number(b === task) - Number(a === task));
    stack.push({ place: player.place, ready, untried: order, preemptions: used });
  };
  enter(0);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const task = frame.untried.shift();
    if (task === undefined) {
      stack.pop();
      continue;
    }
    const last = frame.place.task;
    const used = frame.preemptions + (last !== task && frame.ready.includes(last) ? 1 : 0);
    if (preemptions !== null && used > preemptions) {
      cut = true;
      continue;
    }
    if (player.place !== frame.place) {
      player = new Player(program, locations, frame.place);
      findings.replayed += player.taken;
    }
    player.move(task, preemptions === null);
    enter(used);
    const stop = yield findings.progress();
    if (stop !== undefined) return stop;
  }
  return !cut;
}
