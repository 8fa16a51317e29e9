/** The page table of an mm: entries of PTE level, below entries of PMD level that may be huge. */

import { NotModelled } from '../notModelled.js';

/** Bits of a page-table entry. PRESENT is also set in a PROT_NONE entry, as pte_present() says on x86. */
export const PTE = {
  PRESENT: 1 << 0,
  SWAP: 1 << 1,
  WRITE: 1 << 2,
  DIRTY: 1 << 3,
  YOUNG: 1 << 4,
  SPECIAL: 1 << 5,
  PROTNONE: 1 << 6,
  /** pte_uffd_wp(): write-protected by a userfaultfd. */
  UFFD_WP: 1 << 7,
  /** pte_devmap(): SPECIAL is set as well, but GUP finds the page. */
  DEVMAP: 1 << 8,
  /** Of a swap or migration entry: the page was exclusive (pte_swp_exclusive(), not a readable migration entry). */
  SWP_EXCLUSIVE: 1 << 9,
  /** pte_soft_dirty(), pte_swp_soft_dirty(): written to since the bits were cleared (/proc/PID/clear_refs). */
  SOFT_DIRTY: 1 << 10,
} as const;

/** pte_mkdirty() of x86. */
export const PTE_MKDIRTY = PTE.DIRTY | PTE.SOFT_DIRTY;

/** What an entry that is not present stands for. */
export type SwapKind = 'none' | 'swap' | 'hwpoison' | 'poison-marker' | 'uffd-wp-marker' | 'migration';

/** Type of a PTE marker in a swap entry: the last there is (include/linux/swap.h). */
export const SWP_PTE_MARKER = 31;

/** An entry of either level. All bits 0: pte_none(), pmd_none(). */
export interface Pte {
  bits: number;
  /** The page it maps, the first one if it is huge (see folio.ts), or that is being migrated; -1: none. */
  pfn: number;
  swap: SwapKind;
  /** Type of a swap entry as the walk shows it. */
  swapType: number;
  /** Of a swap entry: index of its slot in `State.slots`, -1: none. */
  slot: number;
}

/** PTRS_PER_PTE: pages below one entry of PMD level, which is HPAGE_PMD_NR too. */
export const PTRS_PER_PTE = 512;
const PTE_INDEX_BITS = 9;

/** An entry of PMD level: a table of entries, a huge entry (THP or hugetlb), or pmd_none() if both are null. */
export interface Pmd {
  /** Number of its first page, divided by {@link PTRS_PER_PTE}. */
  readonly index: number;
  huge: Pte | null;
  /** By page number modulo PTRS_PER_PTE; an entry that is missing is pte_none(). */
  ptes: (Pte | undefined)[] | null;
}

/** Sorted by index; one that is missing is pmd_none(). Page numbers are those of the mm (see mm.ts). */
export type PageTable = Pmd[];

/** An entry that maps nothing. */
export function nonePte(): Pte {
  return { bits: 0, pfn: -1, swap: 'none', swapType: -1, slot: -1 };
}

/** Makes an entry pte_none(), in place: whoever looks at it sees it gone. */
export function clearPte(pte: Pte): void {
  Object.assign(pte, nonePte());
}

/** pte_same(): whether an entry is what was read of it before. */
export function pteSame(pte: Pte, seen: Pte): boolean {
  return pte.bits === seen.bits && pte.pfn === seen.pfn && pte.swap === seen.swap && pte.slot === seen.slot;
}

/** Whether pte_none() holds. */
export function pteNone(pte: Pte): boolean {
  return pte.bits === 0;
}

/** The first page below the entry of PMD level above `page`. */
export function hugePageStart(page: number): number {
  return page & ~(PTRS_PER_PTE - 1);
}

/** The entry of PMD level above `page`; null: pmd_none(). */
export function pmdOffset(table: PageTable, page: number): Pmd | null {
  const index = page >> PTE_INDEX_BITS;
  for (const pmd of table) if (pmd.index === index) return pmd;
  return null;
}

