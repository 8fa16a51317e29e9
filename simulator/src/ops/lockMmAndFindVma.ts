/** lock_mm_and_find_vma() of mm/memory.c: mmap_lock and the vma of a faulting address; a stack is grown to it. */

import type { Machine } from '../machine.js';
import { findVma, type Vma, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { expandStackLocked } from './expandStack.js';
import { findExtendVma } from './findExtendVma.js';
import {
  mmapReadLock,
  mmapReadLockKillable,
  mmapReadTrylock,
  mmapReadUnlock,
  mmapWriteDowngrade,
  mmapWriteLockKillable,
  mmapWriteUnlock,
} from './mmapLock.js';

/**
 * The vma with mmap_lock held shared, or null with it dropped. A stack grows under mmap_lock held for writing
 * (v6.5, by backport v6.1.37; commit 8d7071af8907). `again`: this is a retry.
 */
export function* lockMmAndFindVma(machine: Machine, page: number, again: boolean): Op<Vma | null> {
  const { mm, behaviour } = machine;
  if (!behaviour.switches.lockMmAndFindVma) return yield* lockAndFindVmaBefore(machine, page, again);
  // get_mmap_lock_carefully()
  if (!(yield* mmapReadTrylock(machine)) && (yield* mmapReadLockKillable(machine)) !== 0) return null;
  const found = vmaLookup(mm, page);
  if (found !== null) return found;
  const mayGrow = findVma(mm, page)?.growsDown === true;
  yield* mmapReadUnlock(machine, 'no mapping has the address');
  if (!mayGrow) return null;
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return null;
  const vma = yield* expandStackLocked(machine, page, 'expand_stack_locked');
  if (vma === null) {
    yield* mmapWriteUnlock(machine, 'nothing there that grows');
    return null;
  }
  yield* mmapWriteDowngrade(machine);
  return vma;
}

/** The same as do_user_addr_fault() had it of its own: a retry waits for the lock, and a stack grows under it held shared. */
function* lockAndFindVmaBefore(machine: Machine, page: number, again: boolean): Op<Vma | null> {
  if (again || !(yield* mmapReadTrylock(machine))) yield* mmapReadLock(machine);
  const vma = yield* findExtendVma(machine, page);
  if (vma === null) yield* mmapReadUnlock(machine, 'no mapping has the address');
  return vma;
}
