/** do_huge_pmd_anonymous_page() of mm/huge_memory.c: the first touch of a range that may have a huge page. */

import { FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import {
  addFolio,
  FOLIO,
  hugePageStart,
  isHugeZeroFolio,
  newFolio,
  nonePte,
  PTE,
  PTE_MKDIRTY,
  PTRS_PER_PTE,
  type Pte,
  pmdAlloc,
  pteNone,
  type State,
  setPageAnonExclusive,
  userfaultfdMissing,
  type Vma,
  vmaIsAnonymous,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { handleUserfault } from './handleUserfault.js';
import { lruAddDrain, maybeMkwrite, mkPte, zoneBits } from './newFolio.js';
import { vmfAnonPrepare } from './vmfAnonPrepare.js';

/**
 * thp_vma_allowable_order() and thp_vma_suitable_order(): the range lies inside an anonymous vma with VM_HUGEPAGE. Without
 * that flag small pages are taken, as with "madvise" in /sys/kernel/mm/transparent_hugepage/enabled.
 */
export function thpAllowed(vma: Vma, page: number): boolean {
  const start = hugePageStart(page);
  return vma.hugepage && vmaIsAnonymous(vma) && vma.start <= start && start + PTRS_PER_PTE <= vma.end;
}

/** A VM_FAULT_ mask. A read maps the huge zero page, a write a new huge page, of which there are enough. */
export function* doHugePmdAnonymousPage(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const routine = 'do_huge_pmd_anonymous_page';
  const ret = yield* vmfAnonPrepare(machine, vma, flags);
  if (ret !== 0) return ret;
  const uffd = userfaultfdMissing(vma);
  if (uffd !== null) return yield* handleUserfault(machine, vma, uffd, page, flags);
  const write = (flags & FAULT.WRITE) !== 0;
  const pmd = pmdAlloc(machine.mm.pageTable, page);
  if ((pmd.huge !== null && !pteNone(pmd.huge)) || pmd.ptes !== null) {
    yield { routine, text: 'the entry has changed: leaves it', faultFlags: flags, page };
    return 0;
  }
  pmd.huge = write ? newHugeEntry(machine, vma) : hugeZeroEntry(machine, vma);
  const text = write ? 'maps a new huge page, exclusive' : 'maps the huge zero page, read-only';
  yield { routine, text, faultFlags: flags, page };
  return 0;
}

/** An entry for a new huge page: map_anon_folio_pmd(). */
export function newHugeEntry(machine: Machine, vma: Vma): Pte {
  const bits = mkPte(vma) | PTE_MKDIRTY | maybeMkwrite(vma);
  return { ...nonePte(), bits, pfn: newHugeFolio(machine) };
}

/** set_huge_zero_folio() */
function hugeZeroEntry({ state, behaviour }: Machine, vma: Vma): Pte {
  const special = behaviour.switches.hugeZeroSpecial ? PTE.SPECIAL : 0;
  return { ...nonePte(), bits: mkPte(vma) | special, pfn: hugeZeroPage(state) };
}

/** mm_get_huge_zero_folio(): its first page. How many mms use it is counted outside the folio. */
export function hugeZeroPage(state: State): number {
  const known = state.folios.findIndex(isHugeZeroFolio);
  if (known >= 0) return known * PTRS_PER_PTE;
  return addFolio(state.folios, newFolio({ bits: FOLIO.ZERO_PAGE, order: 9, ref: 1 }));
}

/** A folio of order 9, mapped once; the folio batch is drained as soon as a large one is added to it. */
function newHugeFolio(machine: Machine): number {
  lruAddDrain(machine);
  const bits = FOLIO.ANON | zoneBits(machine);
  const folio = newFolio({ bits, order: 9, ref: 1, map: 1, entireMap: 1 });
  if (machine.behaviour.switches.anonExclusive) setPageAnonExclusive(folio, 0);
  return addFolio(machine.state.folios, folio);
}
