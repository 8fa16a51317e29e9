/** lock_vma_under_rcu() of mm/memory.c: a fault of user mode begins with the lock of the vma alone (v6.4). */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Vma } from '../state.js';
import type { Op } from '../trace.js';

/** The vma with its lock held, or null if there is none; alone nobody else holds it. */
export function* lockVmaUnderRcu(machine: Machine): Op<Vma | null> {
  const { state, behaviour } = machine;
  const { vmaLockAnyVma, vmaLockSwapAndUffd, vmaLockFileFaults, vmaLockAnonVmaTrylock } = behaviour.switches;
  const grown = vmaLockAnyVma && vmaLockSwapAndUffd && vmaLockFileFaults && vmaLockAnonVmaTrylock;
  if (!grown || !behaviour.switches.vmaLockAccessErrorFinal) {
    throw new NotModelled(`the per-VMA lock as it was before v6.10, in v${behaviour.release}`);
  }
  if (state.vma === null) {
    yield { routine: 'lock_vma_under_rcu', text: 'finds no vma' };
    return null;
  }
  state.vmaLock = true;
  yield { routine: 'lock_vma_under_rcu', text: 'holds the lock of the vma, without mmap_lock' };
  return state.vma;
}
