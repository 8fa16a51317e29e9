/** __mm_populate() and populate_vma_page_range() of mm/gup.c: fills a range that is mlocked. */

import { EFAULT } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import type { Vma } from '../state.js';
import type { Op } from '../trace.js';
import { getUserPages } from './getUserPages.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { lruAddDrain } from './newFolio.js';

/** 0 or an error; takes mmap_lock, again each time a fault has dropped it, and leaves it dropped. */
export function* mmPopulate(machine: Machine, nr: number): Op<number> {
  const locked: LockedCell = { value: 0 };
  let done = 0;
  let ret = 0;
  while (done < nr) {
    if (locked.value === 0) {
      yield* mmapReadLock(machine);
      locked.value = 1;
    }
    const { vma } = machine.state;
    if (vma === null || vma.io) break;
    ret = yield* populateVmaPageRange(machine, vma, done, nr - done, locked);
    if (ret < 0) break;
    done += ret;
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
  const accessible = vma.read || vma.write || vma.exec;
  if (!accessible && switches.populateRefusesProtNone) {
    yield { routine: 'populate_vma_page_range', text: '-EFAULT: a PROT_NONE mapping is not filled' };
    return -EFAULT;
  }
  // A write breaks COW now; a shared mapping would be dirtied for nothing.
  const breakCow = vma.write && !vma.shared;
  const force = switches.populateForcesOnlyOthers ? !breakCow : accessible;
  let flags = FOLL.TOUCH;
  if (breakCow) flags |= FOLL.WRITE;
  if (force) flags |= FOLL.FORCE;
  if (switches.unlockableFlag) flags |= FOLL.UNLOCKABLE;
  const ret = yield* getUserPages(machine, start, nr, flags, null, locked);
  lruAddDrain(machine);
  return ret;
}
