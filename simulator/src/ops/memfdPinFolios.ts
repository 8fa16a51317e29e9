/** memfd_pin_folios() of mm/gup.c (v6.11): pins what a memfd has in its page cache, without an address. */

import { EINVAL, ENOMEM } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { type File, headPage, hugePageStart, PTRS_PER_PTE, pageFolio, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { checkAndMigrateMovablePages } from './checkAndMigrateMovablePages.js';
import { fileOf } from './driverHandlers.js';
import { newCachedHugetlbFolio } from './hugetlbFolio.js';
import { lruAddDrain, newShmemFolio } from './newFolio.js';
import { gupPutFolio, tryGrabFolio } from './tryGrabFolio.js';
import type { GupArguments } from './wrappers.js';

const ROUTINE = 'memfd_pin_folios';

/**
 * Number of folios pinned, each once, or an error. The range is that of the file which the pages asked for map; what
 * of it is not in the page cache is allocated, outside ZONE_MOVABLE.
 */
export function* memfdPinFolios(machine: Machine, call: GupArguments): Op<number> {
  const { start, nr, pages, flags } = call;
  const vma = vmaLookup(machine.mm, start);
  if (vma === null || pages === null || flags !== 0) throw new NotModelled(`these arguments of ${ROUTINE}()`);
  if (vma.ops === 'none') throw new NotModelled(`${ROUTINE}() of memory without a file`);
  const hugetlb = vma.ops === 'hugetlb';
  const file = fileOf(machine, vma);
  const first = start - vma.start + vma.pgoff;
  const refused = (vma.ops !== 'shmem' && !hugetlb) || nr === 0 || first + nr > file.size;
  if (refused) {
    yield { routine: ROUTINE, text: '-EINVAL: no memfd, an empty range, or one beyond the end of the file' };
    return -EINVAL;
  }
  const { current } = machine;
  const step = hugetlb ? PTRS_PER_PTE : 1;
  current.memallocPin = true;
  for (;;) {
    pages.length = 0;
    for (let index = hugetlb ? hugePageStart(first) : first; index < first + nr; index += step) {
      const pfn: number = yield* pinFolio(machine, file, index, hugetlb);
      if (pfn < 0) return unpinAll(machine, pages);
      pages.push(pfn);
    }
    if ((yield* checkAndMigrateMovablePages(machine, pages)) === 0) break;
  }
  current.memallocPin = false;
  return pages.length;
}

/** unpin_folios(), and the error for a page that could not be allocated. */
function unpinAll(machine: Machine, pages: number[]): number {
  for (const pfn of pages.splice(0)) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio !== undefined) gupPutFolio(machine, folio, FOLL.PIN);
  }
  machine.current.memallocPin = false;
  return -ENOMEM;
}

/** Pins the folio of the file at `index`; its first page, -1 if it cannot be allocated. */
function* pinFolio(machine: Machine, file: File, index: number, hugetlb: boolean): Op<number> {
  const cached = file.pages[index] ?? -1;
  let pfn = headPage(cached);
  if (cached < 0) {
    pfn = hugetlb ? newCachedHugetlbFolio(machine, file, index) : newShmemFolio(machine);
    const text = pfn < 0 ? 'has no page' : 'puts a new page into the page cache';
    yield { routine: 'memfd_alloc_folio', text };
    if (pfn < 0) return pfn;
    file.pages[index] = pfn;
  }
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined) throw new NotModelled('a page cache that names no known folio');
  const taken = tryGrabFolio(machine, folio, FOLL.PIN);
  // folio_batch_release() of the folios that were looked up drains the folio batches of this CPU.
  lruAddDrain(machine);
  yield { routine: ROUTINE, text: taken };
  return pfn;
}
