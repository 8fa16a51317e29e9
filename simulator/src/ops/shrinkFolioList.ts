/** shrink_folio_list() of mm/vmscan.c for one anonymous folio: adds it to the swap cache, unmaps it, writes it out, frees it. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  BATCH_NONE,
  FOLIO,
  type Folio,
  folioRemoveRmapPte,
  PTE,
  pageAnonExclusive,
  pageFolio,
  pincount,
  rmapWalk,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { folioTryShareAnonRmap } from './tryShareAnonRmap.js';

/** What became of it: `freed`, or `kept` on its LRU list, perhaps in the swap cache. `head` is the first page of a small folio. */
export function* shrinkFolioList(machine: Machine, head: number): Op<'freed' | 'kept'> {
  const routine = 'shrink_folio_list';
  const folio = pageFolio(machine.state.folios, head);
  if (folio === undefined || (folio.bits & FOLIO.ANON) === 0 || folio.order > 0 || folio.map > 1)
    throw new NotModelled('swap-out of anything but a small anonymous folio with one mapping');
  if (folio.batch !== BATCH_NONE) {
    yield { routine, text: 'still in a folio batch, on no LRU list: kept' };
    return 'kept';
  }
  folio.ref += 1;
  yield { routine, text: 'takes the folio from its LRU list, with a reference' };
  if (pincount(folio) > 0 && machine.behaviour.switches.reclaimSkipsPinned) {
    folio.ref -= 1;
    yield { routine, text: 'may be pinned: kept' };
    return 'kept';
  }
  if ((folio.bits & FOLIO.SWAPCACHE) === 0) {
    folio.bits |= FOLIO.SWAPCACHE | FOLIO.DIRTY;
    folio.ref += 1;
    yield { routine: 'add_to_swap', text: 'gives it a swap slot: the swap cache holds a reference' };
  }
  if (!(yield* tryToUnmap(machine, folio, head))) {
    folio.ref -= 1;
    yield { routine, text: 'could not be unmapped: kept in the swap cache' };
    return 'kept';
  }
  folio.bits &= ~FOLIO.DIRTY;
  yield { routine: 'pageout', text: 'writes it to the swap device' };
  // __remove_mapping() freezes the references of the isolation and the swap cache.
  const held = folio.ref !== 2 || (folio.bits & FOLIO.DIRTY) !== 0;
  if (held) {
    folio.ref -= 1;
    yield { routine: '__remove_mapping', text: 'somebody else holds it: kept in the swap cache' };
    return 'kept';
  }
  forgetCached(machine, head);
  folio.ref = 0;
  folio.bits &= ~FOLIO.SWAPCACHE;
  yield { routine: '__remove_mapping', text: 'nobody else holds it: frees it' };
  return 'freed';
}

/** try_to_unmap(): a swap entry takes the place of the one that maps it, unless the page is exclusive and may be pinned. */
function* tryToUnmap(machine: Machine, folio: Folio, head: number): Op<boolean> {
  const routine = 'try_to_unmap_one';
  const entry = rmapWalk(machine.state, head)[0];
  if (entry === undefined) return folio.map === 0;
  const exclusive = pageAnonExclusive(folio, head);
  if (!folioTryShareAnonRmap(machine, folio, head)) {
    yield { routine, text: 'an exclusive page that may be pinned: leaves it mapped' };
    return false;
  }
  Object.assign(entry, {
    bits: PTE.SWAP | (exclusive ? PTE.SWP_EXCLUSIVE : 0) | (entry.bits & PTE.SOFT_DIRTY),
    pfn: -1,
    swap: 'swap',
    swapType: 0,
    swapCache: head,
  });
  folioRemoveRmapPte(folio, head);
  folio.ref -= 1;
  yield { routine, text: 'replaces the entry by a swap entry' };
  return true;
}

/** The swap cache no longer has the folio: entries find the slot on the device. */
function forgetCached({ state }: Machine, head: number): void {
  for (const { pageTable } of state.mms) {
    for (const { ptes } of pageTable) {
      for (const pte of ptes ?? []) if (pte?.swapCache === head) pte.swapCache = -1;
    }
  }
}
