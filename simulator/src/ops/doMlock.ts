/** do_mlock() of mm/mlock.c: mlock() of a range, within the limits of the task. */

import { EAGAIN, EFAULT, EINTR, ENOMEM } from '../errno.js';
import type { Machine } from '../machine.js';
import { splitVma, type Vma, type VmOps, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { mmPopulate } from './mmPopulate.js';
import { lruAddDrain, lruAddDrainAll } from './newFolio.js';
import { vmaStartWrite } from './vmaStartWrite.js';

/** Mappings that are VM_DONTEXPAND (VM_SPECIAL), locked anyway, of DAX, or of a driver, which may have such flags. */
const NOT_LOCKED: ReadonlySet<VmOps> = new Set<VmOps>([
  'secretmem',
  'driver',
  'hugetlb',
  'special_mapping',
  'ext4_dax',
]);

/** 0 or an error: VM_LOCKED is set under mmap_lock held for writing, then the range is filled. */
export function* doMlock(machine: Machine, start: number, nr: number): Op<number> {
  if (machine.behaviour.switches.mlockDrainsAll) lruAddDrainAll(machine);
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  const error = yield* applyVmaLockFlags(machine, start, start + nr);
  yield* mmapWriteUnlock(machine, 'VM_LOCKED is set');
  if (error !== 0) return error;
  const ret = yield* mmPopulate(machine, start, nr);
  // __mlock_posix_error_return()
  if (ret === -EFAULT) return -ENOMEM;
  return ret === -ENOMEM ? -EAGAIN : ret;
}

/** apply_vma_lock_flags(): vma by vma, up to the first hole. */
function* applyVmaLockFlags(machine: Machine, start: number, end: number): Op<number> {
  for (let page = start; page < end; ) {
    const vma = vmaLookup(machine.mm, page);
    if (vma === null) {
      yield { routine: 'apply_vma_lock_flags', text: '-ENOMEM: no mapping there', page };
      return -ENOMEM;
    }
    const until = Math.min(vma.end, end);
    yield* mlockFixup(machine, vma, page, until);
    page = until;
  }
  return 0;
}

/** mlock_fixup(): the vma is split where the range begins and ends. */
function* mlockFixup(machine: Machine, vma: Vma, start: number, end: number): Op<void> {
  const routine = 'mlock_fixup';
  const special = vma.io || NOT_LOCKED.has(vma.ops);
  if (vma.locked || special) {
    // A driver's mapping may be VM_DONTEXPAND or VM_MIXEDMAP and so VM_SPECIAL; its pages are on no LRU list either way.
    yield { routine, text: vma.locked ? 'VM_LOCKED already' : 'no mapping that VM_LOCKED is for' };
    return;
  }
  if (end < vma.end) splitVma(machine.mm, vma, end);
  let locked = vma;
  if (start > vma.start) {
    splitVma(machine.mm, vma, start);
    locked = vmaLookup(machine.mm, start) ?? vma;
  }
  yield* vmaStartWrite(machine, locked);
  locked.locked = true;
  // mlock_vma_pages_range() puts mapped pages on the unevictable list, and drains folio batches for it; up to v5.17 the
  // walk that fills the range does.
  if (machine.behaviour.switches.mlockByRange) lruAddDrain(machine);
  yield { routine, text: 'sets VM_LOCKED' };
}
