/** do_user_addr_fault() of arch/x86/mm/fault.c: a page fault of the processor on an address of user space. */

import { FAULT, VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import {
  accessError,
  BUS_ADRERR,
  BUS_MCEERR_AR,
  type ErrorCode,
  type FaultSignal,
  SEGV_MAPERR,
  SIGBUS,
  SIGSEGV,
} from './accessError.js';
import { handleMmFault } from './handleMmFault.js';
import { lockMmAndFindVma } from './lockMmAndFindVma.js';
import { lockVmaUnderRcu } from './lockVmaUnderRcu.js';
import { mmapReadUnlock } from './mmapLock.js';
import { faultLockDropped, vmaEndRead } from './releaseFaultLock.js';
import { fatalSignalPending, signalPending } from './signals.js';

const ROUTINE = 'do_user_addr_fault';

/** What every fault begins with: up to v5.6 of x86, since then FAULT_FLAG_DEFAULT. */
const MAY_RETRY = FAULT.ALLOW_RETRY | FAULT.KILLABLE;
const FAULT_FLAG_DEFAULT = MAY_RETRY | FAULT.INTERRUPTIBLE;

/**
 * null: the access is to be made again. Otherwise the signal it ends with; of kernel mode (`userMode` false) that
 * stands for the exception table, where a copy function gives up.
 */
export function* doUserAddrFault(
  machine: Machine,
  page: number,
  code: ErrorCode,
  userMode: boolean,
): Op<FaultSignal | null> {
  const { switches } = machine.behaviour;
  let flags = switches.defaultFaultFlags ? FAULT_FLAG_DEFAULT : MAY_RETRY;
  if (code.write) flags |= FAULT.WRITE;
  if (code.instruction) flags |= FAULT.INSTRUCTION;
  if (userMode) flags |= FAULT.USER;
  yield { routine: ROUTINE, text: 'the processor faults', faultFlags: flags, page };
  if (userMode && switches.vmaLock) {
    const tried = yield* underVmaLock(machine, page, code, flags);
    if (!('triedFlag' in tried)) return tried.signal;
    flags |= tried.triedFlag;
  }
  for (let again = false; ; again = true) {
    const vma: Vma | null = yield* lockMmAndFindVma(machine, page, again);
    if (vma === null) return yield* badArea(page, { signal: SIGSEGV, siCode: SEGV_MAPERR });
    const refused = accessError(machine, vma, code);
    if (refused !== null) {
      yield* mmapReadUnlock(machine, 'the vma forbids the access');
      return yield* badArea(page, refused);
    }
    const ret: number = yield* handleMmFault(machine, vma, page, flags);
    const dropped = faultLockDropped(machine, ret, flags);
    if (!switches.archRetryRepeats && (ret & VM_FAULT.RETRY) !== 0) {
      if ((flags & FAULT.ALLOW_RETRY) === 0 || fatalSignalPending(machine))
        return yield* forSignal(page, userMode);
      flags = (flags & ~FAULT.ALLOW_RETRY) | FAULT.TRIED;
      continue;
    }
    if (faultSignalPending(machine, ret, userMode)) return yield* forSignal(page, userMode);
    if ((ret & VM_FAULT.COMPLETED) !== 0) return null;
    if ((ret & VM_FAULT.RETRY) === 0) {
      if (!dropped) yield* mmapReadUnlock(machine, 'the fault is over');
      return yield* ending(page, ret, userMode);
    }
    if (signalPending(machine))
      throw new NotModelled('how often a copy of the kernel faults while a signal is pending');
    flags |= FAULT.TRIED;
  }
}

/** `signal` null: the access is to be made again. With `triedFlag` (0 or TRIED) it goes on under mmap_lock. */
type Tried = { readonly signal: FaultSignal | null } | { readonly triedFlag: number };

/** The first try, of user mode: under the lock of the vma alone. */
function* underVmaLock(machine: Machine, page: number, code: ErrorCode, flags: number): Op<Tried> {
  const { switches } = machine.behaviour;
  const vma = yield* lockVmaUnderRcu(machine, page);
  if (vma === null) return { triedFlag: 0 };
  const refused = accessError(machine, vma, code);
  if (refused !== null) {
    yield* vmaEndRead(machine, vma, 'the vma forbids the access');
    // Until v6.10 that is looked at again under mmap_lock.
    if (!switches.vmaLockAccessErrorFinal) return { triedFlag: 0 };
    return { signal: yield* badArea(page, refused) };
  }
  const ret = yield* handleMmFault(machine, vma, page, flags | FAULT.VMA_LOCK);
  const dropped = switches.vmaLockDroppedByCore && faultLockDropped(machine, ret, flags);
  if (!dropped) yield* vmaEndRead(machine, vma, 'the fault is over');
  if ((ret & VM_FAULT.RETRY) === 0) return { signal: yield* ending(page, ret, true) };
  if (faultSignalPending(machine, ret, true)) return { signal: yield* forSignal(page, true) };
  const major = (ret & VM_FAULT.MAJOR) !== 0 && switches.triedAfterMajor;
  return { triedFlag: major ? FAULT.TRIED : 0 };
}

/** fault_signal_pending() */
function faultSignalPending(machine: Machine, ret: number, userMode: boolean): boolean {
  if ((ret & VM_FAULT.RETRY) === 0) return false;
  return fatalSignalPending(machine) || (userMode && signalPending(machine));
}

/** The fault is left for a pending signal; a copy of the kernel fails then. */
function* forSignal(page: number, userMode: boolean): Op<FaultSignal | null> {
  yield { routine: ROUTINE, text: 'a signal is pending: leaves', page };
  return userMode ? null : { signal: SIGBUS, siCode: BUS_ADRERR };
}

function* badArea(page: number, signal: FaultSignal): Op<FaultSignal> {
  yield { routine: 'bad_area', text: `signal ${signal.signal}, si_code ${signal.siCode}`, page };
  return signal;
}

/** What becomes of VM_FAULT_ERROR; null: the access is to be made again, as it is after VM_FAULT_OOM in user mode. */
function* ending(page: number, ret: number, userMode: boolean): Op<FaultSignal | null> {
  if ((ret & VM_FAULT_ERROR) === 0) return null;
  if ((ret & VM_FAULT.OOM) !== 0) {
    if (!userMode) return yield* badArea(page, { signal: SIGSEGV, siCode: SEGV_MAPERR });
    yield { routine: 'pagefault_out_of_memory', text: 'goes back to user mode, which touches again', page };
    return null;
  }
  if ((ret & (VM_FAULT.HWPOISON | VM_FAULT.HWPOISON_LARGE)) !== 0) {
    return yield* badArea(page, { signal: SIGBUS, siCode: BUS_MCEERR_AR });
  }
  if ((ret & VM_FAULT.SIGBUS) !== 0) return yield* badArea(page, { signal: SIGBUS, siCode: BUS_ADRERR });
  return yield* badArea(page, { signal: SIGSEGV, siCode: SEGV_MAPERR });
}
