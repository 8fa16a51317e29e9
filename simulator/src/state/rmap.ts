/** Counts of who maps a folio (mm/rmap.c). References are counted apart. */

import { FOLIO, type Folio, folioPageIdx } from './folio.js';

/** folio_add_anon_rmap_pte(), folio_add_file_rmap_pte(): an entry of PTE level maps the page `pfn` of `folio`. */
export function folioAddRmapPte(folio: Folio, pfn: number): void {
  folio.map += 1;
  if (folio.order === 0) return;
  const index = folioPageIdx(pfn);
  folio.pageMap[index] = (folio.pageMap[index] ?? 0) + 1;
}

/** folio_remove_rmap_pte() */
export function folioRemoveRmapPte(folio: Folio, pfn: number): void {
  folio.map -= 1;
  if (folio.order === 0) return;
  const index = folioPageIdx(pfn);
  folio.pageMap[index] = (folio.pageMap[index] ?? 0) - 1;
}

/** folio_add_anon_rmap_pmd(): a huge entry maps `folio`. */
export function folioAddRmapPmd(folio: Folio): void {
  folio.map += 1;
  folio.entireMap += 1;
}

/** folio_remove_rmap_pmd(); PG_double_map goes with the last huge entry. */
export function folioRemoveRmapPmd(folio: Folio): void {
  folio.map -= 1;
  folio.entireMap -= 1;
  if (folio.entireMap === 0) folio.bits &= ~FOLIO.DOUBLE_MAP;
}
