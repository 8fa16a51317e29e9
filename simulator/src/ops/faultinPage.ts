/** faultin_page() of mm/gup.c: from a FOLL_ set to a fault, and from its result to an error. */

import { EAGAIN, EBUSY, EFAULT, EHWPOISON, ENOENT, ENOMEM } from '../errno.js';
import { FAULT, FOLL, VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { handleMmFault } from './handleMmFault.js';
import { faultLockDropped } from './releaseFaultLock.js';

/**
 * FOLL_COW if COW was broken in a mapping that is not writable, else 0: what to look the page up with again. Or -EBUSY
 * (VM_FAULT_RETRY), -EAGAIN (VM_FAULT_COMPLETED), -ENOENT (FOLL_MLOCK without FOLL_POPULATE: no page is brought), or an
 * error. `locked` is set to 0 if the fault dropped mmap_lock. From v6.3 (commit f04740f54594) FOLL_UNLOCKABLE says that it
 * may, before it was the pointer itself.
 */
export function* faultinPage(
  machine: Machine,
  vma: Vma,
  page: number,
  flags: number,
  unshare: boolean,
  locked: LockedCell | null,
): Op<number> {
  if ((flags & (FOLL.MLOCK | FOLL.POPULATE)) === FOLL.MLOCK) {
    yield { routine: 'faultin_page', text: 'FOLL_MLOCK alone brings no page', gup: flags, page };
    return -ENOENT;
  }
  if ((flags & FOLL.NOFAULT) !== 0) {
    yield { routine: 'faultin_page', text: 'FOLL_NOFAULT: -EFAULT without a fault', gup: flags, page };
    return -EFAULT;
  }
  const faultFlags = faultFlagsOfGup(machine, flags, unshare, locked !== null);
  yield { routine: 'faultin_page', text: 'takes a fault', gup: flags, faultFlags, page };
  const ret = yield* handleMmFault(machine, vma, page, faultFlags);
  const dropped = faultLockDropped(machine, ret, faultFlags);
  if ((ret & VM_FAULT.COMPLETED) !== 0) {
    if (dropped && locked !== null) locked.value = 0;
    return -EAGAIN;
  }
  if ((ret & VM_FAULT_ERROR) !== 0) return vmFaultToErrno(ret, flags);
  if ((ret & VM_FAULT.RETRY) !== 0) {
    const nowait = (faultFlags & FAULT.RETRY_NOWAIT) !== 0;
    if (nowait && locked !== null && !machine.behaviour.switches.nowaitKeepsLocked) {
      throw new NotModelled('FOLL_NOWAIT with a locked pointer: this release takes the lock for dropped');
    }
    if (dropped) {
      if (locked === null) throw new NotModelled('VM_FAULT_RETRY without a locked pointer');
      locked.value = 0;
    }
    return -EBUSY;
  }
  const { follCow } = machine.behaviour.switches;
  return follCow && (ret & VM_FAULT.WRITE) !== 0 && !vma.write ? FOLL.COW : 0;
}

function faultFlagsOfGup(machine: Machine, flags: number, unshare: boolean, lockedGiven: boolean): number {
  const { unlockableFlag, killableFaults } = machine.behaviour.switches;
  const unlockable = unlockableFlag ? (flags & FOLL.UNLOCKABLE) !== 0 : lockedGiven;
  let fault = 0;
  if ((flags & FOLL.WRITE) !== 0) fault |= FAULT.WRITE;
  if ((flags & FOLL.REMOTE) !== 0) fault |= FAULT.REMOTE;
  if (unlockable) {
    fault |= FAULT.ALLOW_RETRY | (killableFaults ? FAULT.KILLABLE : 0);
    if ((flags & FOLL.INTERRUPTIBLE) !== 0) fault |= FAULT.INTERRUPTIBLE;
  }
  if ((flags & FOLL.NOWAIT) !== 0) fault |= FAULT.ALLOW_RETRY | FAULT.RETRY_NOWAIT;
  if ((flags & FOLL.TRIED) !== 0) fault |= FAULT.TRIED;
  if (unshare) fault |= FAULT.UNSHARE;
  return fault;
}

/** vm_fault_to_errno() of include/linux/mm.h; 0: no error in `ret`. */
export function vmFaultToErrno(ret: number, follFlags: number): number {
  if ((ret & VM_FAULT.OOM) !== 0) return -ENOMEM;
  if ((ret & (VM_FAULT.HWPOISON | VM_FAULT.HWPOISON_LARGE)) !== 0)
    return (follFlags & FOLL.HWPOISON) !== 0 ? -EHWPOISON : -EFAULT;
  if ((ret & (VM_FAULT.SIGBUS | VM_FAULT.SIGSEGV)) !== 0) return -EFAULT;
  return 0;
}
