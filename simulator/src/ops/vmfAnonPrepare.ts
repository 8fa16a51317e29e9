/** vmf_anon_prepare() of mm/memory.c: a vma gets its anon_vma before its first anonymous page. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadTrylock, mmapReadUnlock } from './mmapLock.js';
import { vmaEndRead } from './releaseFaultLock.js';

/**
 * Makes sure of vma->anon_vma: 0, or VM_FAULT_RETRY with the lock dropped. Neighbours are looked at for one to share, so
 * a fault under the lock of the vma alone takes mmap_lock for it, if it can be had at once (v6.10, commit 737019cf6a8e);
 * before, it was made again under mmap_lock.
 */
export function* vmfAnonPrepare(machine: Machine, vma: Vma, flags: number): Op<number> {
  if (vma.anonVma) return 0;
  const underVmaLock = (flags & FAULT.VMA_LOCK) !== 0;
  const { vmaLockAnonVmaTrylock } = machine.behaviour.switches;
  if (underVmaLock && !(vmaLockAnonVmaTrylock && (yield* mmapReadTrylock(machine)))) {
    yield* vmaEndRead(machine, vma, 'an anon_vma needs mmap_lock');
    return VM_FAULT.RETRY;
  }
  vma.anonVma = true;
  if (underVmaLock) yield* mmapReadUnlock(machine, 'the vma has its anon_vma');
  return 0;
}
