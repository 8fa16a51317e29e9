/** __mm_populate() and populate_vma_page_range() of mm/gup.c: fills a range that is mlocked. */

import { EFAULT } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { findVma, type Vma, vmaIsAccessible } from '../state/index.js';
import type { Op } from '../trace.js';
import { getUserPages } from './getUserPages.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { lruAddDrain } from './newFolio.js';

/** 0 or an error; takes mmap_lock, again each time a fault has dropped it, and leaves it dropped. */
export function* mmPopulate(machine: Machine, start: number, nr: number): Op<number> {
  const locked: LockedCell = { value: 0 };
  const end = start + nr;
  let page = start;
  let ret = 0;
  while (page < end) {
    if (locked.value === 0) {
      yield* mmapReadLock(machine);
      locked.value = 1;
    }
    const vma = findVma(machine.mm, page);
    if (vma === null || vma.start >= end) break;
    page = Math.max(page, vma.start);
    if (vma.io) {
      page = vma.end;
      continue;
    }
    ret = yield* populateVmaPageRange(machine, vma, page, Math.min(vma.end, end) - page, locked);
    if (ret < 0) break;
    page += ret;
    ret = 0;
  }
  if (locked.value !== 0) yield* mmapReadUnlock(machine, 'done');
  return ret;
}

function* populateVmaPageRange(
  machine: Machine,
  vma: Vma,
  start: number,
  nr: number,
  locked: LockedCell,
): Op<number> {
  const { switches } = machine.behaviour;
  const accessible = vmaIsAccessible(vma);
  if (!accessible && switches.populateRefusesProtNone) {
    yield { routine: 'populate_vma_page_range', text: '-EFAULT: a PROT_NONE mapping is not filled' };
    return -EFAULT;
  }
  // A write breaks COW now; a shared mapping would be dirtied for nothing.
  const breakCow = vma.write && !vma.shared;
  const force = switches.populateForcesOnlyOthers ? !breakCow : accessible;
  let flags = FOLL.TOUCH;
  if (switches.populateFlags) flags |= FOLL.POPULATE | FOLL.MLOCK;
  if (breakCow) flags |= FOLL.WRITE;
  if (force) flags |= FOLL.FORCE;
  if (switches.unlockableFlag) flags |= FOLL.UNLOCKABLE;
  const ret = yield* getUserPages(machine, start, nr, flags, null, locked);
  if (switches.populateDrainsBatch) lruAddDrain(machine);
  return ret;
}
