/** vmf_anon_prepare() of mm/memory.c: a vma gets its anon_vma before its first anonymous page. */

import { FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Vma } from '../state.js';
import type { Op } from '../trace.js';
import { mmapReadTrylock, mmapReadUnlock } from './mmapLock.js';

/**
 * Makes sure of vma->anon_vma. Neighbours are looked at for one to share, so a fault under the lock of the vma alone
 * takes mmap_lock for it (v6.10, commit 737019cf6a8e); alone the trylock never fails.
 */
export function* vmfAnonPrepare(machine: Machine, vma: Vma, flags: number): Op<void> {
  if (vma.anonVma) return;
  vma.anonVma = true;
  if ((flags & FAULT.VMA_LOCK) === 0) return;
  yield* mmapReadTrylock(machine);
  yield* mmapReadUnlock(machine, 'the vma has its anon_vma');
}
