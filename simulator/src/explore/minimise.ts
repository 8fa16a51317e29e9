/** Finds the order that comes to an ending with the fewest turns, and among those the one with the fewest steps. */

import { contextSwitch, depthFirst, type Searching } from './depthFirst.js';
import type { Ending } from './exploration.js';
import { Findings } from './findings.js';
import { EndlessRun, type Player } from './player.js';
import type { Program } from './program.js';
import { replay } from './replay.js';
import type { Turn } from './schedule.js';

/** An order that comes to a wanted ending. */
export interface Minimised {
  /** What has to be said of it; what follows is settled (see schedule.ts). */
  readonly schedule: readonly Turn[];
  /**
   * No order comes to such an ending, or to a violation that leads to one, with fewer turns in all. False: the search was
   * stopped before it knew.
   */
  readonly minimal: boolean;
}

/**
 * The shortest schedule whose run ends as `wanted` says; `known` is one that does. It tries all orders with one turn, then
 * all with two, and so on, so that what it finds is minimal; it visits so many states at most.
 */
export function* minimise(
  program: Program,
  known: readonly Turn[],
  wanted: (ending: Ending) => boolean,
  states: number,
): Searching<Minimised> {
  const findings = new Findings();
  let best: readonly Turn[] | null = null;
  const visit = (player: Player, ready: readonly number[]): boolean => {
    const found = goal(program, player, ready, wanted);
    if (found !== null && (best === null || stepsOf(found) < stepsOf(best))) best = found;
    return found === null;
  };
  let minimal = true;
  for (let most = 0; best === null && minimal && most < known.length - 1; most++) {
    const searching = depthFirst(program, { cost: contextSwitch, most }, findings, visit);
    try {
      let next = searching.next();
      while (next.done !== true)
        next = searching.next(findings.states >= states ? 'states' : yield next.value);
      minimal = typeof next.value !== 'string';
    } catch (error) {
      if (!(error instanceof EndlessRun)) throw error;
      minimal = false;
    }
  }
  return { schedule: trimmed(program, best ?? known, wanted), minimal };
}

/**
 * The schedule, if this is a state to stop at: the end of a wanted run, or a violation that leads to a wanted ending
 * whichever way the settled order takes from there.
 */
function goal(
  program: Program,
  player: Player,
  ready: readonly number[],
  wanted: (ending: Ending) => boolean,
): readonly Turn[] | null {
  if (ready.length === 0) return wanted(player.ending()) ? player.schedule() : null;
  if (player.violations.length === (player.place.before?.violations.length ?? 0)) return null;
  const schedule = player.schedule();
  return leadsTo(program, schedule, wanted) ? schedule : null;
}

/** Without turns at its end that would come by themselves. */
function trimmed(
  program: Program,
  schedule: readonly Turn[],
  wanted: (ending: Ending) => boolean,
): readonly Turn[] {
  let kept = schedule;
  while (kept.length > 1 && leadsTo(program, kept.slice(0, -1), wanted)) kept = kept.slice(0, -1);
  return kept;
}

function leadsTo(program: Program, schedule: readonly Turn[], wanted: (ending: Ending) => boolean): boolean {
  const run = replay(program, schedule);
  return !('error' in run) && wanted(run);
}

function stepsOf(schedule: readonly Turn[]): number {
  return schedule.reduce((sum, { steps }) => sum + steps, 0);
}
