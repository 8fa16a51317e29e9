/** fixup_user_fault() of mm/gup.c: takes the fault of an atomic access that failed. */

import { EFAULT, EINTR } from '../errno.js';
import { FAULT, FOLL, VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { archVmaAccessPermitted } from './archVmaAccessPermitted.js';
import { vmFaultToErrno } from './faultinPage.js';
import { findExtendVma } from './findExtendVma.js';
import { handleMmFault } from './handleMmFault.js';
import { mmapReadLock } from './mmapLock.js';
import { fatalSignalPending } from './signals.js';

const ROUTINE = 'fixup_user_fault';

/** `bool *unlocked` of the caller: set if mmap_lock was dropped and retaken. */
export interface UnlockedCell {
  value: 0 | 1;
}

/** 0 or an error; mmap_lock is held again on return. Up to v5.6 only the first try may drop it (commit 4426e945df58). */
export function* fixupUserFault(
  machine: Machine,
  page: number,
  callerFlags: number,
  unlocked: UnlockedCell | null,
): Op<number> {
  const { killableFaults, fixupRepeats, fixupReportsPoison, lockDroppedFlag, retryMarksTried } =
    machine.behaviour.switches;
  const mayRetry = FAULT.ALLOW_RETRY | (killableFaults ? FAULT.KILLABLE : 0);
  let flags = callerFlags | (unlocked !== null ? mayRetry : 0);
  for (;;) {
    const vma: Vma | null = yield* findExtendVma(machine, page);
    if (vma === null || !vmaPermitsFault(machine, vma, flags)) {
      yield {
        routine: ROUTINE,
        text: '-EFAULT: no mapping, or it forbids the access',
        faultFlags: flags,
        page,
      };
      return -EFAULT;
    }
    if ((flags & FAULT.KILLABLE) !== 0 && fatalSignalPending(machine)) {
      yield { routine: ROUTINE, text: 'SIGKILL is pending: -EINTR', faultFlags: flags, page };
      return -EINTR;
    }
    const ret: number = yield* handleMmFault(machine, vma, page, flags);
    // It takes RETRY for a lock that is gone, even with RETRY_NOWAIT.
    const kept = lockDroppedFlag && !machine.notes.lockDropped;
    if ((ret & VM_FAULT.COMPLETED) !== 0) {
      if (!kept) yield* retake(machine, unlocked);
      return 0;
    }
    if ((ret & VM_FAULT_ERROR) !== 0) return vmFaultToErrno(ret, fixupReportsPoison ? FOLL.HWPOISON : 0);
    if ((ret & VM_FAULT.RETRY) === 0) return 0;
    if (!kept) yield* retake(machine, unlocked);
    if (!fixupRepeats) flags &= ~FAULT.ALLOW_RETRY;
    if (retryMarksTried) flags |= FAULT.TRIED;
  }
}

function* retake(machine: Machine, unlocked: UnlockedCell | null): Op<void> {
  if (machine.behaviour.switches.fixupRetakesLock) yield* mmapReadLock(machine);
  if (unlocked !== null) unlocked.value = 1;
}

/** vma_permits_fault() */
function vmaPermitsFault(machine: Machine, vma: Vma, flags: number): boolean {
  const write = (flags & FAULT.WRITE) !== 0;
  if (!(write ? vma.write : vma.read)) return false;
  return archVmaAccessPermitted(machine, vma, write, (flags & FAULT.REMOTE) !== 0);
}
