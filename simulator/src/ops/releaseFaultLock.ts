/** The lock a fault runs under (include/linux/mm.h): mmap_lock, or since v6.4 the lock of the vma alone. */

import { FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadUnlock } from './mmapLock.js';

/** release_fault_lock(): drops whichever lock the fault holds. `why` is shown in the trace. */
export function* releaseFaultLock(machine: Machine, vma: Vma, flags: number, why: string): Op<void> {
  if ((flags & FAULT.VMA_LOCK) !== 0) yield* vmaEndRead(machine, vma, why);
  else yield* mmapReadUnlock(machine, why);
}

/** vma_end_read() */
export function* vmaEndRead(machine: Machine, vma: Vma, why: string): Op<void> {
  const task = 1 << machine.current.index;
  if ((vma.lockReaders & task) === 0)
    throw new NotModelled('vma_end_read() while the lock of the vma is not held');
  vma.lockReaders &= ~task;
  yield { routine: 'vma_end_read', text: `drops the lock of the vma: ${why}` };
}
