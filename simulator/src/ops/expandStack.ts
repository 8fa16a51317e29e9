/** expand_stack() of mm/mmap.c: a mapping that grows is extended to an address below (v6.5; by backport v6.1.37). */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { findVma, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadUnlock, mmapWriteDowngrade, mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { vmaStartWrite } from './vmaStartWrite.js';

/** Called with mmap_lock held shared. The vma, with mmap_lock held as before, or null with it dropped. */
export function* expandStack(machine: Machine, page: number): Op<Vma | null> {
  const { behaviour } = machine;
  if (!behaviour.switches.lockMmAndFindVma) throw new NotModelled(`how v${behaviour.release} grows a stack`);
  yield* mmapReadUnlock(machine, 'a stack grows under the lock for writing');
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return null;
  const vma = yield* expandStackLocked(machine, page, 'expand_stack');
  if (vma === null) {
    yield* mmapWriteUnlock(machine, 'nothing there that grows');
    return null;
  }
  yield* mmapWriteDowngrade(machine);
  return vma;
}

/** expand_stack_locked(): with mmap_lock held exclusively; the vma that has the page now, or null if none grows to it. */
export function* expandStackLocked(machine: Machine, page: number, routine: string): Op<Vma | null> {
  const vma = findVma(machine.mm, page);
  if (vma === null || (vma.start > page && !vma.growsDown)) return null;
  yield* vmaStartWrite(machine, vma);
  if (vma.start > page) vma.start = page;
  yield { routine, text: 'the stack grows down to the address' };
  return vma;
}
