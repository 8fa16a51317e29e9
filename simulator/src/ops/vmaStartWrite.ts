/** vma_start_write() of include/linux/mm.h: who changes a vma keeps faults under its lock away (v6.4). */

import type { Machine } from '../machine.js';
import { noTask, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';

/** Called with mmap_lock held exclusively: waits until no fault holds the lock of the vma; nobody takes it then. */
export function* vmaStartWrite(machine: Machine, vma: Vma): Op<void> {
  if (!machine.behaviour.switches.vmaLock) return;
  if (!noTask(vma.lockReaders)) {
    yield {
      routine: 'vma_start_write',
      text: 'waits for faults that hold the lock of the vma',
      wait: { lock: 'vma', mm: machine.mm.index, page: vma.start },
    };
  }
  vma.writeLocked = true;
}
