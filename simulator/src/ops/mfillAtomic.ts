/** mfill_atomic() of mm/userfaultfd.c: what UFFDIO_COPY, UFFDIO_ZEROPAGE and UFFDIO_CONTINUE put into a page table. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  isVmHugetlbPage,
  linearPageIndex,
  nonePte,
  PTE,
  PTE_MKDIRTY,
  pageFolio,
  pteAlloc,
  pteNone,
  type Vma,
  writePage,
  ZEROES,
} from '../state/index.js';
import { fileOf } from './driverHandlers.js';
import { hugetlbMfillContinue, hugetlbMfillCopy } from './hugetlbNoPage.js';
import { maybeMkwrite, mkPte, newAnonFolio, newShmemFolio } from './newFolio.js';
import { isUffdWpMarker } from './setMissingPte.js';

/** MFILL_ATOMIC_COPY: a new page that holds `value`; the entry is dirty, and writable where the mapping is. */
export function mfillAtomicCopy(machine: Machine, vma: Vma, page: number, value: string): void {
  if (isVmHugetlbPage(vma)) {
    hugetlbMfillCopy(machine, vma, page, value);
    return;
  }
  const pfn = vma.shared ? cachedFolio(machine, vma, page) : newAnonFolio(machine, vma);
  if (value !== ZEROES) writePage(machine.state.folios, pfn, value);
  fill(machine, page, pfn, mkPte(vma) | PTE_MKDIRTY | maybeMkwrite(vma));
}

/** MFILL_ATOMIC_ZEROPAGE: of shared memory a page of zeroes in the page cache (shmem_mfill_atomic_pte()). */
export function mfillAtomicZeropage(machine: Machine, vma: Vma, page: number): void {
  if (isVmHugetlbPage(vma)) throw new NotModelled('UFFDIO_ZEROPAGE in hugetlb, which fails');
  if (vma.shared) mfillAtomicCopy(machine, vma, page, ZEROES);
  else fill(machine, page, machine.state.zeroPage, mkPte(vma) | PTE.SPECIAL);
}

/** MFILL_ATOMIC_CONTINUE: maps the page of the page cache; in a private mapping it stays read-only. */
export function mfillAtomicContinue(machine: Machine, vma: Vma, page: number): void {
  if (isVmHugetlbPage(vma)) {
    hugetlbMfillContinue(machine, vma, page);
    return;
  }
  const pfn = fileOf(machine, vma).pages[linearPageIndex(vma, page)] ?? -1;
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined) throw new NotModelled('UFFDIO_CONTINUE of a page that is not cached');
  folio.ref += 1;
  folio.map += 1;
  const writable = vma.shared ? maybeMkwrite(vma) : 0;
  fill(machine, page, pfn, (mkPte(vma) & ~PTE.WRITE) | PTE.DIRTY | writable);
}

/** A new page in the page cache, which the entry maps. */
function cachedFolio(machine: Machine, vma: Vma, page: number): number {
  const pfn = newShmemFolio(machine);
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio !== undefined) {
    folio.ref += 1;
    folio.map = 1;
  }
  fileOf(machine, vma).pages[linearPageIndex(vma, page)] = pfn;
  return pfn;
}

function fill(machine: Machine, page: number, pfn: number, bits: number): void {
  const pte = pteAlloc(machine.mm.pageTable, page);
  // A marker is no page (pte_none_mostly()), and what is filled is not protected.
  if (!pteNone(pte) && !isUffdWpMarker(pte))
    throw new NotModelled('a userfaultfd answer for a page that is there');
  Object.assign(pte, { ...nonePte(), pfn, bits });
}
