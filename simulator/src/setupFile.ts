/** A file of ext4, in the page cache or as mapped memory (DAX), as `page_state` prepares it. */

import { NotModelled } from './notModelled.js';
import { newDaxFolio } from './ops/daxIomapFault.js';
import { mkPte } from './ops/newFolio.js';
import type { PteBefore } from './scenario.js';
import type { Situation } from './setupPages.js';
import {
  addFolio,
  type File,
  FOLIO,
  FOLIO_PAGES,
  type Folio,
  folioAddRmapPte,
  folioPageIdx,
  linearPageIndex,
  newFolio,
  nonePte,
  PTE,
  type Pte,
  pageFolio,
  pteAlloc,
  pteOffset,
  vmaIsFsdax,
} from './state/index.js';

/** A file without blocks: what is read of it are zeroes. */
export const FILE_HOLE = 'file_hole_not_cached';

/** Files of which nothing is in the page cache. */
const NOT_CACHED: ReadonlySet<string> = new Set([FILE_HOLE, 'file_not_cached']);

/** States of pages of a file that are in the page table, if they are not private copies. */
const MAPPED: ReadonlySet<string> = new Set([
  'read_populated',
  'write_populated',
  'written_then_msync_clean',
]);

/** Order of a folio that an entry of PMD level may map. */
const HUGE_ORDER = 9;

/** States of a file the model knows. */
export const FILE_STATES: ReadonlySet<string> = new Set([
  ...NOT_CACHED,
  ...MAPPED,
  'unpopulated',
  'file_cached_not_mapped',
  'beyond_eof',
]);

/**
 * Puts into the page cache what is in it before the call; entries of the page table must be there already. All but a
 * file that was dropped from the page cache was written by one write() and is on its disk.
 */
export function fillFileCache(situation: Situation, file: File, pages: readonly number[]): void {
  const { state, mm, vma, pageState } = situation;
  const indices =
    pageState === 'beyond_eof'
      ? Array.from({ length: file.size }, (_, index) => index)
      : pages.map(page => linearPageIndex(vma, page));
  const inFile = indices.filter(index => index < file.size);
  const notMapped: number[] = [];
  for (const index of inFile) {
    const pfn = pteOffset(mm.pageTable, index - vma.pgoff + vma.start)?.pfn ?? -1;
    const bits = pageFolio(state.folios, pfn)?.bits ?? 0;
    if ((bits & FOLIO.FILE) !== 0) file.pages[index] = pfn;
    // The zero page stands for a block that is not there (DAX).
    else if ((bits & FOLIO.ZERO_PAGE) === 0) notMapped.push(index);
  }
  // What is dropped from the page cache is memory all the same (DAX).
  if (vmaIsFsdax(vma) ? pageState === FILE_HOLE : NOT_CACHED.has(pageState)) return;
  for (const index of notMapped) filePage(situation, file, index);
}

/** The page at `index` of the file, put into the page cache in the folio that write() made for it if it is not there yet. */
function filePage(situation: Situation, file: File, index: number): number {
  const cached = file.pages[index] ?? -1;
  if (cached >= 0) return cached;
  const { state, vma, behaviour } = situation;
  let order = vmaIsFsdax(vma) || !behaviour.switches.ext4LargeFolios ? 0 : writtenOrder(file, index);
  while (order > 0 && folioIndices(index, order).some(each => (file.pages[each] ?? -1) >= 0)) order -= 1;
  const head = addFolio(state.folios, newCacheFolio(situation, order));
  for (const [i, each] of folioIndices(index, order).entries()) file.pages[each] = head + i;
  return file.pages[index] ?? -1;
}

/**
 * Order of the folio of a page of a file that one write() filled: as large as what is left to write and as the alignment
 * allows (__filemap_get_folio()).
 */
function writtenOrder(file: File, index: number): number {
  let start = 0;
  for (;;) {
    const left = Math.min(file.size - start, FOLIO_PAGES);
    const aligned = start === 0 ? FOLIO_PAGES : start & -start;
    const order = Math.floor(Math.log2(Math.min(left, aligned)));
    if (index < start + (1 << order)) return order;
    start += 1 << order;
  }
}

/** Places in the file of the pages of the folio of this order that has the page at `index`. */
function folioIndices(index: number, order: number): readonly number[] {
  const start = index & ~((1 << order) - 1);
  return Array.from({ length: 1 << order }, (_, i) => start + i);
}

/** A folio of the page cache: beside this, which has a reference for each page, the buffer heads of write() hold one. */
function newCacheFolio({ state, vma, behaviour, pageState }: Situation, order: number): Folio {
  if (vmaIsFsdax(vma)) {
    if (behaviour.switches.daxPagesCounted)
      throw new NotModelled(`memory of a file mapped directly (DAX) in v${behaviour.release}`);
    return newDaxFolio();
  }
  if (order >= HUGE_ORDER) throw new NotModelled('a huge page of a file');
  // Written through a mapping that is shared, and not written back since.
  const dirty = vma.shared && pageState === 'written_then_MADV_DONTNEED' ? FOLIO.DIRTY : 0;
  const bits = FOLIO.FILE | FOLIO.PRIVATE | dirty | (state.movable ? FOLIO.MOVABLE_ZONE : 0);
  return newFolio({ bits, order, ref: (1 << order) + 1 });
}

/**
 * The page of a large folio of a file that a record of the page-table walk at `page` shows, with these bits. How large it
 * is is not recorded: as {@link writtenOrder} says.
 */
export function filePageFromRecord(
  situation: Situation,
  page: number,
  record: PteBefore,
  bits: number,
): number {
  const { state, vma } = situation;
  const file = state.files[vma.file];
  const index = linearPageIndex(vma, page);
  const pfn = file === undefined || index >= file.size ? -1 : filePage(situation, file, index);
  const folio = pageFolio(state.folios, pfn);
  if (folio === undefined || folio.order === 0)
    throw new NotModelled('a large folio where one write() makes none');
  const map = record.map ?? 1;
  folio.bits = bits | (folio.bits & FOLIO.PRIVATE);
  folio.map += map;
  folio.pageMap[folioPageIdx(pfn)] = map;
  folio.ref = record.ref ?? (1 << folio.order) + 1 + folio.map;
  folio.pincountField = record.pin ?? 0;
  return pfn;
}

/** Entries for these pages of the file; a private mapping that was written to has pages of its own. */
export function fileFromPageState(situation: Situation, pages: readonly number[]): void {
  const { mm, vma, pageState, state } = situation;
  if (!MAPPED.has(pageState)) return;
  const file = state.files[vma.file];
  if (file === undefined) throw new NotModelled('a mapping without its file');
  const written = pageState === 'write_populated';
  const dax = vmaIsFsdax(vma);
  for (const page of pages) {
    const index = linearPageIndex(vma, page);
    if (index >= file.size) continue;
    const pfn = filePage(situation, file, index);
    const folio = pageFolio(state.folios, pfn);
    if (folio === undefined) continue;
    if (!dax) {
      folio.ref += 1;
      folioAddRmapPte(folio, pfn);
      if (written) folio.bits |= FOLIO.DIRTY;
    }
    const bits = mkPte(vma) | (dax ? PTE.SPECIAL | PTE.DEVMAP : 0) | (written ? PTE.DIRTY | PTE.WRITE : 0);
    const entry: Pte = { ...nonePte(), bits, pfn };
    Object.assign(pteAlloc(mm.pageTable, page), entry);
  }
}
