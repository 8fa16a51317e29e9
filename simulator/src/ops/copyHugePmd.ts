/** copy_huge_pmd() of mm/huge_memory.c: fork() of what a huge entry of anonymous memory maps. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  folioAddRmapPmd,
  isHugeZeroFolio,
  type Mm,
  nonePte,
  type Pmd,
  PTE,
  type Pte,
  pageFolio,
  pmdAlloc,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mustCopy } from './mustCopy.js';
import { splitHugePmd } from './splitHugePmd.js';

/**
 * Whether the child has the entry; false (-EAGAIN): the page may be pinned, so that the parent's entry was split and the small
 * ones are to be copied. Up to v5.8 (commit d042035eaf5f) a pin does not matter.
 */
export function* copyHugePmd(
  machine: Machine,
  child: Mm,
  vma: Vma,
  pmd: Pmd,
  huge: Pte,
  page: number,
): Op<boolean> {
  const routine = 'copy_huge_pmd';
  const folio = pageFolio(machine.state.folios, huge.pfn);
  if (folio === undefined || (huge.bits & PTE.PRESENT) === 0)
    throw new NotModelled('fork() of a huge entry that is being migrated');
  const zero = isHugeZeroFolio(folio);
  if (!zero && (yield* mustCopy(machine, folio, huge.pfn, page))) {
    yield { routine, text: 'the huge page may be pinned: leaves it to entries of PTE level', page };
    yield* splitHugePmd(machine, vma, pmd, page);
    return false;
  }
  if (!zero) {
    folio.ref += 1;
    folioAddRmapPmd(folio);
  }
  huge.bits &= ~PTE.WRITE;
  pmdAlloc(child.pageTable, page).huge = {
    ...nonePte(),
    bits: huge.bits & ~(PTE.YOUNG | PTE.UFFD_WP),
    pfn: huge.pfn,
  };
  yield { routine, text: 'shares the huge page with the child, read-only', page };
  return true;
}
