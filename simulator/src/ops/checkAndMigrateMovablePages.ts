/** check_and_migrate_movable_pages() of mm/gup.c: a long-term pin must not keep ZONE_MOVABLE from being emptied. */

import { EAGAIN } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  addFolio,
  BATCH_NONE,
  copyFolioContents,
  FOLIO,
  type Folio,
  headPage,
  newFolio,
  PAGE_CACHE,
  PTE,
  pageFolio,
  rmapWalk,
  slotOfFolio,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { hugetlbCacheRefs } from './hugetlbFolio.js';
import { gupPutFolio } from './tryGrabFolio.js';

/** 0: all pages may stay where they are. -EAGAIN: all were unpinned, some migrated, and the walk must be repeated. */
export function* checkAndMigrateMovablePages(machine: Machine, pages: readonly number[]): Op<number> {
  const { folios } = machine.state;
  const heads = new Set(pages.map(headPage));
  const unpinnable = [...heads].filter(head => isMovable(pageFolio(folios, head)));
  if (unpinnable.length === 0) return 0;
  for (const pfn of pages) {
    const folio = pageFolio(folios, pfn);
    if (folio !== undefined) gupPutFolio(machine, folio, FOLL.PIN);
  }
  yield { routine: 'migrate_longterm_unpinnable_pages', text: 'unpins all: some may not be pinned for long' };
  for (const head of unpinnable) migrate(machine, head);
  yield { routine: 'migrate_pages', text: `moves ${unpinnable.length} out of ZONE_MOVABLE` };
  return -EAGAIN;
}

function isMovable(folio: Folio | undefined): boolean {
  return folio !== undefined && (folio.bits & FOLIO.MOVABLE_ZONE) !== 0;
}

/** migrate_pages() of one folio that nobody but the page table (and the swap cache) refers to. */
function migrate(machine: Machine, head: number): void {
  const { state, behaviour } = machine;
  const old = pageFolio(state.folios, head);
  if (old === undefined) return;
  const hugetlb = (old.bits & FOLIO.HUGETLB) !== 0;
  if (old.batch !== BATCH_NONE) {
    old.batch = BATCH_NONE;
    old.ref -= 1;
  }
  const swapcache = (old.bits & FOLIO.SWAPCACHE) !== 0;
  const cached = (old.bits & PAGE_CACHE) !== 0;
  const buffers = (old.bits & FOLIO.PRIVATE) !== 0;
  const ofFile = hugetlb && (old.bits & FOLIO.ANON) === 0 ? hugetlbCacheRefs(behaviour) : 0;
  if (old.ref !== old.map + ofFile + (swapcache || cached ? 1 << old.order : 0) + (buffers ? 1 : 0))
    throw new NotModelled('migration of a page that others refer to');
  const mapping = rmapWalk(state, head);
  if (mapping.length !== old.map) throw new NotModelled('migration of a page that other processes map');
  // try_to_migrate() moves the dirty bit of the entry to the folio, and the new entry gets it back.
  const dirty = mapping.some(pte => (pte.bits & PTE.DIRTY) !== 0);
  // A folio batch is drained as a large folio is added to it.
  const batched = behaviour.switches.migratedFolioStaysInBatch && old.order === 0;
  const bits = (old.bits & ~FOLIO.MOVABLE_ZONE) | (dirty ? FOLIO.DIRTY : 0);
  const { order, ref, map, entireMap } = old;
  const target = newFolio({ bits, order, ref, map, entireMap });
  if (batched) {
    target.ref += 1;
    target.batch = machine.current.index;
  }
  target.pageBits.push(...old.pageBits);
  target.pageMap.push(...old.pageMap);
  copyFolioContents(old, target);
  const moved = addFolio(state.folios, target);
  old.map = 0;
  old.entireMap = 0;
  old.ref = 0;
  for (const pte of mapping) pte.pfn = moved + (pte.pfn - head);
  const slot = slotOfFolio(state.slots, head);
  if (slot !== undefined) slot.cache = moved;
  for (const { pages } of state.files) {
    for (const [index, pfn] of pages.entries()) {
      if (pfn !== undefined && headPage(pfn) === head) pages[index] = moved + (pfn - head);
    }
  }
}
