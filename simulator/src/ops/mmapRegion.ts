/** mmap_region() of mm/mmap.c: a second mapping of what a first one maps. */

import { EINTR, ENOMEM } from '../errno.js';
import type { Machine } from '../machine.js';
import { insertVma, newVma, vmaIsAnonymous, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';

/**
 * mmap() with PROT_READ at `to`, as large as the mapping at `page`: MAP_SHARED of its file, or private anonymous memory
 * where it has none. 0, -ENOMEM (nothing is mapped at `page`, or something in the way) or -EINTR.
 */
export function* mmapAgain(machine: Machine, page: number, to: number): Op<number> {
  const { mm } = machine;
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  const vma = vmaLookup(mm, page);
  const end = vma === null ? to : to + (vma.end - vma.start);
  const free = mm.vmas.every(each => each.end <= to || each.start >= end);
  if (vma !== null && free) {
    const { ops, file, pgoff, hugepage, driver } = vma;
    const shared = !vmaIsAnonymous(vma);
    insertVma(mm, newVma({ start: to, end, ops, file, pgoff, hugepage, driver, shared, write: false }));
    yield { routine: 'mmap_region', text: 'maps it once more, read-only', page: to };
  }
  yield* mmapWriteUnlock(machine, 'done');
  return vma !== null && free ? 0 : -ENOMEM;
}
