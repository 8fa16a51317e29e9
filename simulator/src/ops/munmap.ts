/** do_munmap() of mm/mmap.c and unmap_region(): mappings, their entries and tables go. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  clearPte,
  entriesOf,
  FOLIO,
  type Folio,
  folioRemoveRmapPmd,
  folioRemoveRmapPte,
  freePgtables,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pageFolio,
  pteNone,
  removeVmas,
  splitVma,
  vmaLookup,
} from '../state/index.js';
import { lruAddDrain } from './newFolio.js';

/**
 * Unmaps the pages from `start` up to `end`, in one step; a mapping that reaches beyond is split. unmap_region() drains
 * the folio batches of its CPU first.
 */
export function munmap(machine: Machine, start: number, end: number): void {
  const { mm } = machine;
  lruAddDrain(machine);
  for (const pmd of mm.pageTable) {
    const first = pmd.index * PTRS_PER_PTE;
    const { huge } = pmd;
    if (first >= end || first + PTRS_PER_PTE <= start || huge === null || pteNone(huge)) continue;
    if (first < start || first + PTRS_PER_PTE > end)
      throw new NotModelled('munmap() of a part of a huge page');
    zap(machine, huge, folioRemoveRmapPmd);
  }
  for (const pte of entriesOf(mm.pageTable, start, end)) zap(machine, pte, folioRemoveRmapPte);
  for (const page of [start, end]) {
    const vma = vmaLookup(mm, page);
    if (vma !== null && vma.start < page) splitVma(mm, vma, page);
  }
  removeVmas(mm, start, end);
  freePgtables(mm);
}

/** zap_pte_range(), zap_huge_pmd(): neither a zero page nor a page frame without struct page is counted (vm_normal_page()). */
function zap({ state }: Machine, entry: Pte, removeRmap: (folio: Folio, pfn: number) => void): void {
  const folio = pageFolio(state.folios, entry.pfn);
  const counted = (entry.bits & (PTE.PRESENT | PTE.SPECIAL)) === PTE.PRESENT;
  if (folio !== undefined && counted && (folio.bits & FOLIO.ZERO_PAGE) === 0) {
    removeRmap(folio, entry.pfn);
    folio.ref -= 1;
  }
  clearPte(entry);
}
