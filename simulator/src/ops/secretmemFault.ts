/** secretmem_fault() of mm/secretmem.c: a page of memfd_secret(), which is taken out of the kernel's own mapping. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { linearPageIndex, pageFolio, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { fileOf, type Handled } from './driverHandlers.js';
import { newShmemFolio } from './newFolio.js';

/** The page, locked; one that is not in the page cache is allocated. */
export function* secretmemFault(machine: Machine, vma: Vma, page: number, flags: number): Op<Handled> {
  const { pages } = fileOf(machine, vma);
  const index = linearPageIndex(vma, page);
  let pfn = pages[index] ?? -1;
  const missing = pfn < 0;
  if (missing) {
    pfn = newShmemFolio(machine);
    pages[index] = pfn;
  }
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio !== undefined) folio.ref += 1;
  yield {
    routine: 'secretmem_fault',
    text: missing
      ? 'allocates a page and takes it out of the direct map'
      : 'finds the page in the page cache',
    faultFlags: flags,
    page,
  };
  return { ret: VM_FAULT.LOCKED, pfn };
}
