/** shrink_folio_list() of mm/vmscan.c for one anonymous folio: adds it to the swap cache, unmaps it, writes it out, frees it. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  BATCH_NONE,
  FOLIO,
  type Folio,
  PTE,
  pageContents,
  pageFolio,
  pincount,
  rmapWalk,
  slotOfFolio,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { addToSwap, deleteFromSwapCache } from './folioFreeSwap.js';
import { folioTrylock, folioUnlock } from './folioLock.js';
import { tryToUnmapOne } from './tryToUnmapOne.js';

/** What became of it: `freed`, or `kept` on its LRU list, perhaps in the swap cache. `head` is the first page of a small folio. */
export function* shrinkFolioList(machine: Machine, head: number): Op<'freed' | 'kept'> {
  const routine = 'shrink_folio_list';
  const folio = pageFolio(machine.state.folios, head);
  const small =
    folio !== undefined && (folio.bits & (FOLIO.ANON | FOLIO.KSM)) === FOLIO.ANON && folio.order === 0;
  if (!small) throw new NotModelled('swap-out of anything but a small anonymous folio');
  if (folio.batch !== BATCH_NONE) {
    yield { routine, text: 'still in a folio batch, on no LRU list: kept' };
    return 'kept';
  }
  folio.ref += 1;
  yield { routine, text: 'takes the folio from its LRU list, with a reference' };
  const locked = folioTrylock(machine, folio);
  const freed = locked && (yield* pageOut(machine, folio, head));
  if (locked) folioUnlock(folio);
  if (freed) return 'freed';
  folio.ref -= 1;
  yield { routine, text: 'keeps the folio: puts it back, and gives its reference back' };
  return 'kept';
}

/** Whether the folio, which is locked, was freed. Up to v5.10 a page that may be pinned is put into the swap cache too. */
function* pageOut(machine: Machine, folio: Folio, head: number): Op<boolean> {
  const { state, behaviour } = machine;
  const { reclaimSkipsPinned, reclaimFreezesReferences } = behaviour.switches;
  if ((folio.bits & FOLIO.SWAPCACHE) === 0) {
    if (pincount(folio) > 0 && reclaimSkipsPinned) {
      yield { routine: 'folio_maybe_dma_pinned', text: 'the folio may be pinned: leaves it' };
      return false;
    }
    addToSwap(state, folio, head);
    yield { routine: 'add_to_swap', text: 'gives it a swap slot: the swap cache holds a reference' };
  }
  if (!(yield* tryToUnmap(machine, folio, head))) return false;
  if ((folio.bits & FOLIO.DIRTY) !== 0) {
    const slot = slotOfFolio(state.slots, head);
    if (slot !== undefined) slot.contents = pageContents(state.folios, head);
    folio.bits &= ~FOLIO.DIRTY;
    yield { routine: 'pageout', text: 'writes it to the swap device' };
  }
  // __remove_mapping() freezes the references of the isolation and the swap cache.
  const held = reclaimFreezesReferences && folio.ref !== 2;
  if (held || folio.map > 0 || (folio.bits & FOLIO.DIRTY) !== 0) {
    yield { routine: '__remove_mapping', text: 'somebody else holds it: leaves it in the swap cache' };
    return false;
  }
  deleteFromSwapCache(state.slots, folio, head);
  folio.ref = 0;
  yield { routine: '__remove_mapping', text: 'nobody else holds it: frees it' };
  return true;
}

/** try_to_unmap(): a swap entry takes the place of each that maps it, unless the page is exclusive and may be pinned. */
function* tryToUnmap(machine: Machine, folio: Folio, head: number): Op<boolean> {
  const routine = 'try_to_unmap_one';
  const { slots } = machine.state;
  for (;;) {
    const entry = rmapWalk(machine.state, head)[0];
    if (entry === undefined) break;
    const index = slots.findIndex(({ cache }) => cache === head);
    const slot = slots[index];
    if (slot === undefined) throw new NotModelled('swap-out of a folio whose slot is not known');
    const unmapped = yield* tryToUnmapOne(machine, routine, entry, folio, head, (was, exclusive) => ({
      bits: PTE.SWAP | (exclusive ? PTE.SWP_EXCLUSIVE : 0) | (was.bits & PTE.SOFT_DIRTY),
      pfn: -1,
      swap: 'swap',
      swapType: 0,
      slot: index,
    }));
    if (!unmapped) return false;
    slot.count += 1;
    yield { routine, text: 'replaces the entry by a swap entry' };
  }
  if (folio.map > 0) throw new NotModelled('swap-out of a page that processes outside the state map');
  return true;
}
