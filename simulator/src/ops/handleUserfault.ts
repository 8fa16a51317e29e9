/** handle_userfault() of fs/userfaultfd.c: the fault is given to user space. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Uffd, Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadLock } from './mmapLock.js';
import { releaseFaultLock } from './releaseFaultLock.js';
import { fatalSignalPending, signalPending } from './signals.js';
import { userfaultfdMonitor } from './userfaultfdMonitor.js';

/** UFFD_FEATURE_WP_ASYNC */
const UFFD_FEATURE_WP_ASYNC = 1 << 15;

/** userfaultfd_wp_async(): a write takes the protection away by itself (v6.7). */
export function userfaultfdWpAsync(uffd: Uffd): boolean {
  return (uffd.features & UFFD_FEATURE_WP_ASYNC) !== 0;
}

/** UFFD_FEATURE_SIGBUS */
const UFFD_FEATURE_SIGBUS = 1 << 7;

/**
 * VM_FAULT_SIGBUS if nobody may wait here (no ALLOW_RETRY, UFFD_FEATURE_SIGBUS, a user-mode-only descriptor), else
 * VM_FAULT_RETRY: with RETRY_NOWAIT at once, otherwise after mmap_lock was dropped and the monitor has answered or a
 * signal came. Whether the page is there is found out by the retry. Up to v5.6 any signal ends the wait of a fault of
 * user mode, which gets its lock back and goes on with VM_FAULT_NOPAGE.
 */
export function* handleUserfault(
  machine: Machine,
  vma: Vma,
  uffd: Uffd,
  page: number,
  flags: number,
): Op<number> {
  const refusal = refusalOf(uffd, flags);
  if (refusal !== null) {
    yield { routine: 'handle_userfault', text: refusal, faultFlags: flags, page };
    return VM_FAULT.SIGBUS;
  }
  if ((flags & FAULT.RETRY_NOWAIT) !== 0) {
    yield { routine: 'handle_userfault', text: 'does not wait (RETRY_NOWAIT)', faultFlags: flags, page };
    return VM_FAULT.RETRY;
  }
  yield { routine: 'handle_userfault', text: 'queues the fault for the monitor', faultFlags: flags, page };
  yield* releaseFaultLock(machine, vma, flags, 'waiting for user space');
  const ofUser = FAULT.USER | FAULT.KILLABLE;
  const returnToUserland = !machine.behaviour.switches.defaultFaultFlags && (flags & ofUser) === ofUser;
  const interruptible = returnToUserland || (flags & FAULT.INTERRUPTIBLE) !== 0;
  if (fatalSignalPending(machine) || (interruptible && signalPending(machine))) {
    yield {
      routine: 'handle_userfault',
      text: 'does not sleep: a signal is pending',
      faultFlags: flags,
      page,
    };
  } else {
    yield* userfaultfdMonitor(machine, vma, uffd, page, interruptible);
    yield { routine: 'handle_userfault', text: 'wakes up', faultFlags: flags, page };
  }
  if (!returnToUserland || !signalPending(machine) || fatalSignalPending(machine)) return VM_FAULT.RETRY;
  yield* mmapReadLock(machine);
  return VM_FAULT.NOPAGE;
}

function refusalOf(uffd: Uffd, flags: number): string | null {
  if ((uffd.features & UFFD_FEATURE_SIGBUS) !== 0) return 'UFFD_FEATURE_SIGBUS: SIGBUS instead of waiting';
  if (uffd.userModeOnly && (flags & FAULT.USER) === 0)
    return 'the descriptor only takes faults of user mode: SIGBUS';
  if ((flags & FAULT.ALLOW_RETRY) === 0) return 'may not wait without ALLOW_RETRY: SIGBUS';
  return null;
}
