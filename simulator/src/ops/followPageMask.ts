/** follow_page_mask() of mm/gup.c: from the level of an entry to what it gives without a fault. */

import type { Machine } from '../machine.js';
import { pmdOffset, pteNone, pteOffset, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { followHugePmd } from './followHugePmd.js';
import { followPagePte } from './followPagePte.js';
import { NO_PAGE, noPageTable } from './noPageTable.js';

/** The page (0 or more), {@link NO_PAGE}, or a negative error; -EMLINK asks for an unshare fault. */
export function* followPageMask(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const { pageTable } = machine.mm;
  const huge = pmdOffset(pageTable, page)?.huge ?? null;
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
