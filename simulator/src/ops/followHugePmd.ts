/** follow_huge_pmd() of mm/gup.c: what an entry of PMD level gives without a fault; since v6.10 of hugetlb too. */

import { EFAULT, EMLINK } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { isHugeZeroFolio, PTE, PTRS_PER_PTE, type Pte, pageFolio, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { canFollowWritePte, gupCanFollowProtnone, gupMustUnshare } from './followPagePte.js';
import { NO_PAGE, noPageTable } from './noPageTable.js';
import { tryGrabFolio } from './tryGrabFolio.js';

const ROUTINE = 'follow_huge_pmd';

/** The page (0 or more), NO_PAGE, or a negative error; -EMLINK asks for an unshare fault. */
export function* followHugePmd(
  machine: Machine,
  vma: Vma,
  entry: Pte,
  page: number,
  flags: number,
): Op<number> {
  const { result, text } = decide(machine, vma, entry, page, flags);
  yield { routine: ROUTINE, text, gup: flags, page };
  return result;
}

interface Followed {
  readonly result: number;
  readonly text: string;
}

function decide(machine: Machine, vma: Vma, entry: Pte, page: number, flags: number): Followed {
  if ((entry.bits & PTE.PRESENT) === 0)
    return { result: noPageTable(machine, vma, page, flags), text: 'the huge entry is not present' };
  if ((entry.bits & PTE.PROTNONE) !== 0 && !gupCanFollowProtnone(machine, vma, flags)) {
    const result = noPageTable(machine, vma, page, flags);
    return { result, text: 'a NUMA-hint entry: a fault is needed' };
  }
  const folio = pageFolio(machine.state.folios, entry.pfn);
  if (folio === undefined) throw new NotModelled('a huge entry that maps no known folio');
  const write = (flags & FOLL.WRITE) !== 0;
  if (write && !canFollowWritePte(machine, vma, entry, folio, flags))
    return { result: NO_PAGE, text: 'the huge entry is not writable: a write fault is needed' };
  if ((flags & FOLL.DUMP) !== 0 && isHugeZeroFolio(folio))
    return { result: -EFAULT, text: 'FOLL_DUMP: the huge zero page is left out' };
  if ((entry.bits & PTE.WRITE) === 0 && gupMustUnshare(machine, vma, folio, entry.pfn, flags))
    return { result: -EMLINK, text: 'the huge page may be shared: -EMLINK, an unshare fault is needed' };
  const taken = tryGrabFolio(machine, folio, flags);
  // touch_pmd(): pmd_trans_huge() of x86 holds for hugetlb as well; only a write changes the entry.
  if (write && (flags & FOLL.TOUCH) !== 0) entry.bits |= PTE.YOUNG | PTE.DIRTY;
  return { result: entry.pfn + (page & (PTRS_PER_PTE - 1)), text: `page found: ${taken}` };
}
