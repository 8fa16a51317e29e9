/** do_munmap() of mm/mmap.c and unmap_region(): mappings, their entries and tables go. */

import { EINTR } from '../errno.js';
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
  hugePageStart,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pageFolio,
  pmdOffset,
  pteNone,
  removeVmas,
  splitVma,
  type Vma,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadLock, mmapReadUnlock, mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { lruAddDrain } from './newFolio.js';
import { vmaStartWrite } from './vmaStartWrite.js';

/**
 * Unmaps the pages from `start` up to `end`, in one step; a mapping that reaches beyond is split. unmap_region() drains
 * the folio batches of its CPU first.
 */
export function munmap(machine: Machine, start: number, end: number): void {
  const { mm } = machine;
  splitAt(machine, start, end);
  removeVmas(mm, start, end);
  lruAddDrain(machine);
  unmapPages(machine, start, end);
  freePgtables(mm);
}

/**
 * munmap(): 0 or -EINTR. The mappings are gone for everybody who looks before the pages are: faults find nothing, gup-fast, which
 * looks at entries alone, still finds pages.
 */
export function* vmMunmap(machine: Machine, start: number, end: number): Op<number> {
  const { mm } = machine;
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  splitAt(machine, start, end);
  for (const vma of vmasWithin(machine, start, end)) yield* vmaStartWrite(machine, vma);
  removeVmas(mm, start, end);
  yield { routine: 'do_vmi_align_munmap', text: 'takes the mappings away', page: start };
  lruAddDrain(machine);
  yield* zapPageRange(machine, start, end);
  freePgtables(mm);
  yield { routine: 'free_pgtables', text: 'frees the page tables', page: start };
  yield* mmapWriteUnlock(machine, 'done');
  return 0;
}

/** madvise(MADV_DONTNEED): always 0. The pages go, the mappings stay. */
export function* madviseDontneed(machine: Machine, start: number, end: number): Op<number> {
  yield* mmapReadLock(machine);
  lruAddDrain(machine);
  yield* zapPageRange(machine, start, end);
  yield* mmapReadUnlock(machine, 'done');
  return 0;
}

/** zap_pte_range(): page after page. */
function* zapPageRange(machine: Machine, start: number, end: number): Op<void> {
  for (let page = start; page < end; page++) {
    const { huge, ptes } = pmdOffset(machine.mm.pageTable, page) ?? NO_PMD;
    const entry = huge ?? ptes?.[page & (PTRS_PER_PTE - 1)];
    if (entry === undefined || pteNone(entry)) continue;
    const from = huge === null ? page : hugePageStart(page);
    const to = huge === null ? page + 1 : from + PTRS_PER_PTE;
    unmapPages(machine, from, to);
    yield { routine: 'zap_pte_range', text: 'unmaps the page', page };
    page = to - 1;
  }
}

const NO_PMD = { huge: null, ptes: null };

function vmasWithin({ mm }: Machine, start: number, end: number): Vma[] {
  return mm.vmas.filter(vma => vma.start >= start && vma.end <= end);
}

/** Mappings that reach over `start` or `end` are divided there. */
function splitAt({ mm }: Machine, start: number, end: number): void {
  for (const page of [start, end]) {
    const vma = vmaLookup(mm, page);
    if (vma !== null && vma.start < page) splitVma(mm, vma, page);
  }
}

function unmapPages(machine: Machine, start: number, end: number): void {
  const { mm } = machine;
  for (const pmd of mm.pageTable) {
    const first = pmd.index * PTRS_PER_PTE;
    const { huge } = pmd;
    if (first >= end || first + PTRS_PER_PTE <= start || huge === null || pteNone(huge)) continue;
    if (first < start || first + PTRS_PER_PTE > end)
      throw new NotModelled('munmap() of a part of a huge page');
    zap(machine, huge, folioRemoveRmapPmd);
  }
  for (const pte of entriesOf(mm.pageTable, start, end)) zap(machine, pte, folioRemoveRmapPte);
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
