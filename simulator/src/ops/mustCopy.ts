/** Whether fork() may share a page with the child, or has to copy it because it may be pinned. */

import type { Machine } from '../machine.js';
import { clearPageAnonExclusive, type Folio, pageAnonExclusive, pincount } from '../state/index.js';
import type { Op } from '../trace.js';
import { ptLock, ptUnlock } from './pageTableLock.js';

/**
 * folio_needs_cow_for_dma(), and since v5.19 folio_try_dup_anon_rmap_pte(), _pmd(): a page that this mm may have pinned stays its own;
 * one that is shared is exclusive no longer. Up to v5.8 every page is shared. What the caller does next it does in the same
 * step, so that between the look at the pins and the write protection of the entry only gup-fast comes.
 */
export function* mustCopy(machine: Machine, folio: Folio, pfn: number, page: number): Op<boolean> {
  return yield* staysOurs(machine, folio, pfn, page, machine.behaviour.switches.forkCopiesPinned);
}

/** hugetlb_try_dup_anon_rmap(): the same of hugetlb, from v5.12 on (commit 4eae4efa2c29). */
export function* mustCopyHugetlb(machine: Machine, folio: Folio, pfn: number, page: number): Op<boolean> {
  return yield* staysOurs(machine, folio, pfn, page, machine.behaviour.switches.forkCopiesPinnedHugetlb);
}

function* staysOurs(
  machine: Machine,
  folio: Folio,
  pfn: number,
  page: number,
  copiesPinned: boolean,
): Op<boolean> {
  const { anonExclusive } = machine.behaviour.switches;
  let pinned = false;
  if (copiesPinned) {
    pinned = machine.mm.hasPinned && pincount(folio) > 0;
    ptLock(machine);
    const text = pinned ? 'the page may be pinned' : 'nobody has pinned the page';
    yield { routine: 'folio_needs_cow_for_dma', text, page };
    ptUnlock(machine);
  }
  if (!anonExclusive) return pinned;
  if (pinned && pageAnonExclusive(folio, pfn)) return true;
  clearPageAnonExclusive(folio, pfn);
  return false;
}
