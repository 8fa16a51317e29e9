/** folio_try_share_anon_rmap_pte(), folio_try_dup_anon_rmap_pte() of include/linux/rmap.h: may a page stop being exclusive. */

import type { Machine } from '../machine.js';
import { clearPageAnonExclusive, type Folio, pageAnonExclusive, pincount } from '../state/index.js';

/** Whether the page is exclusive no longer; false: it may be pinned and has to stay so. Before v5.19 there is nothing to keep. */
export function folioTryShareAnonRmap(machine: Machine, folio: Folio, pfn: number): boolean {
  if (!machine.behaviour.switches.anonExclusive || !pageAnonExclusive(folio, pfn)) return true;
  if (pincount(folio) > 0) return false;
  clearPageAnonExclusive(folio, pfn);
  return true;
}
