/** Pending signals of the calling task. */

import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';

/** fatal_signal_pending(current). */
export function fatalSignalPending(machine: Machine): boolean {
  return machine.current.sigkill;
}

/** signal_pending(current). */
export function signalPending(machine: Machine): boolean {
  return machine.current.signal || machine.current.sigkill;
}

/**
 * gup_signal_pending() of mm/gup.c (v6.2, commit 93c5c61d9e58): whether a retry ends with -EINTR. A release without
 * FOLL_INTERRUPTIBLE never has that flag in the set, so one routine serves both.
 */
export function gupSignalPending(machine: Machine, flags: number): boolean {
  if (fatalSignalPending(machine)) return true;
  return (flags & FOLL.INTERRUPTIBLE) !== 0 && signalPending(machine);
}
