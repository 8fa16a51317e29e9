/** vmf_can_call_fault() of mm/memory.c: whether a handler may be called under the lock of the vma alone. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { hasMapPages, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { vmaEndRead } from './releaseFaultLock.js';

/**
 * 0, or VM_FAULT_RETRY with the lock dropped: only handlers of vm_ops that have map_pages were looked through for it
 * (v6.7); in v6.6 none was. The retry runs under mmap_lock.
 */
export function* vmfCanCallFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  if ((flags & FAULT.VMA_LOCK) === 0) return 0;
  if (machine.behaviour.switches.vmaLockFileFaults && hasMapPages(vma)) return 0;
  yield* vmaEndRead(machine, vma, 'the handlers need mmap_lock');
  yield {
    routine: 'vmf_can_call_fault',
    text: 'not these handlers: retry under mmap_lock',
    faultFlags: flags,
    page,
  };
  return VM_FAULT.RETRY;
}
