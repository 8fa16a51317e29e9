/** shmem_fault() of mm/shmem.c: a page of tmpfs, a memfd or shared anonymous memory. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import {
  linearPageIndex,
  pageFolio,
  userfaultfdMinor,
  userfaultfdMissing,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { fileOf, type Handled } from './driverHandlers.js';
import { handleUserfault } from './handleUserfault.js';
import { newShmemFolio } from './newFolio.js';

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
  if (folio !== undefined) folio.ref += 1;
  yield {
    routine: 'shmem_fault',
    text: hole ? 'fills the hole with a new page' : 'finds the page in the page cache',
    faultFlags: flags,
    page,
  };
  return { ret: VM_FAULT.LOCKED, pfn };
}
