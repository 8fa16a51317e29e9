/** The explorer: searches the orders in which the steps of a program can come. */

import { depthFirst, preemption, type Searching } from './depthFirst.js';
import type { Exploration, Mode, Progress, Stop } from './exploration.js';
import { Findings } from './findings.js';
import { onlyRun } from './onlyRun.js';
import { EndlessRun } from './player.js';
import type { Program } from './program.js';
import { randomWalks } from './randomWalks.js';
import { reduced } from './reduced.js';

/** What a search may use, and who is told of it. */
export interface Limits {
  /** States at most. */
  readonly states?: number;
  /** Milliseconds at most, by `now`. */
  readonly milliseconds?: number;
  /** A clock in milliseconds. */
  readonly now?: () => number;
  /** Whether somebody wants the search to end. */
  readonly cancelled?: () => boolean;
  /** Told every 256 states, as often as the clock and `cancelled` are asked. */
  readonly progress?: (progress: Progress) => void;
}

const STATES_BETWEEN_LOOKS = 256;

/**
 * A search to be run bit by bit: each `next()` visits a state and says how far it is, `next(reason)` ends it, and what it
 * returns says so.
 */
export function* search(program: Program, mode: Mode): Searching<Exploration> {
  const only = mode.kind === 'random' ? null : onlyRun(program);
  if (only !== null) return only;
  const findings = new Findings();
  try {
    const end = yield* searching(program, mode, findings);
    return typeof end === 'string' ? findings.result(false, end) : findings.result(end, null);
  } catch (error) {
    if (error instanceof EndlessRun) return findings.result(false, 'steps');
    throw error;
  }
}

function searching(program: Program, mode: Mode, findings: Findings): Searching<boolean | Stop> {
  const note = findings.visit.bind(findings);
  switch (mode.kind) {
    case 'exhaustive':
      return depthFirst(program, null, findings, note);
    case 'bounded':
      return depthFirst(program, { cost: preemption, most: mode.preemptions }, findings, note);
    case 'reduced':
      return reduced(program, findings);
    case 'random':
      return randomWalks(program, mode.seed, mode.runs, findings);
  }
}

/** Searches until it has seen all, or a limit is reached. */
export function explore(program: Program, mode: Mode, limits: Limits = {}): Exploration {
  return within(search(program, mode), limits);
}

/** Runs a search to its end, or until a limit is reached. */
export function within<T>(running: Searching<T>, limits: Limits): T {
  const { states = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY, now } = limits;
  const end = (now?.() ?? 0) + milliseconds;
  let visited = 0;
  for (let next = running.next(); ; ) {
    if (next.done === true) return next.value;
    visited += 1;
    let stop: Stop | undefined;
    if (next.value.states >= states) stop = 'states';
    else if (visited % STATES_BETWEEN_LOOKS === 0) {
      limits.progress?.(next.value);
      if (limits.cancelled?.() === true) stop = 'cancelled';
      else if (now !== undefined && now() >= end) stop = 'time';
    }
    next = running.next(stop);
  }
}
