/** try_to_merge_one_page() of mm/ksm.c: write_protect_page(), then replace_page() by a page of the same contents. */

import { EFAULT } from '../errno.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  clearPte,
  FOLIO,
  type Folio,
  folioAddRmapPte,
  folioRemoveRmapPte,
  PTE,
  type Pte,
  pageAnonExclusive,
  pageContents,
  pageFolio,
  pteOffset,
  pteSame,
  type Vma,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { folioFreeSwap } from './folioFreeSwap.js';
import { folioTrylock, folioUnlock } from './folioLock.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { mkPte } from './newFolio.js';
import { ptLock, ptUnlock } from './pageTableLock.js';
import { folioTryShareAnonRmap } from './tryShareAnonRmap.js';

/**
 * 0, or -EFAULT and the page stays: it is written to meanwhile, holds something else, or somebody else holds it, by a
 * reference or a pin. `merged` is the page of KSM that takes its place; -1: there is none, and the page becomes one.
 */
export function* tryToMergeOnePage(machine: Machine, page: number, merged: number): Op<number> {
  yield* mmapReadLock(machine);
  const ret = yield* mergePage(machine, page, merged);
  yield* mmapReadUnlock(machine, 'done');
  return ret;
}

function* mergePage(machine: Machine, page: number, merged: number): Op<number> {
  const { state, mm } = machine;
  const vma = vmaLookup(mm, page);
  const pte = pteOffset(mm.pageTable, page);
  const folio = pageFolio(state.folios, pte?.pfn ?? -1);
  if (vma === null || pte === null || folio === undefined || (folio.bits & FOLIO.ANON) === 0) return -EFAULT;
  if (folio.order > 0) throw new NotModelled('KSM on a large folio');
  const { pfn } = pte;
  if (pfn === merged) return 0;
  folio.ref += 1;
  yield { routine: 'get_mergeable_page', text: 'takes a reference', page };
  let ret = -EFAULT;
  if (folioTrylock(machine, folio)) {
    ret = yield* mergeLocked(machine, vma, pte, folio, pfn, page, merged);
    folioUnlock(folio);
  }
  folio.ref -= 1;
  yield { routine: 'put_page', text: 'gives its reference back', page };
  return ret;
}

/** try_to_merge_one_page() from where it has the folio lock. */
function* mergeLocked(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  folio: Folio,
  pfn: number,
  page: number,
  merged: number,
): Op<number> {
  const left = yield* writeProtectPage(machine, pte, folio, pfn, page);
  if (left === null) return -EFAULT;
  if (merged < 0) {
    folio.bits |= FOLIO.KSM | FOLIO.DIRTY;
    yield { routine: 'set_page_stable_node', text: 'the page is one of KSM from now on', page };
    return 0;
  }
  if (!(yield* pagesIdentical(machine, pfn, merged, page))) return -EFAULT;
  return yield* replacePage(machine, vma, pte, left, page, merged);
}

/**
 * The entry once nobody can write through it; null: somebody may. It is cleared first, so that the lockless walk cannot take the
 * page any more while its references are counted; what the walk has taken before, counts.
 */
function* writeProtectPage(
  machine: Machine,
  pte: Pte,
  folio: Folio,
  pfn: number,
  page: number,
): Op<Pte | null> {
  const routine = 'write_protect_page';
  if (pte.pfn !== pfn || (pte.bits & PTE.PRESENT) === 0) {
    yield { routine, text: 'the entry has changed', page };
    return null;
  }
  if ((pte.bits & (PTE.WRITE | PTE.DIRTY)) === 0 && !pageAnonExclusive(folio, pfn)) {
    yield { routine, text: 'nobody can write to the page', page };
    return { ...pte };
  }
  const { ksmClearsEntryFirst } = machine.behaviour.switches;
  const entry = { ...pte };
  ptLock(machine);
  let obstacle: string | null = null;
  if (ksmClearsEntryFirst) clearPte(pte);
  else obstacle = heldByOthers(machine, folio, pfn);
  const text = ksmClearsEntryFirst ? 'clears the entry' : 'counts who holds the page';
  yield { routine, text, page };
  if (ksmClearsEntryFirst) obstacle = heldByOthers(machine, folio, pfn);
  if (obstacle === null) {
    if ((entry.bits & PTE.DIRTY) !== 0) folio.bits |= FOLIO.DIRTY;
    entry.bits &= ~(PTE.WRITE | PTE.DIRTY);
  }
  Object.assign(pte, entry);
  ptUnlock(machine);
  yield {
    routine,
    text:
      obstacle === null ? 'takes the write bit away, so that the contents stay' : `${obstacle}: leaves it`,
    page,
  };
  return obstacle === null ? entry : null;
}

/** What keeps the page from being shared; null: it is not exclusive any longer. */
function heldByOthers(machine: Machine, folio: Folio, pfn: number): string | null {
  const swapped = (folio.bits & FOLIO.SWAPCACHE) !== 0 ? 1 : 0;
  const { ksmCountsReferences } = machine.behaviour.switches;
  if (ksmCountsReferences && folio.map + 1 + swapped !== folio.ref) return 'somebody else holds the page';
  return folioTryShareAnonRmap(machine, folio, pfn) ? null : 'the page may be pinned';
}

/** pages_identical(): now that nobody can write to the page. */
function* pagesIdentical(machine: Machine, pfn: number, merged: number, page: number): Op<boolean> {
  const { folios } = machine.state;
  const same = pageContents(folios, pfn) === pageContents(folios, merged);
  const identical = same || !machine.behaviour.switches.ksmComparesProtected;
  const text = identical ? 'both pages hold the same' : 'the pages differ: leaves it';
  yield { routine: 'pages_identical', text, page };
  return identical;
}

/** 0, or -EFAULT if the entry is not what write_protect_page() left. */
function* replacePage(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  left: Pte,
  page: number,
  merged: number,
): Op<number> {
  const routine = 'replace_page';
  const { state, behaviour } = machine;
  const [folio, target] = [pageFolio(state.folios, left.pfn), pageFolio(state.folios, merged)];
  const changed = behaviour.switches.ksmRechecksEntry && !pteSame(pte, left);
  if (folio === undefined || target === undefined || changed) {
    yield { routine, text: 'the entry has changed: -EFAULT', page };
    return -EFAULT;
  }
  target.ref += 1;
  folioAddRmapPte(target, merged);
  pte.pfn = merged;
  pte.bits = mkPte(vma) & ~PTE.WRITE;
  folioRemoveRmapPte(folio, left.pfn);
  if (folio.map === 0) folioFreeSwap(state, folio, left.pfn);
  folio.ref -= 1;
  yield { routine, text: 'maps the merged page', page };
  return 0;
}
