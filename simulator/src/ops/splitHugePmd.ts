/** __split_huge_pmd() of mm/huge_memory.c: a huge entry becomes a table of entries that map the same pages. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  FOLIO,
  type Folio,
  folioAddRmapPte,
  folioRemoveRmapPmd,
  isHugeZeroFolio,
  nonePte,
  type Pmd,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pageAnonExclusive,
  pageFolio,
  setPageAnonExclusive,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mkPte } from './newFolio.js';

/** Splits the entry in place, in one step: the folio stays one. `page` is the page that it is done for. */
export function* splitHugePmd(machine: Machine, vma: Vma, pmd: Pmd, page: number): Op<void> {
  const { huge } = pmd;
  if (huge === null) return;
  const folio = pageFolio(machine.state.folios, huge.pfn);
  if (folio === undefined || (huge.bits & PTE.PRESENT) === 0)
    throw new NotModelled('a split of a huge entry that maps no folio');
  pmd.huge = null;
  pmd.ptes = isHugeZeroFolio(folio) ? zeroEntries(machine, vma, huge) : entries(machine, vma, huge, folio);
  yield { routine: '__split_huge_pmd', text: 'maps the huge page by small entries from now on', page };
}

/** __split_huge_zero_page_pmd(): each entry maps the zero page. */
function zeroEntries({ state }: Machine, vma: Vma, huge: Pte): Pte[] {
  const bits = mkPte(vma) | PTE.SPECIAL | (huge.bits & PTE.UFFD_WP);
  return Array.from({ length: PTRS_PER_PTE }, () => ({ ...nonePte(), bits, pfn: state.zeroPage }));
}

/** A NUMA hint is not carried over; up to v6.1 neither is the dirty bit, which the folio keeps. */
function entries(machine: Machine, vma: Vma, huge: Pte, folio: Folio): Pte[] {
  const { splitKeepsDirty, doubleMap } = machine.behaviour.switches;
  const dirty = (huge.bits & PTE.DIRTY) !== 0;
  const exclusive = pageAnonExclusive(folio, huge.pfn);
  const kept = PTE.WRITE | PTE.UFFD_WP | PTE.SOFT_DIRTY | (splitKeepsDirty ? PTE.DIRTY : 0);
  let bits = (mkPte(vma) & ~PTE.WRITE) | (huge.bits & kept);
  if ((huge.bits & PTE.YOUNG) === 0) bits &= ~PTE.YOUNG;
  const ptes: Pte[] = [];
  for (let pfn = huge.pfn; pfn < huge.pfn + PTRS_PER_PTE; pfn++) {
    ptes.push({ ...nonePte(), bits, pfn });
    folioAddRmapPte(folio, pfn);
    if (exclusive) setPageAnonExclusive(folio, pfn);
  }
  if (dirty) folio.bits |= FOLIO.DIRTY;
  if (doubleMap && folio.entireMap > 1) folio.bits |= FOLIO.DOUBLE_MAP;
  folio.ref += PTRS_PER_PTE - 1;
  folioRemoveRmapPmd(folio);
  return ptes;
}
