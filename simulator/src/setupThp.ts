/** Transparent huge pages of a scenario. */

import { NotModelled } from './notModelled.js';
import { hugeZeroPage } from './ops/doHugePmdAnonymousPage.js';
import { mkPte } from './ops/newFolio.js';
import type { PteBefore } from './scenario.js';
import { bitsOf, refuseUnknownState, type Situation } from './setupPages.js';
import { preparedBySteps } from './setupSteps.js';
import {
  addFolio,
  entriesOf,
  FOLIO,
  type Folio,
  folioAddRmapPte,
  headPage,
  hugePageStart,
  newFolio,
  nonePte,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pageAnonExclusive,
  pageFolio,
  pincount,
  pmdAlloc,
  pmdOffset,
  pteAlloc,
  pteNone,
  setPageAnonExclusive,
  vmaIsAnonymous,
} from './state/index.js';

const HPAGE_PMD_ORDER = 9;

/** Puts the huge entry that a record of the page-table walk at `page` shows into the page table. */
export function putHugePage(situation: Situation, page: number, record: PteBefore): void {
  const { mm, state, vma } = situation;
  refuseUnknownState(situation);
  if (!vmaIsAnonymous(vma)) throw new NotModelled('a huge page of a file');
  if (record.f.includes('none') || pmdOffset(mm.pageTable, page)?.huge != null) return;
  if (record.f.includes('swap_entry')) throw new NotModelled('a huge entry that is being migrated');
  const { pteBits, folioBits } = bitsOf(situation.vma, record);
  const pmd = pmdAlloc(mm.pageTable, page);
  if ((folioBits & FOLIO.ZERO_PAGE) !== 0) {
    const pfn = hugeZeroPage(state);
    const folio = pageFolio(state.folios, pfn);
    if (folio !== undefined) folio.ref = record.ref ?? 1;
    pmd.huge = { ...nonePte(), bits: pteBits, pfn };
    return;
  }
  const folio = recordedFolio(folioBits, record);
  folio.entireMap = folio.map;
  const pfn = addFolio(state.folios, folio);
  if (record.f.includes('anon_exclusive')) setPageAnonExclusive(folio, pfn);
  pmd.huge = { ...nonePte(), bits: pteBits, pfn };
}

/** No folio batch and, unless it is written out, no swap cache holds a huge page: what is no pin is a mapping. */
function recordedFolio(bits: number, record: PteBefore): Folio {
  if ((bits & FOLIO.SWAPCACHE) !== 0) throw new NotModelled('a huge page in the swap cache');
  const ref = record.ref ?? 1;
  const folio = newFolio({ bits, order: 9, ref, pincountField: record.pin ?? 0 });
  folio.map = ref - pincount(folio);
  if (folio.map < 1) throw new NotModelled(`a huge page that is mapped and has ${ref} references`);
  return folio;
}

/** Whether a record is that of an entry of PTE level that maps a page of an anonymous huge page. */
export function mapsHugePage({ lvl, f }: PteBefore): boolean {
  return lvl === 1 && f.includes('large_folio') && f.includes('anon') && !f.includes('hugetlb');
}

/** Puts such an entry into the page table. Those below one entry of PMD level map the same huge page. */
export function putPageOfHugePage(situation: Situation, page: number, record: PteBefore): void {
  const { mm, state } = situation;
  refuseUnknownState(situation);
  const { pteBits, folioBits } = bitsOf(situation.vma, record);
  const head =
    mappedHugePage(situation, page)?.head ?? addFolio(state.folios, recordedFolio(folioBits, record));
  const pfn = head + (page & (PTRS_PER_PTE - 1));
  const folio = pageFolio(state.folios, pfn);
  if (folio === undefined) return;
  folio.pageMap[pfn - head] = record.map ?? 1;
  if (record.f.includes('anon_exclusive')) setPageAnonExclusive(folio, pfn);
  Object.assign(pteAlloc(mm.pageTable, page), { bits: pteBits, pfn });
}

/** The huge page that another entry below the same entry of PMD level maps, and that entry. */
function mappedHugePage({ mm, state }: Situation, page: number): { head: number; entry: Pte } | null {
  const start = hugePageStart(page);
  for (const entry of entriesOf(mm.pageTable, start, start + PTRS_PER_PTE)) {
    if ((pageFolio(state.folios, entry.pfn)?.order ?? 0) > 0) return { head: headPage(entry.pfn), entry };
  }
  return null;
}

/**
 * States of which huge entries are made without a record; those that are prepared by steps begin with a huge page that
 * was written.
 */
