/** shmem_fault() and filemap_map_pages() on shmem: tmpfs, memfd and shared anonymous memory. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { type Folio, pteNone, type Vma } from '../state.js';
import type { Op } from '../trace.js';
import type { Handled } from './driverHandlers.js';
import { handleUserfault } from './handleUserfault.js';
import { mkPte, newShmemFolio } from './newFolio.js';

/** do_fault_around(): maps what the page cache holds around the fault; NOPAGE if the page wanted was among it. */
export function* shmemMapPages(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const { state } = machine;
  if (vma.beyondEof) {
    // The pages before the end of the file are cached: mapping them brings the page table.
    state.pageTable = true;
    yield {
      routine: 'filemap_map_pages',
      text: 'maps the pages before the end of the file',
      faultFlags: flags,
      page,
    };
    return 0;
  }
  for (let index = 0; index < Math.min(state.ptes.length, vma.pages); index++) {
    const pte = state.ptes[index];
    const cached = state.pageCache[index] ?? -1;
    const folio = state.folios[cached];
    if (pte === undefined || folio === undefined || !pteNone(pte)) continue;
    countKnown(folio);
    state.pageTable = true;
    pte.folio = cached;
    pte.bits = mkPte(vma);
    folio.map += 1;
    folio.ref += 1;
  }
  const mapped = state.ptes[page];
  const found = mapped !== undefined && !pteNone(mapped);
  const text = found ? 'maps the page from the page cache' : 'the page is not in the page cache';
  yield { routine: 'filemap_map_pages', text, faultFlags: flags, page };
  return found ? VM_FAULT.NOPAGE : 0;
}

/** shmem_fault(): the page, locked; a hole is filled, unless a missing-mode userfaultfd is to fill it. */
export function* shmemFault(machine: Machine, vma: Vma, page: number, flags: number): Op<Handled> {
  const { state } = machine;
  if (vma.beyondEof) {
    yield { routine: 'shmem_fault', text: 'beyond the end of the file: SIGBUS', faultFlags: flags, page };
    return { ret: VM_FAULT.SIGBUS, folio: -1 };
  }
  let index = state.pageCache[page] ?? -1;
  const hole = index < 0;
  if (hole && vma.uffd !== null) {
    return { ret: yield* handleUserfault(machine, vma, vma.uffd, page, flags), folio: -1 };
  }
  if (hole) {
    index = newShmemFolio(machine, 'caller');
    state.pageCache[page] = index;
  }
  const folio = state.folios[index];
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
  return { ret: VM_FAULT.LOCKED, folio: index };
}

function countKnown(folio: Folio): void {
  if (folio.batch !== 'unknown') return;
  throw new NotModelled('whether a folio batch of another process still holds the page');
}
