/** The contract of a function in words, as a person reads it who is about to call it. */

import type { LockContract, ResolvedFunction } from '../../../../kernel/src/index.js';

/** Whether the lock that the caller holds may be gone or was given up for a while when the function returns. */
export function lockMayDrop({ after }: LockContract): boolean {
  return after === 'depends-on-locked' || after === 'retaken' || after === 'unless-retry-or-completed';
}

/** What the pointer named `locked` (or `unlocked`) of a function means; null: it has none that says anything. */
export function lockedMeaning(fn: ResolvedFunction): string | null {
  const locked = fn.parameters[fn.argument('locked')]?.name;
  const unlocked = fn.parameters[fn.argument('unlocked')]?.name;
  if (unlocked !== undefined) {
    return `NULL: mmap_lock stays held. Given: it may be dropped and retaken, *${unlocked} is true then and VMAs looked up before are stale.`;
  }
  if (locked === undefined) return null;
  if (fn.lock.after !== 'depends-on-locked') return 'Written by the function, which takes the lock itself.';
  return `NULL: mmap_lock stays held. Given: set *${locked} to 1 before; 0 afterwards says that the lock was released, and VMAs looked up before are stale.`;
}

/** What the caller owns after a call; null: nothing. */
export function acquiresText({ acquires }: Pick<ResolvedFunction, 'acquires'>): string | null {
  switch (acquires) {
    case 'reference':
      return 'a reference to each page';
    case 'pin':
      return 'a pin of each page';
    case 'by-flags':
      return 'a reference (FOLL_GET) or a pin (FOLL_PIN) of each page';
    case 'none':
      return null;
  }
}
