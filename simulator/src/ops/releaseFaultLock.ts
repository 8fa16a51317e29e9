/** The lock a fault runs under (include/linux/mm.h): mmap_lock, or since v6.4 the lock of the vma alone. */

import { FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Op } from '../trace.js';
import { mmapReadUnlock } from './mmapLock.js';

/** release_fault_lock(): drops whichever lock the fault holds. `why` is shown in the trace. */
export function* releaseFaultLock(machine: Machine, flags: number, why: string): Op<void> {
  if ((flags & FAULT.VMA_LOCK) !== 0) yield* vmaEndRead(machine, why);
  else yield* mmapReadUnlock(machine, why);
}

/** vma_end_read() */
export function* vmaEndRead(machine: Machine, why: string): Op<void> {
  const { state } = machine;
  if (!state.vmaLock) throw new NotModelled('vma_end_read() while the lock of the vma is not held');
  state.vmaLock = false;
  yield { routine: 'vma_end_read', text: `drops the lock of the vma: ${why}` };
}
