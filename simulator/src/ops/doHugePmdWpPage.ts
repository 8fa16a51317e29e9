/** do_huge_pmd_wp_page() of mm/huge_memory.c: a write to, or an unshare of, a huge page that is mapped read-only. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  copyFolioContents,
  FOLIO,
  type Folio,
  folioRemoveRmapPmd,
  isHugeZeroFolio,
  type Pmd,
  PTE,
  PTE_MKDIRTY,
  type Pte,
  pageAnonExclusive,
  pageFolio,
  setPageAnonExclusive,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { newHugeEntry, thpAllowed } from './doHugePmdAnonymousPage.js';
import { maybeMkwrite } from './newFolio.js';
import { splitHugePmd } from './splitHugePmd.js';

/** A VM_FAULT_ mask, or null (VM_FAULT_FALLBACK): the entry was split, and the small one is to be handled. */
export function* doHugePmdWpPage(
  machine: Machine,
  vma: Vma,
  pmd: Pmd,
  huge: Pte,
  page: number,
  flags: number,
): Op<number | null> {
  const { switches } = machine.behaviour;
  const routine = 'do_huge_pmd_wp_page';
  const folio = pageFolio(machine.state.folios, huge.pfn);
  if (folio === undefined) throw new NotModelled('a huge entry that maps no known folio');
  // As it was proposed first, unsharing always splits the entry.
  const splits = switches.unshareByMapcount && (flags & FAULT.UNSHARE) !== 0;
  const reuses = !splits && canReuse(machine, huge, folio);
  const zero = isHugeZeroFolio(folio);
  if (!reuses && (switches.hugeCowCopiesWhole || (zero && switches.hugeZeroWriteAllocatesHuge))) {
    if (!thpAllowed(vma, page))
      throw new NotModelled('copy on write of a whole huge page outside MADV_HUGEPAGE');
    Object.assign(huge, newHugeEntry(machine, vma));
    const copy = pageFolio(machine.state.folios, huge.pfn);
    if (copy !== undefined) copyFolioContents(folio, copy);
    if (!zero) {
      folioRemoveRmapPmd(folio);
      folio.ref -= 1;
    }
    yield { routine, text: 'maps another huge page, exclusive', faultFlags: flags, page };
    return switches.vmFaultWrite ? VM_FAULT.WRITE : 0;
  }
  if (!reuses) {
    yield { routine, text: 'cannot be had alone: splits the huge entry', faultFlags: flags, page };
    yield* splitHugePmd(machine, vma, pmd, page);
    return null;
  }
  if (switches.anonExclusive) setPageAnonExclusive(folio, huge.pfn);
  const unshare = (flags & FAULT.UNSHARE) !== 0;
  if (!unshare) huge.bits |= PTE.YOUNG | PTE_MKDIRTY | maybeMkwrite(vma);
  const text = unshare
    ? 'the huge page is ours alone: marks it exclusive'
    : 'the huge page is ours alone: maps it writable';
  yield { routine, text, faultFlags: flags, page };
  return !unshare && switches.vmFaultWrite ? VM_FAULT.WRITE : 0;
}

/**
 * Whether the folio is this mapping's alone: it is exclusive, or nobody else refers to it. No folio batch holds a huge page:
 * the batches are drained as one is added (folio_add_lru()). Up to v5.17 only mappings count (reuse_swap_page()).
 */
function canReuse({ behaviour }: Machine, huge: Pte, folio: Folio): boolean {
  if (isHugeZeroFolio(folio)) return false;
  if (pageAnonExclusive(folio, huge.pfn)) return true;
  if ((folio.bits & FOLIO.SWAPCACHE) !== 0) throw new NotModelled('a huge page in the swap cache');
  return behaviour.switches.thpReuseByMapcount ? folio.map === 1 : folio.ref === 1;
}
