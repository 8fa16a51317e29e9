/** split_folio() of mm/huge_memory.c (split_huge_page() before v5.17): a large anonymous folio becomes small ones. */

import { EAGAIN, EBUSY } from '../errno.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  addFolio,
  copyPage,
  FOLIO,
  type Folio,
  folioPageIdx,
  newFolio,
  PTRS_PER_PTE,
  type Pte,
  pageAnonExclusive,
  pageFolio,
  rmapWalk,
  setPageAnonExclusive,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { splitHugePmd } from './splitHugePmd.js';

const ROUTINE = 'split_folio';

/**
 * 0, -EBUSY for the huge zero page, or -EAGAIN: somebody refers to it beside its mappings and the one reference of the caller.
 * Migration entries keep everybody away meanwhile (unmap_folio(), remap_page()), so that it is one step.
 */
export function* splitFolio(machine: Machine, head: number): Op<number> {
  const folio = pageFolio(machine.state.folios, head);
  if (folio === undefined || folio.order === 0) throw new NotModelled('a split of what is no large folio');
  if ((folio.bits & FOLIO.ZERO_PAGE) !== 0) return -EBUSY;
  if ((folio.bits & (FOLIO.ANON | FOLIO.SWAPCACHE)) !== FOLIO.ANON)
    throw new NotModelled('a split of a large folio that is not anonymous, or in the swap cache');
  if (folio.entireMap > 0) yield* splitEntries(machine, head);
  const entries = rmapWalk(machine.state, head);
  if (entries.length !== folio.map) throw new NotModelled('a split of a page that other processes map');
  if (folio.ref !== folio.map + 1) {
    yield { routine: ROUTINE, text: '-EAGAIN: somebody else refers to the folio' };
    return -EAGAIN;
  }
  const small = new Map<number, number>();
  for (const entry of entries) entry.pfn = smallPage(machine, folio, entry, small);
  Object.assign(folio, { ref: 1, map: 0 });
  folio.pageMap.length = 0;
  yield { routine: ROUTINE, text: 'each page is a folio of its own from now on' };
  return 0;
}

/** unmap_folio(): TTU_SPLIT_HUGE_PMD, in every mm. */
function* splitEntries(machine: Machine, head: number): Op<void> {
  for (const mm of machine.state.mms) {
    for (const pmd of mm.pageTable) {
      if (pmd.huge?.pfn !== head) continue;
      const page = pmd.index * PTRS_PER_PTE;
      const vma = vmaLookup(mm, page);
      if (vma === null) throw new NotModelled('a huge entry outside a mapping');
      yield* splitHugePmd({ ...machine, mm }, vma, pmd, page);
    }
  }
}

/** The small folio that a page of `folio` becomes, mapped by `entry` too. */
function smallPage({ state }: Machine, folio: Folio, entry: Pte, small: Map<number, number>): number {
  const { folios } = state;
  const index = folioPageIdx(entry.pfn);
  const known = small.get(index);
  const bits = folio.bits & ~FOLIO.DOUBLE_MAP;
  const pfn = known ?? addFolio(folios, newFolio({ bits }));
  const target = pageFolio(folios, pfn);
  if (target === undefined) return pfn;
  target.ref += 1;
  target.map += 1;
  if (known !== undefined) return pfn;
  small.set(index, pfn);
  copyPage(folios, entry.pfn, pfn);
  if (pageAnonExclusive(folio, entry.pfn)) setPageAnonExclusive(target, pfn);
  return pfn;
}
