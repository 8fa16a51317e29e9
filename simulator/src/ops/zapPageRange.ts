/** zap_page_range_single() and unmap_page_range() of mm/memory.c: entries of a range go, with what they hold. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  clearPte,
  entriesOf,
  FOLIO,
  type Folio,
  folioRemoveRmapPmd,
  folioRemoveRmapPte,
  hugePageStart,
  isVmHugetlbPage,
  type Pmd,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pageFolio,
  pmdOffset,
  pteNone,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { freeSwapAndCache } from './folioFreeSwap.js';
import { inOneBatch } from './pteBatch.js';
import { splitHugePmd } from './splitHugePmd.js';

/** zap_pte_range() */
export function* zapPageRange(machine: Machine, start: number, end: number): Op<void> {
  for (let page = start; page < end; page++) {
    const pmd = pmdOffset(machine.mm.pageTable, page);
    const { huge, ptes } = pmd ?? NO_PMD;
    const entry = huge ?? ptes?.[page & (PTRS_PER_PTE - 1)];
    if (entry === undefined || pteNone(entry)) continue;
    const from = huge === null ? page : hugePageStart(page);
    const to = huge === null ? page + 1 : from + PTRS_PER_PTE;
    if (pmd !== null && (from < start || to > end)) {
      yield* splitPartOf(machine, pmd, page);
      page -= 1;
      continue;
    }
    const next = huge === null && to < end ? ptes?.[to & (PTRS_PER_PTE - 1)] : undefined;
    const together = to % PTRS_PER_PTE !== 0 && inOneBatch(machine.state.folios, entry, next);
    unmapPages(machine, Math.max(from, start), Math.min(to, end));
    if (together) continue;
    yield { routine: 'zap_pte_range', text: 'unmaps the page', page };
    page = to - 1;
  }
}

const NO_PMD = { huge: null, ptes: null };

/** zap_pmd_range(): a huge entry of which a part goes is split. The mapping is there still (MADV_DONTNEED). */
function* splitPartOf(machine: Machine, pmd: Pmd, page: number): Op<void> {
  const vma = vmaLookup(machine.mm, page);
  if (vma === null || isVmHugetlbPage(vma)) throw new NotModelled('unmapping of a part of a huge page');
  yield* splitHugePmd(machine, vma, pmd, page);
}

/** Unmaps the pages from `start` up to `end` in one step. */
export function unmapPages(machine: Machine, start: number, end: number): void {
  const { mm } = machine;
  for (const pmd of mm.pageTable) {
    const first = pmd.index * PTRS_PER_PTE;
    const { huge } = pmd;
    if (first >= end || first + PTRS_PER_PTE <= start || huge === null || pteNone(huge)) continue;
    if (first < start || first + PTRS_PER_PTE > end)
      throw new NotModelled('unmapping of a part of a huge page');
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
  if (entry.swap === 'swap') freeSwapAndCache(state, entry.slot);
  clearPte(entry);
}
