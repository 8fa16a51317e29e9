/** collapse_huge_page() of mm/khugepaged.c: small pages of anonymous memory are copied into a huge one. */

import { EAGAIN, EINTR, EINVAL } from '../errno.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  clearPte,
  copyPage,
  FOLIO,
  folioRemoveRmapPte,
  hugePageStart,
  PTE,
  type Pte,
  pageFolio,
  pmdOffset,
  pteNone,
  type Vma,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { newHugeEntry, thpAllowed } from './doHugePmdAnonymousPage.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { lruAddDrainAll } from './newFolio.js';
import { ptLock, ptUnlock } from './pageTableLock.js';
import { vmaStartWrite } from './vmaStartWrite.js';

const ROUTINE = 'collapse_huge_page';

/**
 * MADV_COLLAPSE of the huge page around `page` (madvise_collapse()): 0, also where a huge entry is there already;
 * -EINVAL: not in this release or mapping, or the state of the pages does not allow it; -EAGAIN: somebody holds one;
 * -EINTR.
 */
export function* madviseCollapse(machine: Machine, page: number): Op<number> {
  const { behaviour, mm } = machine;
  const start = hugePageStart(page);
  if (!behaviour.switches.madvCollapse) {
    yield { routine: 'madvise_behavior_valid', text: '-EINVAL: MADV_COLLAPSE came with v6.1', page: start };
    return -EINVAL;
  }
  lruAddDrainAll(machine);
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  const vma = vmaLookup(mm, start);
  const ret = vma !== null && thpAllowed(vma, start) ? yield* collapse(machine, vma, start) : -EINVAL;
  yield* mmapWriteUnlock(machine, 'done');
  return ret;
}

function* collapse(machine: Machine, vma: Vma, start: number): Op<number> {
  const pmd = pmdOffset(machine.mm.pageTable, start);
  if (pmd?.huge != null && !pteNone(pmd.huge)) return 0;
  const ptes = pmd?.ptes ?? null;
  if (pmd === null || ptes === null) return -EINVAL;
  yield* vmaStartWrite(machine, vma);
  const { collapseClearsEntryFirst } = machine.behaviour.switches;
  ptLock(machine);
  if (collapseClearsEntryFirst) pmd.ptes = null;
  yield { routine: 'pmdp_collapse_flush', text: 'takes the table of small pages away', page: start };
  const refusal = isolate(machine, ptes);
  const text = refusal?.text ?? 'nobody else holds a page';
  if (refusal !== null) {
    pmd.ptes = ptes;
    ptUnlock(machine);
  }
  yield { routine: '__collapse_huge_page_isolate', text, page: start };
  if (refusal !== null) return refusal.error;
  ptUnlock(machine);
  const huge = newHugeEntry(machine, vma);
  for (const [slot, pte] of ptes.entries()) if (pte !== undefined) copyOne(machine, pte, huge.pfn + slot);
  pmd.ptes = null;
  pmd.huge = huge;
  yield { routine: ROUTINE, text: 'copies the pages into a new huge page, exclusive', page: start };
  return 0;
}

/** __collapse_huge_page_isolate(): null, or what is in the way. Up to v6.17 one entry at least has to be writable. */
function isolate({ state, behaviour }: Machine, ptes: readonly (Pte | undefined)[]): Refusal | null {
  let writable = !behaviour.switches.collapseNeedsWritable;
  for (const pte of ptes) {
    if (pte === undefined || pteNone(pte)) continue;
    if ((pte.bits & PTE.PRESENT) === 0) throw new NotModelled('a collapse of pages that are not present');
    const folio = pageFolio(state.folios, pte.pfn);
    if (folio === undefined || (pte.bits & PTE.SPECIAL) !== 0) continue;
    if ((pte.bits & PTE.UFFD_WP) !== 0) return { error: -EINVAL, text: 'protected by a userfaultfd' };
    if (folio.ref !== folio.map + ((folio.bits & FOLIO.SWAPCACHE) !== 0 ? 1 << folio.order : 0))
      return { error: -EAGAIN, text: '-EAGAIN: somebody else refers to a page' };
    writable ||= (pte.bits & PTE.WRITE) !== 0;
  }
  return writable ? null : { error: -EINVAL, text: '-EINVAL: no entry is writable' };
}

interface Refusal {
  readonly error: number;
  readonly text: string;
}

/** __collapse_huge_page_copy() of one page: the small page loses its mapping. */
function copyOne({ state }: Machine, pte: Pte, target: number): void {
  const { folios } = state;
  const folio = pageFolio(folios, pte.pfn);
  if (folio === undefined || (pte.bits & PTE.SPECIAL) !== 0) return;
  copyPage(folios, pte.pfn, target);
  folioRemoveRmapPte(folio, pte.pfn);
  folio.ref -= 1;
  clearPte(pte);
}
