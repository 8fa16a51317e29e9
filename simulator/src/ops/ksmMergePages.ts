/** try_to_merge_one_page() of mm/ksm.c: write_protect_page(), then replace_page() by a page of the same contents. */

import { EFAULT } from '../errno.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  FOLIO,
  folioAddRmapPte,
  folioRemoveRmapPte,
  PTE,
  type Pte,
  pageAnonExclusive,
  pageContents,
  pageFolio,
  pteOffset,
  type Vma,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { mkPte } from './newFolio.js';
import { folioTryShareAnonRmap } from './tryShareAnonRmap.js';

/**
 * 0, or -EFAULT and the page stays: it is written to meanwhile, holds something else, or somebody else holds it, by a
 * reference or a pin. `merged` is the page of KSM that takes its place; -1: there is none, and the page becomes one.
 */
export function* tryToMergeOnePage(machine: Machine, page: number, merged: number): Op<number> {
  yield* mmapReadLock(machine);
  const ret = yield* merge(machine, page, merged);
  yield* mmapReadUnlock(machine, 'done');
  return ret;
}

function* merge(machine: Machine, page: number, merged: number): Op<number> {
  const { state, mm } = machine;
  const vma = vmaLookup(mm, page);
  const pte = pteOffset(mm.pageTable, page);
  const folio = pageFolio(state.folios, pte?.pfn ?? -1);
  if (vma === null || pte === null || folio === undefined || (folio.bits & FOLIO.ANON) === 0) return -EFAULT;
  if (folio.order > 0) throw new NotModelled('KSM on a large folio');
  const { pfn } = pte;
  folio.ref += 1;
  yield { routine: 'get_mergeable_page', text: 'takes a reference', page };
  const protectedBits = yield* writeProtectPage(machine, pte, pfn, page);
  let ret = -EFAULT;
  if (protectedBits !== null && merged < 0) {
    folio.bits |= FOLIO.KSM | FOLIO.DIRTY;
    yield { routine: 'set_page_stable_node', text: 'the page is one of KSM from now on', page };
    ret = 0;
  } else if (protectedBits !== null && (yield* pagesIdentical(machine, pfn, merged, page)))
    ret = yield* replacePage(machine, vma, pte, pfn, protectedBits, page, merged);
  folio.ref -= 1;
  yield { routine: 'put_page', text: 'gives its reference back', page };
  return ret;
}

/** Bits of the entry once nobody can write through it; null: somebody may. */
function* writeProtectPage(machine: Machine, pte: Pte, pfn: number, page: number): Op<number | null> {
  const routine = 'write_protect_page';
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined || pte.pfn !== pfn || (pte.bits & PTE.PRESENT) === 0) {
    yield { routine, text: 'the entry has changed', page };
    return null;
  }
  const mayBeWritten = (pte.bits & (PTE.WRITE | PTE.DIRTY)) !== 0 || pageAnonExclusive(folio, pfn);
  const swapped = (folio.bits & FOLIO.SWAPCACHE) !== 0 ? 1 : 0;
  if (mayBeWritten && folio.map + 1 + swapped !== folio.ref) {
    yield { routine, text: 'somebody else holds the page: leaves it', page };
    return null;
  }
  if (mayBeWritten && !folioTryShareAnonRmap(machine, folio, pfn)) {
    yield { routine, text: 'the page may be pinned: leaves it', page };
    return null;
  }
  if ((pte.bits & PTE.DIRTY) !== 0) folio.bits |= FOLIO.DIRTY;
  pte.bits &= ~(PTE.WRITE | PTE.DIRTY);
  yield { routine, text: 'takes the write bit away, so that the contents stay', page };
  return pte.bits;
}

/** pages_identical(): now that nobody can write to the page. */
function* pagesIdentical(machine: Machine, pfn: number, merged: number, page: number): Op<boolean> {
  const { folios } = machine.state;
  const identical = pageContents(folios, pfn) === pageContents(folios, merged);
  const text = identical ? 'both pages hold the same' : 'the pages differ: leaves it';
  yield { routine: 'pages_identical', text, page };
  return identical;
}

/** 0, or -EFAULT if the entry is not what write_protect_page() left (pte_same()). */
function* replacePage(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  pfn: number,
  expected: number,
  page: number,
  merged: number,
): Op<number> {
  const routine = 'replace_page';
  const { folios } = machine.state;
  const [folio, target] = [pageFolio(folios, pfn), pageFolio(folios, merged)];
  if (folio === undefined || target === undefined || pte.pfn !== pfn || pte.bits !== expected) {
    yield { routine, text: 'the entry has changed: -EFAULT', page };
    return -EFAULT;
  }
  target.ref += 1;
  folioAddRmapPte(target, merged);
  pte.pfn = merged;
  pte.bits = mkPte(vma) & ~PTE.WRITE;
  folioRemoveRmapPte(folio, pfn);
  folio.ref -= 1;
  yield { routine, text: 'maps the merged page', page };
  return 0;
}
