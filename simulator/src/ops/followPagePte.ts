/** follow_page_pte() of mm/gup.c: what an entry of PTE level gives without a fault. */

import { EEXIST, EFAULT, EINVAL, EMLINK } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  FOLIO,
  type Folio,
  folioPageIdx,
  PTE,
  type Pte,
  pageAnonExclusive,
  pageFolio,
  pteNone,
  type Vma,
  vmaIsAccessible,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { pteNeedsSoftDirtyWp } from './canChangePteWritable.js';
import { mlockVmaPage } from './mlockVmaPage.js';
import { NO_PAGE, noPageTable } from './noPageTable.js';
import { markPageAccessed, tryGrabFolio } from './tryGrabFolio.js';

/** The page (0 or more), NO_PAGE, or a negative error; -EMLINK asks for an unshare fault. */
export function* followPagePte(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  page: number,
  flags: number,
): Op<number> {
  const { result, text } = decide(machine, vma, pte, page, flags);
  yield { routine: 'follow_page_pte', text, gup: flags, page };
  return result;
}

interface Followed {
  readonly result: number;
  readonly text: string;
}

function decide(machine: Machine, vma: Vma, pte: Pte, page: number, flags: number): Followed {
  const { state, notes } = machine;
  const { switches } = machine.behaviour;
  if ((flags & (FOLL.PIN | FOLL.GET)) === (FOLL.PIN | FOLL.GET)) {
    notes.warned = true;
    return { result: -EINVAL, text: 'WARN: FOLL_GET and FOLL_PIN together; -EINVAL' };
  }
  if ((pte.bits & PTE.PRESENT) === 0) {
    if (!pteNone(pte)) return { result: NO_PAGE, text: 'the entry is not present: a swap entry' };
    const result = noPageTable(machine, vma, page, flags);
    return { result, text: result === NO_PAGE ? 'the entry is empty' : 'FOLL_DUMP: a hole, no fault for it' };
  }
  if ((pte.bits & PTE.PROTNONE) !== 0 && !gupCanFollowProtnone(machine, vma, flags)) {
    return { result: NO_PAGE, text: 'a NUMA-hint entry: a fault is needed' };
  }
  const folio = pageFolio(state.folios, pte.pfn);
  if (folio === undefined) throw new NotModelled('a present entry that maps no known folio');
  const zeroPage = (folio.bits & FOLIO.ZERO_PAGE) !== 0;
  if ((flags & FOLL.WRITE) !== 0 && !canFollowWritePte(machine, vma, pte, folio, flags)) {
    return { result: NO_PAGE, text: 'the entry is not writable: a write fault is needed' };
  }
  // A page of device memory is there for who takes it, and otherwise a mere page frame.
  const devmap = (pte.bits & PTE.DEVMAP) !== 0 && (flags & (FOLL.GET | FOLL.PIN)) !== 0;
  if ((pte.bits & PTE.SPECIAL) !== 0 && !zeroPage && !devmap) return followPfnPte(machine, pte, flags);
  if (zeroPage && (flags & FOLL.DUMP) !== 0) {
    return { result: -EFAULT, text: 'FOLL_DUMP: the zero page is left out' };
  }
  if ((pte.bits & PTE.WRITE) === 0 && gupMustUnshare(machine, vma, folio, pte.pfn, flags)) {
    return { result: -EMLINK, text: '-EMLINK: the page may be shared; a pin needs an exclusive one' };
  }
  const shared = (folio.bits & FOLIO.ANON) !== 0 && !pageAnonExclusive(folio, pte.pfn);
  if ((flags & FOLL.PIN) !== 0 && shared && switches.unshareBeforePin) {
    throw new NotModelled('a pin of an anonymous page that is not exclusive');
  }
  const taken = tryGrabFolio(machine, folio, flags);
  if ((flags & FOLL.TOUCH) !== 0) touch(machine, pte, folio, flags);
  if ((flags & FOLL.MLOCK) !== 0 && vma.locked) mlockVmaPage(machine, folio);
  return { result: pte.pfn, text: `${zeroPage ? 'the zero page' : 'page found'}: ${taken}` };
}

/**
 * follow_pfn_pte(): no struct page to give. With FOLL_DUMP it is left out like a hole, and up to v5.17 it is an error for
 * FOLL_GET; with FOLL_TOUCH the entry is marked all the same.
 */
