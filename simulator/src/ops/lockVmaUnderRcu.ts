/** lock_vma_under_rcu() of mm/memory.c: a fault of user mode begins with the lock of the vma alone (v6.4). */

import type { Machine } from '../machine.js';
import { type Vma, vmaIsAnonymous, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';

/**
 * The vma with its lock held, or null if there is none, somebody who changes it has locked it, or the release does not let
 * faults on such a vma run without mmap_lock.
 */
export function* lockVmaUnderRcu(machine: Machine, page: number): Op<Vma | null> {
  const vma = vmaLookup(machine.mm, page);
  if (vma === null || vma.writeLocked) {
    yield { routine: 'lock_vma_under_rcu', text: vma === null ? 'finds no vma' : 'the vma is being changed' };
    return null;
  }
  if (!supported(machine, vma)) {
    yield { routine: 'lock_vma_under_rcu', text: 'a vma whose faults want mmap_lock' };
    return null;
  }
  vma.lockReaders |= 1 << machine.current.index;
  yield { routine: 'lock_vma_under_rcu', text: 'holds the lock of the vma, without mmap_lock' };
  return vma;
}

/**
 * v6.4 and v6.5 know anonymous memory without userfaultfd; until v6.10 an anonymous vma must have its anon_vma, since
 * neighbours are looked at for one.
 */
function supported(machine: Machine, vma: Vma): boolean {
  const { vmaLockAnyVma, vmaLockSwapAndUffd, vmaLockAnonVmaTrylock } = machine.behaviour.switches;
  const anonymous = vmaIsAnonymous(vma);
  if (!vmaLockAnyVma && !anonymous) return false;
  if (!vmaLockSwapAndUffd && vma.uffd !== null) return false;
  return vmaLockAnonVmaTrylock || !anonymous || vma.anonVma;
}
