/** handle_userfault() of fs/userfaultfd.c: the fault is given to user space. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { PTE, pmdOffset, pteNone, pteOffset, type Uffd, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadLock } from './mmapLock.js';
import { releaseFaultLock } from './releaseFaultLock.js';
import { isUffdWpMarker } from './setMissingPte.js';
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

/** What a fault is given to user space for: VM_UFFD_MISSING and VM_UFFD_MINOR, or VM_UFFD_WP. */
type UserfaultReason = 'missing' | 'wp';

/**
 * VM_FAULT_SIGBUS if nobody may wait here (no ALLOW_RETRY, UFFD_FEATURE_SIGBUS, a user-mode-only descriptor), else
 * VM_FAULT_RETRY: with RETRY_NOWAIT at once, otherwise after mmap_lock was dropped and the monitor has answered or a
 * signal came. Whether the page is there is found out by the retry. Up to v5.6 any signal ends the wait of a fault of
 * user mode, which gets its lock back and goes on with VM_FAULT_NOPAGE.
 *
 * A monitor with a plan answers in the waiter's place. One without is another task (userfaultfdIoctl.ts): the fault is
 * queued, and sleeps until that wakes it.
 */
export function* handleUserfault(
  machine: Machine,
  vma: Vma,
  uffd: Uffd,
  page: number,
  flags: number,
  reason: UserfaultReason = 'missing',
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
  const ofUser = FAULT.USER | FAULT.KILLABLE;
  const returnToUserland = !machine.behaviour.switches.defaultFaultFlags && (flags & ofUser) === ofUser;
  const interruptible = returnToUserland || (flags & FAULT.INTERRUPTIBLE) !== 0;
  if (uffd.plan === '' && machine.asRecorded !== true) {
    yield* waitForMonitor(machine, vma, uffd, page, flags, reason, interruptible);
    return yield* woken(machine, returnToUserland);
  }
  yield { routine: 'handle_userfault', text: 'queues the fault for the monitor', faultFlags: flags, page };
  yield* releaseFaultLock(machine, vma, flags, 'waiting for user space');
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
  return yield* woken(machine, returnToUserland);
}

function* woken(machine: Machine, returnToUserland: boolean): Op<number> {
  if (!returnToUserland || !signalPending(machine) || fatalSignalPending(machine)) return VM_FAULT.RETRY;
  yield* mmapReadLock(machine);
  return VM_FAULT.NOPAGE;
}

/** The fault in the queue, until somebody wakes it. It does not sleep if the monitor has answered before it was queued. */
function* waitForMonitor(
  machine: Machine,
  vma: Vma,
  uffd: Uffd,
  page: number,
  flags: number,
  reason: UserfaultReason,
  interruptible: boolean,
): Op<void> {
  const routine = 'handle_userfault';
  const { state, current } = machine;
  const waiters = state.uffds[uffd.index]?.waiters ?? [];
  yield { routine, text: 'gives the fault to user space', faultFlags: flags, page };
  waiters.push({ task: current.index, page, read: false, woken: false });
  yield { routine, text: 'queues the fault for the monitor', faultFlags: flags, page };
  const recheck = machine.behaviour.switches.userfaultRechecksEntry;
  const sleeps = !recheck || userfaultfdMustWait(machine, page, reason);
  yield* releaseFaultLock(machine, vma, flags, 'waiting for user space');
  if (sleeps) {
    const wait = { lock: 'userfault', uffd: uffd.index, interruptible } as const;
    yield { routine, text: 'sleeps until the monitor wakes it', faultFlags: flags, page, wait };
  }
  const at = waiters.findIndex(({ task }) => task === current.index);
  if (at >= 0) waiters.splice(at, 1);
  yield { routine, text: sleeps ? 'wakes up' : 'the answer is there already', faultFlags: flags, page };
}

/** userfaultfd_must_wait(), userfaultfd_huge_must_wait(): whether the entry still is one to ask the monitor for. */
function userfaultfdMustWait({ mm }: Machine, page: number, reason: UserfaultReason): boolean {
  const pmd = pmdOffset(mm.pageTable, page);
  const pte = pmd === null ? null : (pmd.huge ?? pteOffset(mm.pageTable, page));
  if (pte === null || pteNone(pte) || isUffdWpMarker(pte)) return true;
  return reason === 'wp' && (pte.bits & PTE.PRESENT) !== 0 && (pte.bits & PTE.WRITE) === 0;
}

function refusalOf(uffd: Uffd, flags: number): string | null {
  if ((uffd.features & UFFD_FEATURE_SIGBUS) !== 0) return 'UFFD_FEATURE_SIGBUS: SIGBUS instead of waiting';
  if (uffd.userModeOnly && (flags & FAULT.USER) === 0)
    return 'the descriptor only takes faults of user mode: SIGBUS';
  if ((flags & FAULT.ALLOW_RETRY) === 0) return 'may not wait without ALLOW_RETRY: SIGBUS';
  return null;
}
