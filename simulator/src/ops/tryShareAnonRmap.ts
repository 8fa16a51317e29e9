/** folio_try_share_anon_rmap_pte(), folio_try_dup_anon_rmap_pte() of include/linux/rmap.h: may a page stop being exclusive. */

import type { Machine } from '../machine.js';
import { clearPageAnonExclusive, type Folio, pageAnonExclusive, pincount } from '../state/index.js';

/**
 * Whether the page is exclusive no longer; false: it may be pinned and has to stay so. Before v5.19 there is nothing to keep.
 * The entry has to be cleared before: a lockless walk that takes the page later finds the entry changed.
 */
export function folioTryShareAnonRmap({ behaviour }: Machine, folio: Folio, pfn: number): boolean {
  const { anonExclusive, pinKeepsExclusive } = behaviour.switches;
  if (!anonExclusive || !pageAnonExclusive(folio, pfn)) return true;
  if (pinKeepsExclusive && pincount(folio) > 0) return false;
  clearPageAnonExclusive(folio, pfn);
  return true;
}
