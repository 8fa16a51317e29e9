/** do_munmap() of mm/mmap.c and unmap_region(): mappings, their entries and tables go. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  BATCH_NONE,
  BATCH_UNKNOWN,
  clearPte,
  entriesOf,
  freePgtables,
  PTE,
  pageFolio,
} from '../state/index.js';
import { lruAddDrain } from './newFolio.js';

/**
 * Unmaps whole mappings between `start` and `end`, in one step. zap_page_range() ends with lru_add_drain(); before a page
 * is freed the batches of other CPUs have been drained too.
 */
export function munmap(machine: Machine, start: number, end: number): void {
  const { state, mm } = machine;
  lruAddDrain(machine);
  for (const folio of state.folios) {
    if (folio.batch === BATCH_NONE || folio.batch === BATCH_UNKNOWN) continue;
    folio.batch = BATCH_NONE;
    folio.ref -= 1;
  }
  for (const pte of entriesOf(mm.pageTable, start, end)) {
    const folio = pageFolio(state.folios, pte.pfn);
    if (folio !== undefined && folio.order > 0) throw new NotModelled('munmap() of a large folio');
    // vm_normal_page(): neither the zero page nor a page frame without struct page is counted.
    if (folio !== undefined && (pte.bits & (PTE.PRESENT | PTE.SPECIAL)) === PTE.PRESENT) {
      folio.map -= 1;
      folio.ref -= 1;
    }
    clearPte(pte);
  }
  for (let at = mm.vmas.length - 1; at >= 0; at--) {
    const vma = mm.vmas[at];
    if (vma !== undefined && vma.start >= start && vma.end <= end) mm.vmas.splice(at, 1);
  }
  freePgtables(mm);
}
