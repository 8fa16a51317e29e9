/** Huge pages of hugetlb as folios: where they come from, and who holds references to them (mm/hugetlb.c). */

import type { Behaviour } from '../behaviour.js';
import type { Machine } from '../machine.js';
import {
  addFolio,
  type File,
  FOLIO,
  type Folio,
  newFolio,
  PTE,
  pageFolio,
  type Vma,
} from '../state/index.js';
import { markAnonExclusive, mkPte } from './newFolio.js';

const HPAGE_NR = 512;

/** References that the page cache holds on a huge page of it. */
export function hugetlbCacheRefs({ switches }: Behaviour): number {
  return switches.hugetlbCacheRefPerPage ? HPAGE_NR : 1;
}

/**
 * alloc_hugetlb_folio(): a page of the pool, which is taken never to be empty; one reference, mapped nowhere. Where user
 * memory lies in ZONE_MOVABLE the whole pool does, and there is none for a task that pins for long (-ENOSPC, here -1).
 * Nothing clears PG_dirty when a page goes back to the pool, so that all pages but those used for the first time have it.
 */
function allocHugetlbFolio({ state, current }: Machine): number {
  if (state.movable && current.memallocPin) return -1;
  const zone = state.movable ? FOLIO.MOVABLE_ZONE : 0;
  return addFolio(state.folios, newFolio({ bits: FOLIO.HUGETLB | FOLIO.DIRTY | zone, order: 9, ref: 1 }));
}

/** A page of the pool for a private mapping, exclusive and mapped once; -1: none. */
export function newAnonHugetlbFolio(machine: Machine): number {
  const pfn = allocHugetlbFolio(machine);
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined) return pfn;
  folio.bits |= FOLIO.ANON;
  markAnonExclusive(machine, folio, pfn);
  countHugeMapping(folio, 1);
  return pfn;
}

/** A page of the pool that goes into the page cache of `file` at `index`: mapped nowhere, held by the cache alone; -1: none. */
export function newCachedHugetlbFolio(machine: Machine, file: File, index: number): number {
  const pfn = allocHugetlbFolio(machine);
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined) return pfn;
  folio.ref = hugetlbCacheRefs(machine.behaviour);
  file.pages[index] = pfn;
  return pfn;
}

/** hugetlb_add_file_rmap(), hugetlb_remove_rmap(): a huge entry more (1) or less (-1) maps the folio. */
export function countHugeMapping(folio: Folio, count: 1 | -1): void {
  folio.map += count;
  folio.entireMap += count;
}

/** make_huge_pte(): the bits of an entry of this mapping; one that is writable is dirty too. */
export function makeHugePte(vma: Vma, writable: boolean): number {
  return (mkPte(vma) & ~PTE.WRITE) | (writable ? PTE.WRITE | PTE.DIRTY : 0);
}
