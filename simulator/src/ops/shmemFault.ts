/** shmem_fault() and filemap_map_pages() on shmem: tmpfs, memfd and shared anonymous memory. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  BATCH_UNKNOWN,
  type Folio,
  linearPageIndex,
  pageFolio,
  pteAlloc,
  pteNone,
  pteOffset,
  userfaultfdMinor,
  userfaultfdMissing,
  userfaultfdWp,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { fileOf, type Handled } from './driverHandlers.js';
import { handleUserfault } from './handleUserfault.js';
import { mkPte, newShmemFolio } from './newFolio.js';

/**
 * do_fault_around(): maps what the page cache holds around the fault; NOPAGE if the page wanted was among it. Not where a
 * userfaultfd wants to hear of each page (uffd_disable_fault_around()).
 */
export function* shmemMapPages(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  if (userfaultfdMinor(vma) !== null || userfaultfdWp(vma) !== null) return 0;
  const { state, mm, range } = machine;
  const file = fileOf(machine, vma);
  const end = Math.min(vma.end, vma.start + file.pages.length - vma.pgoff);
  for (let around = vma.start; around < end; around++) {
    const index = linearPageIndex(vma, around);
    const cached = index < file.size ? (file.pages[index] ?? -1) : -1;
    const folio = pageFolio(state.folios, cached);
    if (folio === undefined) continue;
    const pte = pteAlloc(mm.pageTable, around);
    if (!pteNone(pte)) continue;
    // Of a page that nobody looks at the count does not matter.
    if (around >= range.shown && around < range.shown + range.pages) countKnown(folio);
    pte.pfn = cached;
    pte.bits = mkPte(vma);
    folio.map += 1;
    folio.ref += 1;
  }
  const mapped = pteOffset(mm.pageTable, page);
  const found = mapped !== null && !pteNone(mapped);
  const text = found ? 'maps the page from the page cache' : 'the page is not in the page cache';
  yield { routine: 'filemap_map_pages', text, faultFlags: flags, page };
  return found ? VM_FAULT.NOPAGE : 0;
}

/** shmem_fault(): the page, locked; a hole is filled, unless a missing-mode userfaultfd is to fill it; a minor-mode one is asked for the other pages. */
export function* shmemFault(machine: Machine, vma: Vma, page: number, flags: number): Op<Handled> {
  const file = fileOf(machine, vma);
  const index = linearPageIndex(vma, page);
  if (index >= file.size) {
    yield { routine: 'shmem_fault', text: 'beyond the end of the file: SIGBUS', faultFlags: flags, page };
    return { ret: VM_FAULT.SIGBUS, pfn: -1 };
  }
  let pfn = file.pages[index] ?? -1;
  const hole = pfn < 0;
  // userfaultfd_missing(), userfaultfd_minor()
  const uffd = hole ? userfaultfdMissing(vma) : userfaultfdMinor(vma);
  if (uffd !== null) return { ret: yield* handleUserfault(machine, vma, uffd, page, flags), pfn: -1 };
  if (hole) {
    pfn = newShmemFolio(machine);
    file.pages[index] = pfn;
  }
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio !== undefined) {
    countKnown(folio);
    folio.ref += 1;
  }
  yield {
    routine: 'shmem_fault',
    text: hole ? 'fills the hole with a new page' : 'finds the page in the page cache',
    faultFlags: flags,
    page,
  };
  return { ret: VM_FAULT.LOCKED, pfn };
}

function countKnown(folio: Folio): void {
  if (folio.batch !== BATCH_UNKNOWN) return;
  throw new NotModelled('whether a folio batch of another process still holds the page');
}