function followPfnPte(machine: Machine, pte: Pte, flags: number): Followed {
  if ((flags & FOLL.DUMP) !== 0) return { result: -EFAULT, text: 'FOLL_DUMP: a special entry is left out' };
  if ((flags & FOLL.GET) !== 0 && !machine.behaviour.switches.pfnIsEexist) {
    return { result: -EFAULT, text: '-EFAULT: a page frame without struct page' };
  }
  if ((flags & FOLL.TOUCH) !== 0) pte.bits |= PTE.YOUNG | ((flags & FOLL.WRITE) !== 0 ? PTE.DIRTY : 0);
  return { result: -EEXIST, text: '-EEXIST: a page frame without struct page' };
}

function touch(machine: Machine, pte: Pte, folio: Folio, flags: number): void {
  const dirty = (pte.bits & PTE.DIRTY) !== 0 || (folio.bits & FOLIO.DIRTY) !== 0;
  if ((flags & FOLL.WRITE) !== 0 && !dirty) folio.bits |= FOLIO.DIRTY;
  markPageAccessed(machine, folio);
}

/**
 * gup_can_follow_protnone(): up to v6.0 FOLL_NUMA, which the walk sets without FOLL_FORCE, keeps it from such an entry;
 * up to v6.4 only FOLL_FORCE follows one (commit 474098edac26); from v6.5 (commit d74943a2f3cd) everything does but
 * FOLL_HONOR_NUMA_FAULT in an accessible vma.
 */
export function gupCanFollowProtnone(machine: Machine, vma: Vma, flags: number): boolean {
  if (machine.behaviour.switches.numaFlag) return (flags & FOLL.NUMA) === 0;
  if (!machine.behaviour.switches.honorNumaFault) return (flags & FOLL.FORCE) !== 0;
  if ((flags & FOLL.HONOR_NUMA_FAULT) === 0) return true;
  return !vmaIsAccessible(vma);
}

/**
 * can_follow_write_pte(), can_follow_write_pmd(): FOLL_FORCE may write through a read-only entry once COW is broken. Up to v5.19 FOLL_COW and a
 * dirty entry tell that it is, in v5.8 without FOLL_FORCE too; since, that the page is exclusive (commit 5535be309971).
 */
export function canFollowWritePte(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  folio: Folio,
  flags: number,
): boolean {
  if ((pte.bits & PTE.WRITE) !== 0) return true;
  const { follCow, forceCowBreak } = machine.behaviour.switches;
  if (follCow) {
    const wanted = FOLL.COW | (forceCowBreak ? 0 : FOLL.FORCE);
    return (flags & wanted) === wanted && (pte.bits & PTE.DIRTY) !== 0;
  }
  if ((flags & FOLL.FORCE) === 0 || vma.shared || !vma.mayWrite || vma.write) return false;
  if (!pageAnonExclusive(folio, pte.pfn)) return false;
  // userfaultfd_pte_wp()
  if ((pte.bits & PTE.UFFD_WP) !== 0) return false;
  return !pteNeedsSoftDirtyWp(vma, pte);
}

/**
 * gup_must_unshare() of mm/internal.h: from v5.19 (commit a7f226604170) a read pin needs an exclusive anonymous page; from v6.2 (commit 84209e87c696) a
 * long-term one needs one even instead of the zero page or a file's page, in a COW mapping. gup-fast gives no vma. As it was
 * proposed first, a reference for reading needed a page of one mapping.
 */
export function gupMustUnshare(
  machine: Machine,
  vma: Vma | null,
  folio: Folio,
  pfn: number,
  flags: number,
): boolean {
  const { switches } = machine.behaviour;
  if (switches.unshareByMapcount) {
    const takes = (flags & FOLL.WRITE) === 0 && (flags & (FOLL.GET | FOLL.PIN)) !== 0;
    return takes && sharedByMapcount(folio, pfn);
  }
  if (!switches.unshareBeforePin || (flags & (FOLL.WRITE | FOLL.PIN)) !== FOLL.PIN) return false;
  if ((folio.bits & FOLIO.ANON) === 0) {
    if (!switches.unshareAnyPage || (flags & FOLL.LONGTERM) === 0) return false;
    return vma === null || (!vma.shared && vma.mayWrite);
  }
  return !pageAnonExclusive(folio, pfn);
}

/** Whether unsharing as it was proposed in December 2021 applies: an anonymous page, but none of KSM, with page_mapcount() > 1. */
export function sharedByMapcount(folio: Folio, pfn: number): boolean {
  if ((folio.bits & (FOLIO.ANON | FOLIO.KSM)) !== FOLIO.ANON) return false;
  const mapped = folio.order === 0 ? folio.map : folio.entireMap + (folio.pageMap[folioPageIdx(pfn)] ?? 0);
  return mapped > 1;
}
