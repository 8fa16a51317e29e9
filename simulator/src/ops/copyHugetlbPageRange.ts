/** copy_hugetlb_page_range() of mm/hugetlb.c: fork() of a mapping of huge pages. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  copyFolioContents,
  FOLIO,
  hugePageStart,
  type Mm,
  nonePte,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pageFolio,
  pmdAlloc,
  pmdOffset,
  pteNone,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { countHugeMapping, makeHugePte, newAnonHugetlbFolio } from './hugetlbFolio.js';
import { mustCopyHugetlb } from './mustCopy.js';

const ROUTINE = 'copy_hugetlb_page_range';

/** Copies the entries of `vma` into the child's mapping `copy`; the caller counts write_protect_seq. */
export function* copyHugetlbPageRange(machine: Machine, child: Mm, copy: Vma, vma: Vma): Op<void> {
  for (let page = hugePageStart(vma.start); page < vma.end; page += PTRS_PER_PTE) {
    const entry = pmdOffset(machine.mm.pageTable, page)?.huge ?? null;
    if (entry !== null && !pteNone(entry)) yield* copyEntry(machine, child, copy, vma, entry, page);
  }
}

function* copyEntry(machine: Machine, child: Mm, copy: Vma, vma: Vma, entry: Pte, page: number): Op<void> {
  const pmd = pmdAlloc(child.pageTable, page);
  if ((entry.bits & PTE.PRESENT) === 0) {
    pmd.huge = { ...entry, bits: entry.bits & ~PTE.UFFD_WP };
    yield { routine: ROUTINE, text: 'copies an entry that is not present', page };
    return;
  }
  const folio = pageFolio(machine.state.folios, entry.pfn);
  if (folio === undefined) throw new NotModelled('a huge entry that maps no known folio');
  const anon = (folio.bits & FOLIO.ANON) !== 0;
  if (anon && (yield* mustCopyHugetlb(machine, folio, entry.pfn, page))) {
    const pfn = newAnonHugetlbFolio(machine);
    const installed = pageFolio(machine.state.folios, pfn);
    if (installed === undefined) throw new NotModelled('a copy of a huge page for which the pool has none');
    copyFolioContents(folio, installed);
    pmd.huge = { ...nonePte(), bits: makeHugePte(copy, true), pfn };
    yield { routine: 'hugetlb_install_folio', text: 'the page may be pinned: copies it for the child', page };
    return;
  }
  folio.ref += 1;
  countHugeMapping(folio, 1);
  if (!vma.shared && vma.mayWrite) entry.bits &= ~PTE.WRITE;
  pmd.huge = { ...nonePte(), bits: entry.bits & ~PTE.UFFD_WP, pfn: entry.pfn };
  yield { routine: ROUTINE, text: 'shares the huge page with the child', page };
}
