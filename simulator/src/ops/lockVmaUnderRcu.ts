/** lock_vma_under_rcu() of mm/memory.c: a fault of user mode begins with the lock of the vma alone (v6.4). */

import type { Machine } from '../machine.js';
import { addTask, type Vma, vmaIsAnonymous, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';

/**
 * The vma with its lock held, or null if there is none, somebody who changes it has locked it, or the release does not let
 * faults on such a vma run without mmap_lock. It is found without a lock, so that it has to be looked at once more under its own.
 */
export function* lockVmaUnderRcu(machine: Machine, page: number): Op<Vma | null> {
  const routine = 'lock_vma_under_rcu';
  for (;;) {
    const vma = vmaLookup(machine.mm, page);
    if (vma === null || vma.writeLocked) {
      yield { routine, text: vma === null ? 'finds no vma' : 'the vma is being changed' };
      return null;
    }
    if (!supported(machine, vma)) {
      yield { routine, text: 'a vma whose faults want mmap_lock' };
      return null;
    }
    yield { routine, text: 'finds the vma' };
    if (vma.writeLocked) {
      yield { routine: 'vma_start_read', text: 'the vma is being changed' };
      return null;
    }
    const recheck = machine.behaviour.switches.vmaLockRechecksVma;
    if (recheck && vma.detached) {
      yield { routine, text: 'the vma has been taken away: looks again' };
      continue;
    }
    if (recheck && (page < vma.start || page >= vma.end)) {
      yield { routine, text: 'the vma does not have the address any longer' };
      return null;
    }
    addTask(vma.lockReaders, machine.current.index);
    yield { routine, text: 'holds the lock of the vma, without mmap_lock' };
    return vma;
  }
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
