/** migrate_pages() of mm/migrate.c for one folio: unmaps it by migration entries, copies it, and maps the copy. */

import { EAGAIN, EBUSY } from '../errno.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  addFolio,
  BATCH_NONE,
  copyFolioContents,
  FOLIO,
  type Folio,
  folioAddRmapPte,
  migrationEntries,
  newFolio,
  PAGE_CACHE,
  PTE,
  PTE_MKDIRTY,
  type Pte,
  pageFolio,
  rmapWalk,
  setPageAnonExclusive,
  slotOfFolio,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { folioTrylock, folioUnlock } from './folioLock.js';
import { lruAddDrainAll, zoneBits } from './newFolio.js';
import { tryToUnmapOne } from './tryToUnmapOne.js';

/**
 * 0, or -EBUSY (not on an LRU list), or -EAGAIN: somebody holds it, by a pin or a reference, and it is mapped as before.
 * Faults on its pages wait meanwhile. `head` is the first page of a small folio.
 */
export function* migratePages(machine: Machine, head: number): Op<number> {
  const folio = isolate(machine, head);
  if (folio === null) {
    yield { routine: 'folio_isolate_lru', text: '-EBUSY: on no LRU list' };
    return -EBUSY;
  }
  yield { routine: 'folio_isolate_lru', text: 'takes the folio from its LRU list, with a reference' };
  while (!folioTrylock(machine, folio)) {
    const wait = { lock: 'folio', pfn: head } as const;
    yield { routine: 'folio_lock', text: 'waits for the folio lock', wait };
  }
  const unmapped = yield* tryToMigrate(machine, folio, head);
  const { migrationFreezesReferences } = machine.behaviour.switches;
  const held = migrationFreezesReferences && folio.ref !== expectedRefs(folio);
  if (!unmapped || held) {
    yield* removeMigrationPtes(machine, folio, head, folio, head);
    folioUnlock(folio);
    folio.ref -= 1;
    yield { routine: 'migrate_folio_undo_src', text: '-EAGAIN: somebody else holds the folio' };
    return -EAGAIN;
  }
  const [target, moved] = moveToNewFolio(machine, folio, head);
  yield { routine: 'move_to_new_folio', text: 'nobody else holds the folio: copies it' };
  yield* removeMigrationPtes(machine, folio, head, target, moved);
  folioUnlock(folio);
  return 0;
}

/** folio_isolate_lru() after lru_add_drain_all(). */
function isolate(machine: Machine, head: number): Folio | null {
  const folio = pageFolio(machine.state.folios, head);
  if (folio === undefined || (folio.bits & (FOLIO.NO_LRU | FOLIO.ZERO_PAGE)) !== 0) return null;
  if (folio.order > 0) throw new NotModelled('migration of a large folio');
  lruAddDrainAll(machine);
  if (folio.batch !== BATCH_NONE) throw new NotModelled('whether a folio batch still holds the page');
  folio.ref += 1;
  return folio;
}

/** What an unmapped folio may have: the reference of who isolated it, that of a swap or page cache, and of buffer heads. */
function expectedRefs({ bits }: Folio): number {
  return 1 + ((bits & (FOLIO.SWAPCACHE | PAGE_CACHE)) !== 0 ? 1 : 0) + ((bits & FOLIO.PRIVATE) !== 0 ? 1 : 0);
}

/** try_to_migrate(): false if a page is exclusive and may be pinned, which stops it there. */
function* tryToMigrate(machine: Machine, folio: Folio, head: number): Op<boolean> {
  const routine = 'try_to_migrate_one';
  for (;;) {
    const entry = rmapWalk(machine.state, head)[0];
    if (entry === undefined) break;
    const unmapped = yield* tryToUnmapOne(machine, routine, entry, folio, head, migrationEntry);
    if (!unmapped) return false;
    yield { routine, text: 'replaces an entry by a migration entry' };
  }
  if (folio.map > 0) throw new NotModelled('migration of a page that processes outside the state map');
  return true;
}

/** make_writable_migration_entry() and its like: the entry tells of protection and exclusiveness what the old one did. */
function migrationEntry(was: Pte, exclusive: boolean): Partial<Pte> {
  const kept = was.bits & (PTE.WRITE | PTE_MKDIRTY | PTE.YOUNG | PTE.UFFD_WP | PTE.PROTNONE);
  return { bits: PTE.SWAP | kept | (exclusive ? PTE.SWP_EXCLUSIVE : 0), pfn: was.pfn, swap: 'migration' };
}

function moveToNewFolio(machine: Machine, folio: Folio, head: number): [Folio, number] {
  const { state, behaviour, current } = machine;
  const zone = zoneBits(machine);
  const cached = expectedRefs(folio) - 1;
  const target = newFolio({ bits: (folio.bits & ~FOLIO.MOVABLE_ZONE) | zone, ref: cached });
  if (behaviour.switches.migratedFolioStaysInBatch) {
    target.ref += 1;
    target.batch = current.index;
  }
  copyFolioContents(folio, target);
  const moved = addFolio(state.folios, target);
  const slot = slotOfFolio(state.slots, head);
  if (slot !== undefined) slot.cache = moved;
  for (const { pages } of state.files) {
    const at = pages.indexOf(head);
    if (at >= 0) pages[at] = moved;
  }
  folio.ref = 0;
  return [pageFolio(state.folios, moved) ?? target, moved];
}

/** remove_migration_ptes(): entries that wait for `from` map `to`, which may be the same. */
function* removeMigrationPtes(
  machine: Machine,
  from: Folio,
  head: number,
  to: Folio,
  moved: number,
): Op<void> {
  for (;;) {
    const entry = migrationEntries(machine.state, head)[0];
    if (entry === undefined) return;
    restore(entry, to, moved);
    if ((from.bits & FOLIO.ANON) !== 0 && (entry.bits & PTE.SWP_EXCLUSIVE) !== 0)
      setPageAnonExclusive(to, moved);
    entry.bits &= ~PTE.SWP_EXCLUSIVE;
    yield { routine: 'remove_migration_pte', text: 'replaces a migration entry by one that maps the page' };
  }
}

function restore(entry: Pte, folio: Folio, pfn: number): void {
  Object.assign(entry, { bits: (entry.bits & ~PTE.SWAP) | PTE.PRESENT, pfn, swap: 'none' });
  folio.ref += 1;
  folioAddRmapPte(folio, pfn);
}
