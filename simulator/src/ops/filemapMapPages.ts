/** do_fault_around() of mm/memory.c and filemap_map_pages() of mm/filemap.c: a read maps what the page cache has there. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import {
  type File,
  folioAddRmapPte,
  linearPageIndex,
  pageFolio,
  pteAlloc,
  pteNone,
  pteOffset,
  userfaultfdMinor,
  userfaultfdWp,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { fileOf } from './driverHandlers.js';
import { mkPte } from './newFolio.js';

/** fault_around_bytes in pages: those of one aligned window are mapped at once. */
const FAULT_AROUND_PAGES = 16;

/**
 * VM_FAULT_NOPAGE if the page wanted was among those that it mapped, else 0: ->fault is asked, as it is at once where a
 * userfaultfd wants to hear of each page (uffd_disable_fault_around()).
 */
export function* filemapMapPages(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  if (userfaultfdMinor(vma) !== null || userfaultfdWp(vma) !== null) return 0;
  const { mm } = machine;
  const file = fileOf(machine, vma);
  for (const around of cachedPages(machine, vma, file, page)) {
    const pfn = file.pages[linearPageIndex(vma, around)] ?? -1;
    const folio = pageFolio(machine.state.folios, pfn);
    const pte = pteAlloc(mm.pageTable, around);
    if (folio === undefined || !pteNone(pte)) continue;
    pte.pfn = pfn;
    pte.bits = mkPte(vma);
    folioAddRmapPte(folio, pfn);
    folio.ref += 1;
  }
  const mapped = pteOffset(mm.pageTable, page);
  const found = mapped !== null && !pteNone(mapped);
  const text = found ? 'maps the page from the page cache' : 'the page is not in the page cache';
  yield { routine: 'filemap_map_pages', text, faultFlags: flags, page };
  return found ? VM_FAULT.NOPAGE : 0;
}

/**
 * Pages of the window that are in the page cache, none of them behind the end of the file. From v6.18 on (commit
 * 74207de2ba10) no table is installed if the first of them is the last page of the file, and so nothing mapped; tmpfs is excepted.
 */
function cachedPages(machine: Machine, vma: Vma, file: File, page: number): readonly number[] {
  const window = page - (page & (FAULT_AROUND_PAGES - 1));
  const end = Math.min(vma.end, window + FAULT_AROUND_PAGES);
  const found: number[] = [];
  for (let around = Math.max(vma.start, window); around < end; around++) {
    const index = linearPageIndex(vma, around);
    if (index < file.size && (file.pages[index] ?? -1) >= 0) found.push(around);
  }
  const first = found[0];
  if (first === undefined || vma.ops === 'shmem' || !machine.behaviour.switches.mapPagesNotAcrossEof)
    return found;
  const hasTable = pteOffset(machine.mm.pageTable, page) !== null;
  return hasTable || linearPageIndex(vma, first) + 1 < file.size ? found : [];
}
