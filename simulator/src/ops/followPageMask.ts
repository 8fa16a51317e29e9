/** follow_page_mask() of mm/gup.c: from the level of an entry to what it gives without a fault. */

import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { isVmHugetlbPage, type Pmd, PTE, pmdOffset, pteNone, pteOffset, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { followHugePmd } from './followHugePmd.js';
import { followPagePte, gupCanFollowProtnone } from './followPagePte.js';
import { NO_PAGE, noPageTable } from './noPageTable.js';
import { splitHugePmd } from './splitHugePmd.js';

/** The page (0 or more), {@link NO_PAGE}, or a negative error; -EMLINK asks for an unshare fault. */
export function* followPageMask(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const { pageTable } = machine.mm;
  const pmd = pmdOffset(pageTable, page);
  if (pmd !== null && splitsFirst(machine, vma, pmd, flags)) yield* splitHugePmd(machine, vma, pmd, page);
  const huge = pmd?.huge ?? null;
  if (huge !== null && !pteNone(huge)) return yield* followHugePmd(machine, vma, huge, page, flags);
  const pte = huge === null ? pteOffset(pageTable, page) : null;
  if (pte !== null) return yield* followPagePte(machine, vma, pte, page, flags);
  const result = noPageTable(machine, vma, page, flags);
  yield {
    routine: 'follow_page_mask',
    text: result === NO_PAGE ? 'there is no page table yet' : 'FOLL_DUMP: a hole, no fault for it',
    gup: flags,
    page,
  };
  return result;
}

/** FOLL_SPLIT_PMD: the walk splits a transparent huge entry, but one that needs a NUMA-hint fault first. */
function splitsFirst(machine: Machine, vma: Vma, { huge }: Pmd, flags: number): boolean {
  if (huge === null || (flags & FOLL.SPLIT_PMD) === 0 || isVmHugetlbPage(vma)) return false;
  if ((huge.bits & PTE.PRESENT) === 0) return false;
  return (huge.bits & PTE.PROTNONE) === 0 || gupCanFollowProtnone(machine, vma, flags);
}
