/** Whether fork() may share a page with the child, or has to copy it because it may be pinned. */

import type { Machine } from '../machine.js';
import { clearPageAnonExclusive, type Folio, pincount } from '../state/index.js';
import { folioTryShareAnonRmap } from './tryShareAnonRmap.js';

/**
 * folio_needs_cow_for_dma(), and since v5.19 folio_try_dup_anon_rmap_pte(), _pmd(): a page that this mm may have pinned stays its own;
 * one that is shared is exclusive no longer. Up to v5.8 every page is shared.
 */
export function mustCopy(machine: Machine, folio: Folio, pfn: number): boolean {
  return staysOurs(machine, folio, pfn, machine.behaviour.switches.forkCopiesPinned);
}

/** hugetlb_try_dup_anon_rmap(): the same of hugetlb, from v5.12 on (commit 4eae4efa2c29). */
export function mustCopyHugetlb(machine: Machine, folio: Folio, pfn: number): boolean {
  return staysOurs(machine, folio, pfn, machine.behaviour.switches.forkCopiesPinnedHugetlb);
}

function staysOurs(machine: Machine, folio: Folio, pfn: number, copiesPinned: boolean): boolean {
  const pinned = copiesPinned && machine.mm.hasPinned && pincount(folio) > 0;
  if (!machine.behaviour.switches.anonExclusive) return pinned;
  if (pinned) return !folioTryShareAnonRmap(machine, folio, pfn);
  clearPageAnonExclusive(folio, pfn);
  return false;
}
