/** check_and_migrate_movable_pages() of mm/gup.c: a long-term pin must not keep ZONE_MOVABLE from being emptied. */

import { EAGAIN } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { FOLIO, type Folio, PTE } from '../state.js';
import type { Op } from '../trace.js';
import { gupPutFolio } from './tryGrabFolio.js';

/** 0: all pages may stay where they are. -EAGAIN: all were unpinned, some migrated, and the walk must be repeated. */
export function* checkAndMigrateMovablePages(machine: Machine, pages: readonly number[]): Op<number> {
  const { folios } = machine.state;
  const unpinnable = [...new Set(pages)].filter(index => isMovable(folios[index]));
  if (unpinnable.length === 0) return 0;
  for (const index of pages) {
    const folio = folios[index];
    if (folio !== undefined) gupPutFolio(machine, folio, FOLL.PIN);
  }
  yield { routine: 'migrate_longterm_unpinnable_pages', text: 'unpins all: some may not be pinned for long' };
  for (const index of unpinnable) migrate(machine, index);
  yield { routine: 'migrate_pages', text: `moves ${unpinnable.length} out of ZONE_MOVABLE` };
  return -EAGAIN;
}

function isMovable(folio: Folio | undefined): boolean {
  return folio !== undefined && (folio.bits & FOLIO.MOVABLE_ZONE) !== 0;
}

/** migrate_pages() of one folio that nobody but the page table (and the swap cache) refers to. */
function migrate(machine: Machine, index: number): void {
  const { state, behaviour } = machine;
  const old = state.folios[index];
  if (old === undefined) return;
  if (old.batch !== 'none') {
    old.batch = 'none';
    old.ref -= 1;
  }
  const swapcache = (old.bits & FOLIO.SWAPCACHE) !== 0;
  const cached = (old.bits & FOLIO.SHMEM) !== 0;
  if (old.ref !== old.map + (swapcache || cached ? 1 : 0))
    throw new NotModelled('migration of a page that others refer to');
  const mapping = state.ptes.filter(pte => pte.folio === index && (pte.bits & PTE.PRESENT) !== 0);
  if (mapping.length !== old.map) throw new NotModelled('migration of a page that other processes map');
  // try_to_migrate() moves the dirty bit of the entry to the folio, and the new entry gets it back.
  const dirty = mapping.some(pte => (pte.bits & PTE.DIRTY) !== 0);
  const batched = behaviour.switches.migratedFolioStaysInBatch;
  const bits = (old.bits & ~FOLIO.MOVABLE_ZONE) | (dirty ? FOLIO.DIRTY : 0);
  const moved =
    state.folios.push({ bits, ref: old.ref + (batched ? 1 : 0), map: old.map, batch: 'none' }) - 1;
  const target = state.folios[moved];
  if (target !== undefined && batched) target.batch = 'this-cpu';
  old.map = 0;
  old.ref = 0;
  for (const pte of mapping) pte.folio = moved;
  state.pageCache = state.pageCache.map(entry => (entry === index ? moved : entry));
}
