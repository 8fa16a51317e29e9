/** Huge pages of hugetlb: of a scenario's page-table entries, and of the page cache. */

import type { Behaviour } from './behaviour.js';
import { NotModelled } from './notModelled.js';
import { hugetlbCacheRefs } from './ops/hugetlbFolio.js';
import { mkPte } from './ops/newFolio.js';
import { WRITTEN_STATES } from './pageStates.js';
import type { PteBefore } from './scenario.js';
import { bitsOf, type Situation } from './setupPages.js';
import {
  addFolio,
  type File,
  FOLIO,
  headPage,
  hugePageStart,
  linearPageIndex,
  newFolio,
  nonePte,
  PTE,
  type Pte,
  pageFolio,
  pincount,
  pmdAlloc,
  pmdOffset,
  setPageAnonExclusive,
} from './state/index.js';

/** States of hugetlb pages the model knows. */
export const HUGETLB_STATES: ReadonlySet<string> = new Set([
  'unpopulated',
  'file_hole_not_cached',
  'file_cached_not_mapped',
  'beyond_eof',
  'read_populated',
  'read_populated_then_forked',
  ...WRITTEN_STATES,
]);

/** States in which a private page has a second mapping, of the other process of a fork. */
const MAPPED_TWICE: ReadonlySet<string> = new Set([
  'written_then_forked_child_alive',
  'written_by_parent_caller_is_forked_child',
  'read_populated_then_forked',
]);

/** States in which the mapping has no entry. */
const UNMAPPED: ReadonlySet<string> = new Set([
  'unpopulated',
  'file_hole_not_cached',
  'file_cached_not_mapped',
  'beyond_eof',
  'written_then_MADV_DONTNEED',
]);

/** Puts the entry of PMD level that a record of the page-table walk at `page` shows into the page table. */
export function putHugetlbPage(situation: Situation, page: number, record: PteBefore): void {
  const { mm, state, behaviour, pageState } = situation;
  if (record.lvl === 0 || record.f.includes('none')) return;
  const known = pmdOffset(mm.pageTable, page);
  if (known?.huge != null) return;
  if (record.f.includes('swap_entry')) {
    if (pageState !== 'hwpoisoned') throw new NotModelled('a hugetlb entry that is being migrated');
    pmdAlloc(mm.pageTable, page).huge = poisonedEntry(record.swp_type ?? -1);
    return;
  }
  if (record.lvl !== 2) throw new NotModelled('an entry of PTE level in a hugetlb mapping');
  const { pteBits, folioBits } = bitsOf(situation.vma, record);
  const ref = record.ref ?? 1;
  const folio = newFolio({ bits: folioBits, order: 9, ref, pincountField: record.pin ?? 0 });
  // No folio batch holds a page of hugetlb: what is not the page cache or a pin is a mapping.
  const cached = (folioBits & FOLIO.ANON) === 0 ? hugetlbCacheRefs(behaviour) : 0;
  folio.map = ref - cached - pincount(folio);
  if (folio.map < 1) throw new NotModelled(`a hugetlb page that is mapped and has ${ref} references`);
  folio.entireMap = folio.map;
  const pfn = addFolio(state.folios, folio);
  if (record.f.includes('anon_exclusive') && behaviour.switches.anonExclusive)
    setPageAnonExclusive(folio, pfn);
  pmdAlloc(mm.pageTable, page).huge = { ...nonePte(), bits: pteBits, pfn };
}

/** Huge entries for these pages, as `page_state` prepares them. */
export function hugetlbFromPageState(situation: Situation, pages: readonly number[]): void {
  const { mm } = situation;
  for (const page of new Set(pages.map(hugePageStart))) {
    const entry = preparedEntry(situation);
    if (entry !== null) pmdAlloc(mm.pageTable, page).huge = entry;
  }
}

function preparedEntry(situation: Situation): Pte | null {
  const { state, vma, pageState, behaviour } = situation;
  if (pageState === 'hwpoisoned') return poisonedEntry(-1);
  if (UNMAPPED.has(pageState)) return null;
  const zone = state.movable ? FOLIO.MOVABLE_ZONE : 0;
  const bits = FOLIO.HUGETLB | FOLIO.DIRTY | zone | (vma.shared ? 0 : FOLIO.ANON);
  const map = !vma.shared && MAPPED_TWICE.has(pageState) ? 2 : 1;
  const cached = vma.shared ? hugetlbCacheRefs(behaviour) : 0;
  const folio = newFolio({ bits, order: 9, ref: map + cached, map, entireMap: map });
  const pfn = addFolio(state.folios, folio);
  const forked = pageState.includes('forked');
  if (!vma.shared && !forked && behaviour.switches.anonExclusive) setPageAnonExclusive(folio, pfn);
  const read = pageState.startsWith('read_');
  const writable = vma.write && (vma.shared || !(read || forked));
  const written = (writable ? PTE.WRITE : 0) | (writable || !read ? PTE.DIRTY : 0);
  return { ...nonePte(), bits: (mkPte(vma) & ~PTE.WRITE) | written, pfn };
}

function poisonedEntry(swapType: number): Pte {
  return { ...nonePte(), bits: PTE.SWAP, swap: 'hwpoison', swapType };
}

/** Puts into the page cache what of `pages` is in it before the call; entries of the page table must be there already. */
export function fillHugetlbCache(situation: Situation, file: File, pages: readonly number[]): void {
  const { state, mm, vma, pageState, behaviour } = situation;
  for (const page of new Set(pages.map(hugePageStart))) {
    const pfn = pmdOffset(mm.pageTable, page)?.huge?.pfn ?? -1;
    const folio = pageFolio(state.folios, pfn);
    const index = hugePageStart(linearPageIndex(vma, page));
    if (folio !== undefined && (folio.bits & FOLIO.ANON) === 0) file.pages[index] = headPage(pfn);
    else if (pageState === 'file_cached_not_mapped' || (pageState === 'beyond_eof' && index < file.size))
      file.pages[index] = cachedPage(situation, behaviour);
    else if (folio === undefined && vma.shared && pageState.endsWith('_populated'))
      throw new NotModelled(`shared hugetlb pages ${pageState} that are not mapped`);
  }
}

function cachedPage({ state }: Situation, behaviour: Behaviour): number {
  const bits = FOLIO.HUGETLB | FOLIO.DIRTY | (state.movable ? FOLIO.MOVABLE_ZONE : 0);
  return addFolio(state.folios, newFolio({ bits, order: 9, ref: hugetlbCacheRefs(behaviour) }));
}
