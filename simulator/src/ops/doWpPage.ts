/** do_wp_page() and wp_page_copy() of mm/memory.c, for anonymous pages and the zero page. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import { isForeign, type Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  BATCH_NONE,
  FOLIO,
  type Folio,
  folioRemoveRmapPte,
  headPage,
  mappingsOf,
  PTE,
  PTE_MKDIRTY,
  type Pte,
  pageAnonExclusive,
  pageContents,
  pageFolio,
  pteSame,
  userfaultfdWp,
  type Vma,
  writePage,
  ZEROES,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { folioFreeSwap, swapCount } from './folioFreeSwap.js';
import { sharedByMapcount } from './followPagePte.js';
import { handleUserfault, userfaultfdWpAsync } from './handleUserfault.js';
import { lruAddDrain, markAnonExclusive, maybeMkwrite, mkPte, newAnonFolio } from './newFolio.js';
import { vmfAnonPrepare } from './vmfAnonPrepare.js';
import { wpPageShared } from './wpPageShared.js';

/**
 * A VM_FAULT_ mask: a write to, or an unshare of, a page that is mapped read-only. Up to v6.1 VM_FAULT_WRITE tells that
 * COW was broken.
 */
export function* doWpPage(machine: Machine, vma: Vma, pte: Pte, page: number, flags: number): Op<number> {
  const { switches } = machine.behaviour;
  const unshare = (flags & FAULT.UNSHARE) !== 0;
  // userfaultfd_pte_wp()
  const uffd = !unshare && (pte.bits & PTE.UFFD_WP) !== 0 ? userfaultfdWp(vma) : null;
  if (uffd !== null && !userfaultfdWpAsync(uffd))
    return yield* handleUserfault(machine, vma, uffd, page, flags, 'wp');
  if (uffd !== null) pte.bits &= ~PTE.UFFD_WP;
  const folio = pageFolio(machine.state.folios, pte.pfn);
  if (folio === undefined)
    throw new NotModelled('a write-protect fault on an entry that maps no known folio');
  if (vma.shared) return yield* wpPageShared(machine, vma, pte, folio, page, flags);
  // __wp_page_copy_user() copies such a page from its address, of whatever the running task has there.
  const pageFrame = (pte.bits & PTE.SPECIAL) !== 0 && (folio.bits & FOLIO.ZERO_PAGE) === 0;
  if (pageFrame && isForeign(machine))
    throw new NotModelled("copy on write of a page frame without struct page in another process's mm");
  const written = !unshare && switches.vmFaultWrite ? VM_FAULT.WRITE : 0;
  if (unshare && switches.unshareByMapcount) {
    if (sharedByMapcount(folio, pte.pfn)) return yield* wpPageCopy(machine, vma, pte, page, flags, 0);
    yield { routine: 'do_wp_page_unshare', text: 'nobody else maps the page', faultFlags: flags, page };
    return 0;
  }
  if ((folio.bits & FOLIO.ANON) === 0) {
    if (unshare && !switches.unshareFaultAnyPage) {
      yield { routine: 'do_wp_page', text: 'no anonymous page: nothing to unshare', faultFlags: flags, page };
      return 0;
    }
  } else if (switches.wpReuseByMapcount && folio.locked >= 0) {
    const wait = { lock: 'folio', pfn: pte.pfn } as const;
    folio.ref += 1;
    yield {
      routine: 'lock_page',
      text: 'waits for the page lock, then looks again',
      faultFlags: flags,
      page,
      wait,
    };
    folio.ref -= 1;
    return 0;
  } else if (pageAnonExclusive(folio, pte.pfn) || canReuse(machine, folio, pte.pfn)) {
    markAnonExclusive(machine, folio, pte.pfn);
    if (!unshare) pte.bits |= PTE.YOUNG | PTE_MKDIRTY | maybeMkwrite(vma);
    yield {
      routine: unshare ? 'do_wp_page' : 'wp_page_reuse',
      text: unshare
        ? 'the page is ours alone: marks it exclusive'
        : 'the page is ours alone: maps it writable',
      faultFlags: flags,
      page,
    };
    return written;
  }
  return yield* wpPageCopy(machine, vma, pte, page, flags, written);
}

/**
 * wp_can_reuse_anon_folio(): nobody but this mapping (and the swap cache) holds the folio. Up to v5.8 only mappings count
 * (reuse_swap_page()), from v5.9 (commit 09854ba94c6a) to v5.17 the page count alone; since, what batches and swap cache hold is let go of first.
 */
