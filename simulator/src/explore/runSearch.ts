/** Runs a search in pieces, so that whoever started it can be told how far it is, and can call it off. */

import type { Searching } from './depthFirst.js';
import type { Progress, Stop } from './exploration.js';

/** What a search may use, and who hears of it. Clock and event loop are the caller's. */
export interface SearchBudget {
  /** States at most. */
  readonly states: number;
  /** Milliseconds at most. */
  readonly milliseconds: number;
  /** Milliseconds since some moment. */
  readonly now: () => number;
  /** Lets the event loop take what has arrived. */
  readonly breathe: () => Promise<void>;
  readonly cancelled: () => boolean;
  readonly progress: (progress: Progress) => void;
}

/** Milliseconds between two breaths. */
const BREATH = 50;

/** States between two looks at the clock. */
const LOOK = 64;

/** What the search gives; stopped where the budget ends, which its answer says. */
export async function runSearch<T>(searching: Searching<T>, budget: SearchBudget): Promise<T> {
  const { now } = budget;
  const end = now() + budget.milliseconds;
  let breath = now() + BREATH;
  let next = searching.next();
  for (let visited = 1; next.done !== true; visited++) {
    let stop: Stop | undefined;
    if (next.value.states >= budget.states) stop = 'states';
    else if (visited % LOOK === 0 && now() >= breath) {
      budget.progress(next.value);
      await budget.breathe();
      breath = now() + BREATH;
      if (budget.cancelled()) stop = 'cancelled';
      else if (breath >= end) stop = 'time';
    }
    next = searching.next(stop);
  }
  return next.value;
}
