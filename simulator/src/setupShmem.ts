/** The page cache of a tmpfs file or of shared anonymous memory, as `page_state` prepares it. */

import { NotModelled } from './notModelled.js';
import { mkPte } from './ops/newFolio.js';
import type { Situation } from './setupPages.js';
import {
  addFolio,
  BATCH_UNKNOWN,
  type File,
  FOLIO,
  linearPageIndex,
  newFolio,
  nonePte,
  PTE,
  type Pte,
  pageFolio,
  pteOffset,
} from './state/index.js';

/** States of shmem pages the model knows. */
export const SHMEM_STATES: ReadonlySet<string> = new Set([
  'unpopulated',
  'file_hole_not_cached',
  'file_cached_not_mapped',
  'beyond_eof',
  'read_populated',
  'write_populated',
]);

/** Puts into the page cache what of `pages` is in it before the call; entries of the page table must be there already. */
export function fillPageCache(situation: Situation, file: File, pages: readonly number[]): void {
  if (situation.pageState === 'beyond_eof') {
    for (let index = 0; index < file.size; index++) file.pages[index] = newCachedPage(situation);
    return;
  }
  for (const page of pages) {
    file.pages[linearPageIndex(situation.vma, page)] = cachedPage(situation, page);
  }
}

/** The page of the file that `page` of the mapping shows, -1: it is not cached. */
function cachedPage(situation: Situation, page: number): number {
  const { state, mm, vma, pageState } = situation;
  const pfn = pteOffset(mm.pageTable, page)?.pfn ?? -1;
  const mapped = pageFolio(state.folios, pfn);
  if (mapped !== undefined && (mapped.bits & FOLIO.SHMEM) !== 0) return pfn;
  if (pageState === 'file_cached_not_mapped') return newCachedPage(situation);
  if (pageState === 'written_then_MADV_DONTNEED') return droppedPage(situation);
  if (mapped === undefined && pageState.endsWith('_populated')) {
    throw new NotModelled(`shmem pages ${pageState} that are not mapped`);
  }
  if (mapped !== undefined && vma.shared) throw new NotModelled('a private page in a shared mapping');
  return -1;
}

/** A page that a write() has put into the page cache and that is mapped nowhere. */
function newCachedPage({ state, mm }: Situation): number {
  const bits = FOLIO.SHMEM | FOLIO.DIRTY | (state.movable ? FOLIO.MOVABLE_ZONE : 0);
  const batch = state.tasks[0]?.mm === mm.index ? 0 : BATCH_UNKNOWN;
  return addFolio(state.folios, newFolio({ bits, ref: 2, batch }));
}

/** A page that was mapped: taking its entry away has drained the folio batches of its CPU. */
function droppedPage({ state }: Situation): number {
  const bits = FOLIO.SHMEM | FOLIO.DIRTY | (state.movable ? FOLIO.MOVABLE_ZONE : 0);
  return addFolio(state.folios, newFolio({ bits, ref: 1 }));
}

/** An entry that maps a page of the file, which was read or, in a shared mapping, written through it. */
export function shmemPte(situation: Situation): Pte {
  const { state, vma, pageState } = situation;
  const written = pageState === 'write_populated';
  const pfn = newCachedPage(situation);
  const folio = pageFolio(state.folios, pfn);
  if (folio !== undefined) {
    folio.ref += 1;
    folio.map = 1;
  }
  const dirty = written ? PTE.DIRTY | (vma.write ? PTE.WRITE : 0) : 0;
  return { ...nonePte(), bits: mkPte(vma) | dirty, pfn };
}
