/** do_munmap() of mm/mmap.c and unmap_region(): mappings, their entries and tables go. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  clearPte,
  entriesOf,
  FOLIO,
  freePgtables,
  PTE,
  pageFolio,
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
  const { state, mm } = machine;
  lruAddDrain(machine);
  for (const pte of entriesOf(mm.pageTable, start, end)) {
    const folio = pageFolio(state.folios, pte.pfn);
    if (folio !== undefined && folio.order > 0) {
      if ((folio.bits & FOLIO.HUGETLB) === 0) throw new NotModelled('munmap() of a large folio');
      folio.entireMap -= 1;
    }
    // vm_normal_page(): neither the zero page nor a page frame without struct page is counted.
    if (folio !== undefined && (pte.bits & (PTE.PRESENT | PTE.SPECIAL)) === PTE.PRESENT) {
      folio.map -= 1;
      folio.ref -= 1;
    }
    clearPte(pte);
  }
  for (const page of [start, end]) {
    const vma = vmaLookup(mm, page);
    if (vma !== null && vma.start < page) splitVma(mm, vma, page);
  }
  removeVmas(mm, start, end);
  freePgtables(mm);
}
