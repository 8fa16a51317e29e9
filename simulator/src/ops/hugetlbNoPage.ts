/** hugetlb_no_page() of mm/hugetlb.c: the first touch of a huge page. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  type File,
  hugePageStart,
  linearPageIndex,
  nonePte,
  type Pmd,
  PTE,
  PTRS_PER_PTE,
  pageFolio,
  pmdAlloc,
  pteNone,
  userfaultfdMinor,
  userfaultfdMissing,
  type Vma,
  writePage,
  ZEROES,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { fileOf } from './driverHandlers.js';
import { handleUserfault } from './handleUserfault.js';
import { countHugeMapping, makeHugePte, newAnonHugetlbFolio, newCachedHugetlbFolio } from './hugetlbFolio.js';
import { hugetlbWp } from './hugetlbWp.js';
import { ptLock, ptUnlock } from './pageTableLock.js';
import { vmfAnonPrepare } from './vmfAnonPrepare.js';

const ROUTINE = 'hugetlb_no_page';

/**
 * A VM_FAULT_ mask. The page comes from the page cache, unless a minor-mode userfaultfd is to say so; one that is not
 * there is asked of a missing-mode one, else taken from the pool: into the page cache for a shared mapping, as an
 * anonymous page for a private one.
 */
export function* hugetlbNoPage(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const file = fileOf(machine, vma);
  const head = hugePageStart(page);
  const index = linearPageIndex(vma, head);
  const missing = (file.pages[index] ?? -1) < 0;
  if (missing && index >= file.size) {
    yield { routine: ROUTINE, text: 'beyond the end of the file: SIGBUS', faultFlags: flags, page };
    return VM_FAULT.SIGBUS;
  }
  const uffd = missing ? userfaultfdMissing(vma) : userfaultfdMinor(vma);
  if (uffd !== null) return yield* handleUserfault(machine, vma, uffd, page, flags);
  if (missing && !vma.shared) {
    const retry = yield* vmfAnonPrepare(machine, vma, flags);
    if (retry !== 0) return retry;
  }
  // hugetlb_fault_mutex_table keeps a second fault on the page away from where this one has begun; it is not in the state.
  if (mapped(pmdAlloc(machine.mm.pageTable, page))) {
    yield { routine: ROUTINE, text: 'the entry has changed: leaves it', faultFlags: flags, page };
    return 0;
  }
  const pfn = missing && !vma.shared ? newAnonHugetlbFolio(machine) : mapCached(machine, file, index);
  if (pfn < 0) {
    yield { routine: ROUTINE, text: 'the pool has no page for it: SIGBUS', faultFlags: flags, page };
    return VM_FAULT.SIGBUS;
  }
  const pmd = pmdAlloc(machine.mm.pageTable, page);
  pmd.huge = { ...nonePte(), bits: makeHugePte(vma, vma.write && vma.shared), pfn };
  const text = missing ? 'maps a page of the pool' : 'maps the page from the page cache';
  const copies = (flags & FAULT.WRITE) !== 0 && !vma.shared;
  // hugetlb_wp() is called with the page-table lock that the entry was set under.
  if (copies) ptLock(machine);
  yield { routine: ROUTINE, text, faultFlags: flags, page };
  if (!copies) return 0;
  ptUnlock(machine);
  return yield* hugetlbWp(machine, vma, pmd.huge, head, flags);
}

/** The page of the file at `index`, which is mapped once more; one that is not in the page cache is put there. -1: none. */
function mapCached(machine: Machine, file: File, index: number): number {
  const cached = file.pages[index] ?? -1;
  const pfn = cached < 0 ? newCachedHugetlbFolio(machine, file, index) : cached;
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined) return pfn;
  folio.ref += 1;
  countHugeMapping(folio, 1);
  return pfn;
}

/**
 * hugetlb_mfill_atomic_pte(), hugetlb_mcopy_atomic_pte() of UFFDIO_COPY: fills the whole huge page with `value`. The entry is dirty,
 * and writable in a private mapping too.
 */
export function hugetlbMfillCopy(machine: Machine, vma: Vma, page: number, value: string): void {
  const pmd = pmdAlloc(machine.mm.pageTable, page);
  const file = fileOf(machine, vma);
  const index = linearPageIndex(vma, hugePageStart(page));
  const there = vma.shared && (file.pages[index] ?? -1) >= 0;
  if (there || mapped(pmd)) throw new NotModelled('a userfaultfd answer for a page that is there');
  const pfn = vma.shared ? mapCached(machine, file, index) : newAnonHugetlbFolio(machine);
  if (pfn < 0) throw new NotModelled('a userfaultfd answer for which the pool has no page');
  for (let i = 0; value !== ZEROES && i < PTRS_PER_PTE; i++) writePage(machine.state.folios, pfn + i, value);
  pmd.huge = { ...nonePte(), bits: makeHugePte(vma, vma.write) | PTE.DIRTY, pfn };
}

/** The same of UFFDIO_CONTINUE: maps the page of the page cache, in a private mapping read-only. */
export function hugetlbMfillContinue(machine: Machine, vma: Vma, page: number): void {
  const pmd = pmdAlloc(machine.mm.pageTable, page);
  const file = fileOf(machine, vma);
  const index = linearPageIndex(vma, hugePageStart(page));
  if ((file.pages[index] ?? -1) < 0 || mapped(pmd))
    throw new NotModelled('UFFDIO_CONTINUE of a page that is mapped, or not cached');
  const pfn = mapCached(machine, file, index);
  pmd.huge = { ...nonePte(), bits: makeHugePte(vma, vma.write && vma.shared) | PTE.DIRTY, pfn };
}

function mapped({ huge }: Pmd): boolean {
  return huge !== null && !pteNone(huge);
}
