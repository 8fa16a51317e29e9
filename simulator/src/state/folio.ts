/**
 * Folios and their pages. A page is named by its pfn: number of its folio times {@link FOLIO_PAGES}, plus its place in
 * the folio. Page-table entries, page caches and the `pages` of a call hold pfns.
 */

/** Pages of the largest folio of the model: order 9. */
export const FOLIO_PAGES = 512;
const FOLIO_SHIFT = 9;

/** Bits of a folio. */
export const FOLIO = {
  ANON: 1 << 0,
  KSM: 1 << 1,
  ZERO_PAGE: 1 << 2,
  /** It lies in ZONE_MOVABLE. */
  MOVABLE_ZONE: 1 << 3,
  DIRTY: 1 << 4,
  SWAPCACHE: 1 << 5,
  REFERENCED: 1 << 6,
  ACTIVE: 1 << 7,
  /** On no LRU list: a page of a driver, or of memory that a file system uses directly (DAX). */
  NO_LRU: 1 << 8,
  /** In the page cache of a tmpfs file or of shared anonymous memory. */
  SHMEM: 1 << 9,
  /** A mapping of it is VM_LOCKED. Kept up to v5.17, where a walk with FOLL_MLOCK asks for it. */
  MLOCKED: 1 << 10,
  /** folio_test_hugetlb(): from the pool of huge pages. */
  HUGETLB: 1 << 11,
  /** PG_double_map: a huge entry maps it and so do entries of PTE level; up to v6.1 each page counts one more then. */
  DOUBLE_MAP: 1 << 12,
  /** Of a file of a file system on a disk: in its page cache or, with NO_LRU, its memory itself. */
  FILE: 1 << 13,
  /** folio_test_private(): buffer heads are attached, which hold a reference. */
  PRIVATE: 1 << 14,
} as const;

/** FOLIO bits of what a page cache holds, with a reference. */
export const PAGE_CACHE = FOLIO.SHMEM | FOLIO.FILE;

/** Bits of a page of a folio. */
export const PAGE = {
  ANON_EXCLUSIVE: 1 << 0,
  HWPOISON: 1 << 1,
} as const;

/** GUP_PIN_COUNTING_BIAS: what a pin of a small folio adds to its reference count. */
export const GUP_PIN_COUNTING_BIAS = 1024;

/** The folio is in no folio batch. */
export const BATCH_NONE = -1;
/** Nothing tells in which folio batch it is, if any, so that the reference count is not known. */
export const BATCH_UNKNOWN = -2;

export interface Folio {
  bits: number;
  /** folio_order(): it has 1 << order pages. */
  readonly order: number;
  /** Reference count, the pins of a small folio included. */
  ref: number;
  /** folio_mapcount(): entries that map a page of it; a huge entry counts once. */
  map: number;
  /** folio_entire_mapcount(): huge entries that map it, part of `map`. */
  entireMap: number;
  /** _pincount of a large folio; pins of a small one are in `ref`. */
  pincountField: number;
  /** Number of the CPU whose folio batch holds a reference until it is drained, BATCH_NONE or BATCH_UNKNOWN. */
  batch: number;
  /** The task that holds the folio lock over several of its steps, -1: none. */
  locked: number;
  /** PAGE bits of each page; one that is missing has none. */
  readonly pageBits: number[];
  /** Of a large folio: entries of PTE level that map each page, part of `map`; one that is missing has none. */
  readonly pageMap: number[];
  /** What each page holds, as a text that stands for its bytes; one that is missing holds {@link ZEROES}. */
  readonly contents: string[];
}

/** Contents of a page that was cleared and not written to since. */
export const ZEROES = '0';

/** A folio with these fields: small, cleared, mapped nowhere, without a reference, in no folio batch where they do not say. */
export function newFolio(fields: Partial<Omit<Folio, 'pageBits' | 'pageMap' | 'contents'>>): Folio {
  return {
    bits: fields.bits ?? 0,
    order: fields.order ?? 0,
    ref: fields.ref ?? 0,
    map: fields.map ?? 0,
    entireMap: fields.entireMap ?? 0,
    pincountField: fields.pincountField ?? 0,
    batch: fields.batch ?? BATCH_NONE,
    locked: fields.locked ?? -1,
    pageBits: [],
    pageMap: [],
    contents: [],
  };
}