const PREPARED: ReadonlySet<string> = new Set([
  'read_populated',
  'write_populated',
  'numa_hint_protnone',
  'mlocked_written',
  'read_populated_then_forked',
  'written_then_forked_child_alive',
  'written_then_forked_child_exited',
  'written_by_parent_caller_is_forked_child',
  'written_pkey_access_disabled',
  'written_pkey_write_disabled',
]);

/** States in which the huge page has a second mapping, of the other process of a fork. */
const MAPPED_TWICE: ReadonlySet<string> = new Set([
  'written_then_forked_child_alive',
  'written_by_parent_caller_is_forked_child',
]);

/**
 * The huge entry above `page` as `page_state` prepares it, if nothing is there yet; where the recorded entries are small
 * ones that map a huge page, one for the page that is like them.
 */
export function thpFromPageState(situation: Situation, page: number): void {
  const { mm, state, vma, pageState, behaviour } = situation;
  if (situation.folioOrder < HPAGE_PMD_ORDER) {
    if (pteNone(pteAlloc(mm.pageTable, page))) largeFolio(situation, page);
    return;
  }
  const split = mappedHugePage(situation, page);
  if (split !== null && pmdOffset(mm.pageTable, page)?.huge == null) {
    const pfn = split.head + (page & (PTRS_PER_PTE - 1));
    const folio = pageFolio(state.folios, pfn);
    if (folio !== undefined) folio.pageMap[pfn - split.head] = 1;
    if (folio !== undefined && pageAnonExclusive(folio, split.entry.pfn)) setPageAnonExclusive(folio, pfn);
    Object.assign(pteAlloc(mm.pageTable, page), { bits: split.entry.bits, pfn });
  }
  if (pmdOffset(mm.pageTable, page) !== null || pageState === 'written_then_MADV_DONTNEED') return;
  if (!PREPARED.has(pageState) && !preparedBySteps(pageState))
    throw new NotModelled(`huge pages ${pageState}`);
  if (pageState.startsWith('read_populated')) {
    const special = behaviour.switches.hugeZeroSpecial ? PTE.SPECIAL : 0;
    const bits = mkPte(vma) | special;
    pmdAlloc(mm.pageTable, page).huge = { ...nonePte(), bits, pfn: hugeZeroPage(state) };
    return;
  }
  const map = MAPPED_TWICE.has(pageState) ? 2 : 1;
  const zone = state.movable ? FOLIO.MOVABLE_ZONE : 0;
  const pfn = addFolio(
    state.folios,
    newFolio({ bits: FOLIO.ANON | zone, order: 9, ref: map, map, entireMap: map }),
  );
  const folio = pageFolio(state.folios, pfn);
  const forked = pageState.includes('forked');
  if (folio !== undefined && behaviour.switches.anonExclusive && !forked) setPageAnonExclusive(folio, pfn);
  const hint = pageState === 'numa_hint_protnone';
  const writable = vma.write && !forked && !(hint && behaviour.switches.numaHintUpgradesWrite);
  const bits = mkPte(vma) | PTE.DIRTY | (writable ? PTE.WRITE : 0) | (hint ? PTE.PROTNONE : 0);
  pmdAlloc(mm.pageTable, page).huge = { ...nonePte(), bits, pfn };
}

/**
 * The large folio that the first touch of one of its pages allocates (alloc_anon_folio()), mapped by entries of PTE
 * level and written.
 */
function largeFolio({ mm, state, vma, pageState, folioOrder }: Situation, page: number): void {
  if (pageState !== 'write_populated' && !preparedBySteps(pageState))
    throw new NotModelled(`large folios ${pageState} of order ${folioOrder}`);
  const nr = 1 << folioOrder;
  const first = page & -nr;
  if (first < vma.start || first + nr > vma.end)
    throw new NotModelled(`a folio of ${nr} pages in a mapping that has no room for it`);
  const zone = state.movable ? FOLIO.MOVABLE_ZONE : 0;
  const folio = newFolio({ bits: FOLIO.ANON | zone, order: folioOrder, ref: nr });
  const head = addFolio(state.folios, folio);
  for (let index = 0; index < nr; index++) {
    folioAddRmapPte(folio, head + index);
    setPageAnonExclusive(folio, head + index);
    const bits = mkPte(vma) | PTE.DIRTY | (vma.write ? PTE.WRITE : 0);
    Object.assign(pteAlloc(mm.pageTable, first + index), { bits, pfn: head + index });
  }
}
