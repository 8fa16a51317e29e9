/** lock_vma_under_rcu() of mm/memory.c: a fault of user mode begins with the lock of the vma alone (v6.4). */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { type Vma, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';

/** The vma with its lock held, or null if there is none or somebody who changes it has locked it. */
export function* lockVmaUnderRcu(machine: Machine, page: number): Op<Vma | null> {
  const { behaviour } = machine;
  const { vmaLockAnyVma, vmaLockSwapAndUffd, vmaLockFileFaults, vmaLockAnonVmaTrylock } = behaviour.switches;
  const grown = vmaLockAnyVma && vmaLockSwapAndUffd && vmaLockFileFaults && vmaLockAnonVmaTrylock;
  if (!grown || !behaviour.switches.vmaLockAccessErrorFinal) {
    throw new NotModelled(`the per-VMA lock as it was before v6.10, in v${behaviour.release}`);
  }
  const vma = vmaLookup(machine.mm, page);
  if (vma === null || vma.writeLocked) {
    yield { routine: 'lock_vma_under_rcu', text: vma === null ? 'finds no vma' : 'the vma is being changed' };
    return null;
  }
  vma.lockReaders |= 1 << machine.current.index;
  yield { routine: 'lock_vma_under_rcu', text: 'holds the lock of the vma, without mmap_lock' };
  return vma;
}