/** A copy that shares nothing with the original. */
export function copyFolio(folio: Folio): Folio {
  return {
    ...folio,
    pageBits: folio.pageBits.slice(),
    pageMap: folio.pageMap.slice(),
    contents: folio.contents.slice(),
  };
}

/** Adds a folio; the pfn of its first page. */
export function addFolio(folios: Folio[], folio: Folio): number {
  return (folios.push(folio) - 1) << FOLIO_SHIFT;
}

/** page_folio(): the folio of a page; undefined for -1. */
export function pageFolio(folios: readonly Folio[], pfn: number): Folio | undefined {
  return folios[pfn >> FOLIO_SHIFT];
}

/** folio_page_idx(): the place of a page in its folio, from 0. */
export function folioPageIdx(pfn: number): number {
  return pfn & (FOLIO_PAGES - 1);
}

/** folio_page(folio, 0) of the folio that a page belongs to. */
export function headPage(pfn: number): number {
  return pfn & ~(FOLIO_PAGES - 1);
}

/** What the page `pfn` holds; {@link ZEROES} where no folio is known. */
export function pageContents(folios: readonly Folio[], pfn: number): string {
  return pageFolio(folios, pfn)?.contents[folioPageIdx(pfn)] ?? ZEROES;
}

/** Whoever writes the page `pfn`, and by which way: it holds `value` from now on. */
export function writePage(folios: readonly Folio[], pfn: number, value: string): void {
  const folio = pageFolio(folios, pfn);
  if (folio !== undefined) folio.contents[folioPageIdx(pfn)] = value;
}

/** copy_user_highpage(): the page `to` holds what `from` holds. */
export function copyPage(folios: readonly Folio[], from: number, to: number): void {
  const value = pageContents(folios, from);
  if (value !== ZEROES) writePage(folios, to, value);
}

/** folio_copy(): all pages of `from` into the folio `to`, which is as large and was cleared. */
export function copyFolioContents(from: Folio, to: Folio): void {
  to.contents.splice(0, to.contents.length, ...from.contents);
}

/** PageAnonExclusive() of the page `pfn` of `folio`; hugetlb keeps it in the head page alone. */
export function pageAnonExclusive(folio: Folio, pfn: number): boolean {
  const index = (folio.bits & FOLIO.HUGETLB) !== 0 ? 0 : folioPageIdx(pfn);
  return ((folio.pageBits[index] ?? 0) & PAGE.ANON_EXCLUSIVE) !== 0;
}

/** SetPageAnonExclusive() */
export function setPageAnonExclusive(folio: Folio, pfn: number): void {
  setPageBits(folio, pfn, PAGE.ANON_EXCLUSIVE);
}

/** ClearPageAnonExclusive() */
export function clearPageAnonExclusive(folio: Folio, pfn: number): void {
  const index = folioPageIdx(pfn);
  const bits = folio.pageBits[index];
  if (bits !== undefined) folio.pageBits[index] = bits & ~PAGE.ANON_EXCLUSIVE;
}

/** Sets PAGE bits of the page `pfn` of `folio`. */
export function setPageBits(folio: Folio, pfn: number, bits: number): void {
  const index = folioPageIdx(pfn);
  folio.pageBits[index] = (folio.pageBits[index] ?? 0) | bits;
}

/** is_huge_zero_folio() */
export function isHugeZeroFolio(folio: Folio): boolean {
  return folio.order > 0 && (folio.bits & FOLIO.ZERO_PAGE) !== 0;
}

/** Pins, as folio_maybe_dma_pinned() counts them. */
export function pincount(folio: Folio): number {
  return folio.order > 0 ? folio.pincountField : Math.floor(folio.ref / GUP_PIN_COUNTING_BIAS);
}

/** The reference count, null: a folio batch of another process may hold one too. In the swap cache the count was recorded. */
export function knownRef(folio: Folio): number | null {
  return folio.batch === BATCH_UNKNOWN && (folio.bits & FOLIO.SWAPCACHE) === 0 ? null : folio.ref;
}
