/** What calling a function does to an mmap_lock, as its callers need to know it. */

import type { Facts } from './lattices/factLattice.js';
import { CALLERS_LOCK, type LockState, lockLattice, lockState } from './lattices/lockLattice.js';

/** The key of the fact about what a function returns, in the state at its exit. */
export const RETURNED = '#returned';

/** The key, in a summary, of the fact about the variable that a parameter points to. */
export function pointeeKey(parameter: number): string {
  return `*${parameter}`;
}

/** Stands for the name of a parameter in {@link LockSummary.mm}: what callers call it is another name. */
export const PARAMETER = '@';

/**
 * The effect of a function on the lock of one mm. Plain data without places, so that it is the same where the function
 * has moved, and can go to another thread.
 */
export interface LockSummary {
  /** The name of the mm, with {@link PARAMETER} for the parameter that it hangs on. */
  readonly mm: string;
  /** The index of that parameter; -1 if the mm hangs on none. */
  readonly parameter: number;
  /** What the function takes for granted when it is called; null: nothing, or it cannot be told. */
  readonly entry: 'held' | 'not-held' | null;
  /**
   * The paths on return, without origins, each with the facts {@link RETURNED} and {@link pointeeKey}: `caller` is the
   * lock as it was before the call. Null: what becomes of it cannot be told.
   */
  readonly exit: LockState | null;
}

/** A function that does something to a lock of which nothing can be said. */
export const UNTOLD: LockSummary = { mm: '', parameter: -1, entry: null, exit: null };

/**
 * The state at a function's exit as its callers may see it: nothing of its own places and variables. What it only
 * asserts is a claim on its callers, and leaves the lock as it was.
 */
export function exitOf(state: LockState, parameters: readonly (string | null)[]): LockState {
  return lockState(
    state.map(({ mode, source, facts }) => {
      const own = source === 'local';
      return {
        mode: own || mode === 'unknown' ? mode : 'caller',
        source: own ? source : 'none',
        origins: [],
        facts: visibleFacts(facts, parameters),
      };
    }),
  );
}

/** Whether a function leaves the lock as it was, whatever it returns. */
export function keepsLock({ exit }: LockSummary): boolean {
  return exit?.every(path => path.mode === 'caller') === true;
}

/**
 * Whether a function leaves the lock as it found it: untouched on some paths, and on the others, if there are any, taken
 * where it was free and given up again.
 */
export function leavesAsFound(summary: LockSummary): boolean {
  const { exit, entry } = summary;
  if (exit === null) return false;
  return exit.every(({ mode }) => mode === 'caller' || (mode === 'none' && entry === 'not-held'));
}

function visibleFacts(facts: Facts, parameters: readonly (string | null)[]): Facts {
  const visible = new Map([...facts].filter(([key]) => key === RETURNED));
  parameters.forEach((name, index) => {
    const fact = name === null ? undefined : facts.get(`*${name}`);
    if (fact !== undefined) visible.set(pointeeKey(index), fact);
  });
  return visible;
}

/** What is so for either of two functions of one name, of which an `#if` chooses one. Null: it does nothing to a lock. */
export function eitherSummary(a: LockSummary | null, b: LockSummary | null): LockSummary | null {
  const some = a ?? b;
  if (some === null) return null;
  const nothing: LockSummary = { ...some, entry: null, exit: CALLERS_LOCK };
  const [x, y] = [a ?? nothing, b ?? nothing];
  if (x.mm !== y.mm || x.parameter !== y.parameter || x.exit === null || y.exit === null) return UNTOLD;
  const entry = x.entry === y.entry ? x.entry : null;
  return { mm: x.mm, parameter: x.parameter, entry, exit: lockLattice.join(x.exit, y.exit) };
}
