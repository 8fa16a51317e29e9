/** The lock a fault runs under (include/linux/mm.h): mmap_lock, or since v6.4 the lock of the vma alone. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { hasTask, removeTask, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadUnlock } from './mmapLock.js';

/** release_fault_lock(): drops whichever lock the fault holds. `why` is shown in the trace. */
export function* releaseFaultLock(machine: Machine, vma: Vma, flags: number, why: string): Op<void> {
  if ((flags & FAULT.VMA_LOCK) !== 0) return yield* vmaEndRead(machine, vma, why);
  machine.notes.lockDropped = true;
  yield* mmapReadUnlock(machine, why);
}

/**
 * Whether the fault that has just returned `ret` has dropped its lock: by the rule that RETRY, if it may wait, and COMPLETED
 * mean it. With the proposal FAULT_FLAG_LOCK_DROPPED by what release_fault_lock() left in vmf->flags.
 */
export function faultLockDropped({ behaviour, notes }: Machine, ret: number, flags: number): boolean {
  if (behaviour.switches.lockDroppedFlag) return notes.lockDropped;
  if ((ret & VM_FAULT.COMPLETED) !== 0) return true;
  return (ret & VM_FAULT.RETRY) !== 0 && (flags & FAULT.RETRY_NOWAIT) === 0;
}

/** vma_end_read() */
export function* vmaEndRead(machine: Machine, vma: Vma, why: string): Op<void> {
  const task = machine.current.index;
  if (!hasTask(vma.lockReaders, task))
    throw new NotModelled('vma_end_read() while the lock of the vma is not held');
  removeTask(vma.lockReaders, task);
  machine.notes.lockDropped = true;
  yield { routine: 'vma_end_read', text: `drops the lock of the vma: ${why}` };
}
