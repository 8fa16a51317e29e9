/** Whether fork() may share a page with the child, or has to copy it because it may be pinned. */

import type { Machine } from '../machine.js';
import { clearPageAnonExclusive, type Folio, pageAnonExclusive, pincount } from '../state/index.js';
import type { Op } from '../trace.js';
import { ptLock, ptUnlock } from './pageTableLock.js';

/**
 * folio_needs_cow_for_dma(), and since v5.19 folio_try_dup_anon_rmap_pte(), _pmd(): a page that this mm may have pinned
 * stays its own; one that is shared is exclusive no longer. Up to v5.8 every page is shared. What the caller does next
 * it does in the same step, so that between the look at the pins and the write protection of the entry only gup-fast
 * comes.
 */
export function* mustCopy(machine: Machine, folio: Folio, pfn: number, page: number): Op<boolean> {
  return tryDupAnonRmap(machine, folio, pfn, yield* needsCowForDma(machine, folio, page));
}

/** hugetlb_try_dup_anon_rmap(): the same of hugetlb, from v5.12 on (commit 4eae4efa2c29). */
export function* mustCopyHugetlb(machine: Machine, folio: Folio, pfn: number, page: number): Op<boolean> {
  const copiesPinned = machine.behaviour.switches.forkCopiesPinnedHugetlb;
  return tryDupAnonRmap(machine, folio, pfn, yield* looksAtPins(machine, folio, page, copiesPinned));
}

/** folio_needs_cow_for_dma(): one look for all entries of a batch. */
export function* needsCowForDma(machine: Machine, folio: Folio, page: number): Op<boolean> {
  return yield* looksAtPins(machine, folio, page, machine.behaviour.switches.forkCopiesPinned);
}

function* looksAtPins(machine: Machine, folio: Folio, page: number, copiesPinned: boolean): Op<boolean> {
  if (!copiesPinned) return false;
  const pinned = machine.mm.hasPinned && pincount(folio) > 0;
  ptLock(machine);
  const text = pinned ? 'the page may be pinned' : 'nobody has pinned the page';
  yield { routine: 'folio_needs_cow_for_dma', text, page };
  ptUnlock(machine);
  return pinned;
}

/** Whether a page of which {@link needsCowForDma} said `pinned` has to be copied; if not, it is exclusive no longer. */
export function tryDupAnonRmap(machine: Machine, folio: Folio, pfn: number, pinned: boolean): boolean {
  if (!machine.behaviour.switches.anonExclusive) return pinned;
  if (pinned && pageAnonExclusive(folio, pfn)) return true;
  clearPageAnonExclusive(folio, pfn);
  return false;
}
