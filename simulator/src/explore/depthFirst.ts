/**
 * Depth-first search that enters no state twice, with or without a bound on what an order may cost: exhaustive search,
 * search with few preemptions (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007), search for few turns.
 */

import type { Progress, Stop } from './exploration.js';
import type { Findings } from './findings.js';
import { Locations } from './locations.js';
import { type Place, Player } from './player.js';
import type { Program } from './program.js';

/** Says how far the search is, and takes a reason to stop. */
export type Searching<T> = Generator<Progress, T, Stop | undefined>;

/** Which orders are tried. */
export interface Bound {
  /** What it costs that `task` follows `last` (-1: none), when these tasks may go on. */
  readonly cost: (last: number, task: number, ready: readonly number[]) => number;
  /** What an order may cost. */
  readonly most: number;
}

/** A task that may go on has to let another go first. */
export function preemption(last: number, task: number, ready: readonly number[]): number {
  return last !== task && ready.includes(last) ? 1 : 0;
}

/** Another task goes on, whether the last one could or not. */
export function contextSwitch(last: number, task: number): number {
  return last >= 0 && last !== task ? 1 : 0;
}

/** A state on the way, with what is still to be tried from it. */
interface Frame {
  readonly key: string;
  readonly place: Place;
  readonly ready: readonly number[];
  readonly untried: number[];
  readonly cost: number;
  /** In how many orders a run can go on from here to its end, of those that were tried. */
  orders: number;
}

/**
 * Tries every order within the bound; null: every order of single steps. `visit` is told of each state once for each way to
 * it that costs less than those before, and says whether to go on from there. Returns whether nothing was left out for its
 * cost, or why it stopped.
 */
export function* depthFirst(
  program: Program,
  bound: Bound | null,
  findings: Findings,
  visit: (player: Player, ready: readonly number[]) => boolean,
): Searching<boolean | Stop> {
  const locations = new Locations();
  /** For each state the lowest cost that led to it. */
  const visited = new Map<string, number>();
  /** For each state that was left its {@link Frame.orders}. */
  const orders = new Map<string, number>();
  const stack: Frame[] = [];
  const addOrders = (count: number): void => {
    const frame = stack.at(-1);
    if (frame === undefined) findings.orders = bound === null ? count : null;
    else frame.orders += count;
  };
  let cut = false;
  let player = new Player(program, locations);
  const enter = (cost: number): void => {
    const { place } = player;
    // With a bound it counts who may go on at no cost.
    const key = bound === null ? player.key() : `${player.key()},${place.task}`;
    if ((visited.get(key) ?? Number.POSITIVE_INFINITY) <= cost) {
      addOrders(orders.get(key) ?? 0);
      return;
    }
    visited.set(key, cost);
    findings.states += 1;
    const ready = player.ready();
    if (!visit(player, ready)) {
      orders.set(key, 1);
      addOrders(1);
      return;
    }
    // The task that ran goes on first: what is found first has few turns.
    const untried = ready.toSorted((a, b) => Number(b === place.task) - Number(a === place.task));
    stack.push({ key, place, ready, untried, cost, orders: 0 });
  };
  enter(0);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const task = frame.untried.shift();
    if (task === undefined) {
      stack.pop();
      orders.set(frame.key, frame.orders);
      addOrders(frame.orders);
      continue;
    }
    const cost = frame.cost + (bound?.cost(frame.place.task, task, frame.ready) ?? 0);
    if (bound !== null && cost > bound.most) {
      cut = true;
      continue;
    }
    if (player.place !== frame.place) {
      player = new Player(program, locations, frame.place);
      findings.replayed += player.taken;
    }
    player.move(task, bound === null);
    enter(cost);
    const stop = yield findings.progress();
    if (stop !== undefined) return stop;
  }
  return !cut;
}
