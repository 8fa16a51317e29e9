/** do_mlock() of mm/mlock.c: mlock() of a range, within the limits of the task. */

import { EAGAIN, EFAULT, ENOMEM } from '../errno.js';
import type { Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { mmPopulate } from './mmPopulate.js';
import { lruAddDrain } from './newFolio.js';

/** 0 or an error: VM_LOCKED is set under mmap_lock held for writing, then the range is filled. */
export function* doMlock(machine: Machine, nr: number): Op<number> {
  yield* mmapWriteLockKillable(machine);
  const error = yield* applyVmaLockFlags(machine, nr);
  yield* mmapWriteUnlock(machine, 'VM_LOCKED is set');
  if (error !== 0) return error;
  const ret = yield* mmPopulate(machine, nr);
  // __mlock_posix_error_return()
  if (ret === -EFAULT) return -ENOMEM;
  return ret === -ENOMEM ? -EAGAIN : ret;
}

/** apply_vma_lock_flags() and mlock_fixup(): the vma is split where the range ends. */
function* applyVmaLockFlags(machine: Machine, nr: number): Op<number> {
  const routine = 'apply_vma_lock_flags';
  const { vma } = machine.state;
  if (vma === null) {
    yield { routine, text: '-ENOMEM: no mapping there' };
    return -ENOMEM;
  }
  const special = vma.io || vma.secretmem || vma.driver !== null;
  if (vma.locked || special) {
    // A driver's mapping may be VM_DONTEXPAND or VM_MIXEDMAP and so VM_SPECIAL; its pages are on no LRU list either way.
    yield { routine, text: vma.locked ? 'VM_LOCKED already' : 'no mapping that VM_LOCKED is for' };
    return 0;
  }
  vma.locked = true;
  vma.pages = nr;
  // mlock_vma_pages_range() puts mapped pages on the unevictable list, and drains folio batches for it.
  lruAddDrain(machine);
  yield { routine, text: 'sets VM_LOCKED' };
  return 0;
}