/** pmd_alloc(): the entry of PMD level above `page`, to be filled. */
export function pmdAlloc(table: PageTable, page: number): Pmd {
  const known = pmdOffset(table, page);
  if (known !== null) return known;
  const pmd: Pmd = { index: page >> PTE_INDEX_BITS, huge: null, ptes: null };
  const after = table.findIndex(each => each.index > pmd.index);
  table.splice(after < 0 ? table.length : after, 0, pmd);
  return pmdOffset(table, page) ?? pmd;
}

/**
 * pte_offset_map(): the entry of `page`, null if there is no table for it. Routines that know huge entries look at
 * {@link pmdOffset} first; for the others one is outside the model.
 */
export function pteOffset(table: PageTable, page: number): Pte | null {
  const pmd = pmdOffset(table, page);
  if (pmd === null) return null;
  if (pmd.huge !== null) throw new NotModelled('a huge entry in a mapping of small pages');
  return pmd.ptes === null ? null : entryOf(pmd.ptes, page);
}

/** The entry that decides about `page`: a huge one, or one of PTE level; null: there is no table for it. */
export function leafEntry(table: PageTable, page: number): Pte | null {
  return pmdOffset(table, page)?.huge ?? pteOffset(table, page);
}

/** The pfn that is mapped at `page` by an entry of either level; -1: none. */
export function mappedPfn(table: PageTable, page: number): number {
  const pmd = pmdOffset(table, page);
  if (pmd === null) return -1;
  const slot = page & (PTRS_PER_PTE - 1);
  if (pmd.huge === null) return pmd.ptes?.[slot]?.pfn ?? -1;
  return pmd.huge.pfn < 0 ? -1 : pmd.huge.pfn + slot;
}

/** pte_alloc_map(): the entry of `page`; a table that is missing is allocated. */
export function pteAlloc(table: PageTable, page: number): Pte {
  const pmd = pmdAlloc(table, page);
  if (pmd.huge !== null) throw new NotModelled('a table of small pages below a huge entry');
  pmd.ptes ??= [];
  return entryOf(pmd.ptes, page);
}

function entryOf(ptes: (Pte | undefined)[], page: number): Pte {
  const slot = page & (PTRS_PER_PTE - 1);
  const known = ptes[slot];
  if (known !== undefined) return known;
  ptes[slot] = nonePte();
  return ptes[slot];
}

/** Entries of pages from `start` up to, not including, `end`, huge ones too, without those that are pte_none(). */
export function* entriesOf(table: PageTable, start: number, end: number): Generator<Pte, void, void> {
  for (const { index, huge, ptes } of table) {
    const first = index * PTRS_PER_PTE;
    if (first >= end || first + PTRS_PER_PTE <= start) continue;
    if (huge !== null && !pteNone(huge)) yield huge;
    if (ptes === null) continue;
    for (let slot = Math.max(start - first, 0); slot < Math.min(end - first, ptes.length); slot++) {
      const pte = ptes[slot];
      if (pte !== undefined && !pteNone(pte)) yield pte;
    }
  }
}

/**
 * Page numbers and entries of PTE level from `start` up to `end`, without those that are pte_none(); throws NotModelled on
 * a huge entry.
 */
export function populatedPages(table: PageTable, start: number, end: number): [number, Pte][] {
  const found: [number, Pte][] = [];
  for (const { index, huge, ptes } of table) {
    const first = index * PTRS_PER_PTE;
    if (first >= end || first + PTRS_PER_PTE <= start) continue;
    if (huge !== null && !pteNone(huge)) throw new NotModelled('a huge entry among small ones');
    for (const [slot, pte] of (ptes ?? []).entries()) {
      const page = first + slot;
      if (pte === undefined || pteNone(pte) || page < start || page >= end) continue;
      found.push([page, pte]);
    }
  }
  return found;
}

/** A copy that shares nothing with the original. */
export function copyPageTable(table: PageTable): PageTable {
  return table.map(({ index, huge, ptes }) => ({
    index,
    huge: huge === null ? null : { ...huge },
    ptes: ptes === null ? null : ptes.map(pte => (pte === undefined ? undefined : { ...pte })),
  }));
}
