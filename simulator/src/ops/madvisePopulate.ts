/** madvise_populate() of mm/madvise.c: MADV_POPULATE_READ and MADV_POPULATE_WRITE. */

import { EFAULT, EHWPOISON, EINTR, EINVAL, ENOMEM } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { checkVmaFlags } from './checkVmaFlags.js';
import { getUserPages } from './getUserPages.js';
import { getUserPagesLocked } from './getUserPagesLocked.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { lruAddDrain } from './newFolio.js';

/** Errors that are handed on; any other is -ENOMEM. */
const HANDED_ON: ReadonlySet<number> = new Set([-EINTR, -EINVAL, -EHWPOISON, -EFAULT]);

/** madvise(): 0 or an error; before v5.14 it knows no such advice. */
export function* madvisePopulate(machine: Machine, start: number, nr: number, write: boolean): Op<number> {
  if (!machine.behaviour.switches.madvPopulate) {
    yield { routine: 'madvise_behavior_valid', text: '-EINVAL: no such advice' };
    return -EINVAL;
  }
  yield* mmapReadLock(machine);
  const ret = yield* populate(machine, start, nr, write);
  yield* mmapReadUnlock(machine, 'done');
  return ret;
}

function* populate(machine: Machine, start: number, nr: number, write: boolean): Op<number> {
  const locked: LockedCell = { value: 1 };
  let done = 0;
  while (done < nr) {
    const pages: number = yield* faultinPageRange(machine, start + done, nr - done, write, locked);
    if (locked.value === 0) {
      yield* mmapReadLock(machine);
      locked.value = 1;
    }
    if (pages < 0) return HANDED_ON.has(pages) ? pages : -ENOMEM;
    done += pages;
  }
  return 0;
}

/**
 * faultin_page_range(); up to v6.8 faultin_vma_page_range(), which looks at the vma itself and calls the walk without
 * its retry loop.
 */
function* faultinPageRange(
  machine: Machine,
  start: number,
  nr: number,
  write: boolean,
  locked: LockedCell,
): Op<number> {
  const { switches } = machine.behaviour;
  let flags = FOLL.TOUCH | FOLL.HWPOISON | (write ? FOLL.WRITE : 0);
  let ret: number;
  if (switches.madvPopulateFlag) {
    flags |= FOLL.UNLOCKABLE | FOLL.MADV_POPULATE;
    ret = yield* getUserPagesLocked(machine, start, nr, null, locked, flags);
  } else {
    if (switches.unlockableFlag) flags |= FOLL.UNLOCKABLE;
    if (switches.populateFlags) flags |= FOLL.POPULATE | FOLL.MLOCK;
    const vma = vmaLookup(machine.mm, start);
    if (vma === null) {
      yield { routine: 'madvise_populate', text: '-ENOMEM: no mapping there' };
      return -ENOMEM;
    }
    if ((yield* checkVmaFlags(machine, vma, flags)) !== 0) return -EINVAL;
    ret = yield* getUserPages(machine, start, Math.min(nr, vma.end - start), flags, null, locked);
  }
  if (switches.populateDrainsBatch) lruAddDrain(machine);
  return ret;
}