function canReuse(machine: Machine, folio: Folio, pfn: number): boolean {
  const { switches } = machine.behaviour;
  if (folio.order > 0) return canReuseLarge(machine, folio, pfn);
  if (switches.wpReuseByMapcount) return reuseSwapPage(machine, folio, pfn);
  if ((folio.bits & FOLIO.KSM) !== 0) return false;
  if (switches.wpReuseByPageCount && !switches.wpReuseLeavesSwapCache)
    return folio.ref === 1 && folio.map === 1;
  const swapcache = (folio.bits & FOLIO.SWAPCACHE) !== 0;
  const batched = folio.batch !== BATCH_NONE;
  const most = switches.wpReuseAllowsForBatchAndCache ? 1 + (batched ? 1 : 0) + (swapcache ? 1 : 0) : 3;
  if (folio.ref > most) return false;
  if (batched) lruAddDrain(machine);
  if (folio.ref > (swapcache ? 2 : 1)) return false;
  if (swapcache) folioFreeSwap(machine.state, folio, pfn);
  return folio.ref === 1;
}

/**
 * A page of a huge page that is mapped by small entries. From v6.15 __wp_can_reuse_large_anon_folio() asks whether all
 * references are mappings of this mm; before, from v5.9 on, a reference for any other of its pages is in the way.
 */
function canReuseLarge(machine: Machine, folio: Folio, pfn: number): boolean {
  const { wpReusesLargeFolio, wpReuseByMapcount, wpLeavesLargeFolio } = machine.behaviour.switches;
  if ((folio.bits & FOLIO.SWAPCACHE) !== 0) throw new NotModelled('a huge page in the swap cache');
  if (wpReusesLargeFolio) {
    const ours = mappingsOf(machine.mm, headPage(pfn));
    return folio.map > 1 && folio.map === folio.ref && ours === folio.map;
  }
  // page_trans_huge_mapcount(): of the page that is mapped most.
  if (wpReuseByMapcount) return Math.max(0, ...folio.pageMap) + folio.entireMap <= 1;
  return !wpLeavesLargeFolio && folio.ref === 1;
}

/** reuse_swap_page() of mm/swapfile.c: one mapping or swap entry, whoever else holds the page. */
function reuseSwapPage({ state, behaviour }: Machine, folio: Folio, head: number): boolean {
  if ((folio.bits & FOLIO.KSM) !== 0) {
    // reuse_ksm_page() takes it out of the stable tree.
    if (!behaviour.switches.wpReusesKsm || folio.ref !== 1 || folio.map !== 1) return false;
    folio.bits &= ~FOLIO.KSM;
    return true;
  }
  if (folio.map + swapCount(state, folio, head) > 1) return false;
  folioFreeSwap(state, folio, head);
  return true;
}

/**
 * A VM_FAULT_ mask: `written`, 0 if the entry has changed while the page was copied, or VM_FAULT_RETRY if the fault has to be
 * made again under mmap_lock. The page that is copied is held meanwhile.
 */
function* wpPageCopy(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  page: number,
  flags: number,
  written: number,
): Op<number> {
  const { folios } = machine.state;
  const routine = 'wp_page_copy';
  const unshare = (flags & FAULT.UNSHARE) !== 0;
  const seen = { ...pte };
  const old = pageFolio(folios, seen.pfn);
  // vm_normal_page(): neither the zero page nor a page frame without struct page is counted.
  const counted = old !== undefined && (seen.bits & PTE.SPECIAL) === 0 && (old.bits & FOLIO.ZERO_PAGE) === 0;
  if (counted) old.ref += 1;
  const unlocked = yield* vmfAnonPrepare(machine, vma, flags);
  if (unlocked !== 0) {
    if (counted) old.ref -= 1;
    return unlocked;
  }
  const value = pageContents(folios, seen.pfn);
  yield { routine: '__wp_page_copy_user', text: 'copies the page', faultFlags: flags, page };
  if (counted) old.ref -= 1;
  if (machine.behaviour.switches.wpCopyRechecksEntry && !pteSame(pte, seen)) {
    yield { routine, text: 'the entry has changed: drops the copy', faultFlags: flags, page };
    return 0;
  }
  pte.pfn = newAnonFolio(machine, vma);
  if (value !== ZEROES) writePage(folios, pte.pfn, value);
  const kept = unshare ? pte.bits & PTE.UFFD_WP : PTE_MKDIRTY | maybeMkwrite(vma);
  pte.bits = mkPte(vma) | kept;
  if (counted) {
    folioRemoveRmapPte(old, seen.pfn);
    old.ref -= 1;
    // folio_free_swap() once nothing maps it
    if (old.map === 0) folioFreeSwap(machine.state, old, headPage(seen.pfn));
  }
  const text = unshare ? 'maps the copy, exclusive, read-only' : 'maps the copy, exclusive';
  yield { routine, text, faultFlags: flags, page };
  return written;
}
