/** folio_pte_batch() and swap_pte_batch() of mm/internal.h: entries in a row that are dealt with at once. */

import { type Folio, headPage, PTE, type Pte, pageFolio } from '../state/index.js';

/**
 * Whether what is done to `entry` and to the one behind it, `next`, is one step: both map a page of one large folio, or
 * both are swap entries. Before v6.9, which brought batches, it is the page-table lock that lets nobody come between but
 * gup-fast, for which pages of one folio are alike.
 */
export function inOneBatch(folios: readonly Folio[], entry: Pte, next: Pte | undefined): boolean {
  if (next === undefined) return false;
  if (entry.swap === 'swap' || next.swap === 'swap') return entry.swap === next.swap;
  const present = (entry.bits & next.bits & PTE.PRESENT) !== 0;
  return (
    present && headPage(entry.pfn) === headPage(next.pfn) && (pageFolio(folios, entry.pfn)?.order ?? 0) > 0
  );
}
