/** A file of ext4, in the page cache or as mapped memory (DAX), as `page_state` prepares it. */

import { NotModelled } from './notModelled.js';
import { newDaxFolio } from './ops/daxIomapFault.js';
import { mkPte } from './ops/newFolio.js';
import type { Situation } from './setupPages.js';
import {
  addFolio,
  type File,
  FOLIO,
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

/** States of a file the model knows. */
export const FILE_STATES: ReadonlySet<string> = new Set([
  ...NOT_CACHED,
  ...MAPPED,
  'file_cached_not_mapped',
  'beyond_eof',
]);

/**
 * Puts into the page cache what is in it before the call; entries of the page table must be there already. All but a
 * file that was dropped from the page cache was written by write() and is on its disk.
 */
export function fillFileCache(situation: Situation, file: File, pages: readonly number[]): void {
  const { state, mm, vma, pageState } = situation;
  const indices =
    pageState === 'beyond_eof'
      ? Array.from({ length: file.size }, (_, index) => index)
      : pages.map(page => linearPageIndex(vma, page));
  for (const index of indices) {
    if (index >= file.size) continue;
    const pfn = pteOffset(mm.pageTable, index - vma.pgoff + vma.start)?.pfn ?? -1;
    const mapped = ((pageFolio(state.folios, pfn)?.bits ?? 0) & FOLIO.FILE) !== 0;
    if (mapped) file.pages[index] = pfn;
    else if (!NOT_CACHED.has(pageState)) file.pages[index] = newPage(situation, 0);
  }
}

/** A page of the file with `map` entries for it: beside these the page cache and the buffer heads of write() hold a reference. */
function newPage({ state, vma, behaviour }: Situation, map: number): number {
  const { ext4LargeFolios, daxPagesCounted } = behaviour.switches;
  if (vmaIsFsdax(vma) ? daxPagesCounted : ext4LargeFolios)
    throw new NotModelled(`a file of ext4 in v${behaviour.release}, which may have large folios`);
  if (vmaIsFsdax(vma)) return addFolio(state.folios, newDaxFolio());
  const bits = FOLIO.FILE | FOLIO.PRIVATE | (state.movable ? FOLIO.MOVABLE_ZONE : 0);
  return addFolio(state.folios, newFolio({ bits, ref: map + 2, map }));
}

/** Entries for these pages of the file; a private mapping that was written to has pages of its own. */
export function fileFromPageState(situation: Situation, pages: readonly number[]): void {
  const { mm, vma, pageState, state } = situation;
  if (!MAPPED.has(pageState)) return;
  if (!vma.shared && pageState !== 'read_populated')
    throw new NotModelled(`pages ${pageState} of a private mapping of a file without pte_before`);
  const written = pageState === 'write_populated';
  for (const page of pages) {
    const pfn = newPage(situation, 1);
    const folio = pageFolio(state.folios, pfn);
    const dax = vmaIsFsdax(vma);
    if (folio !== undefined && written && !dax) folio.bits |= FOLIO.DIRTY;
    const bits = mkPte(vma) | (dax ? PTE.SPECIAL | PTE.DEVMAP : 0) | (written ? PTE.DIRTY | PTE.WRITE : 0);
    const entry: Pte = { ...nonePte(), bits, pfn };
    Object.assign(pteAlloc(mm.pageTable, page), entry);
  }
}
