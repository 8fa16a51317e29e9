/** folio_free_swap() and swap_free() of mm/swapfile.c: who gives up a swap slot, and what that frees. */

import { FOLIO, type Folio, newSlot, pageFolio, type State, slotOfFolio } from '../state/index.js';

/**
 * add_to_swap(): the folio gets a slot, the first that is free, in the swap cache, which holds a reference. It becomes dirty.
 */
export function addToSwap({ slots }: State, folio: Folio, head: number): void {
  folio.bits |= FOLIO.SWAPCACHE | FOLIO.DIRTY;
  folio.ref += 1;
  const free = slots.find(({ count, cache }) => count === 0 && cache < 0);
  if (free === undefined) slots.push(newSlot({ cache: head }));
  else free.cache = head;
}

/**
 * folio_free_swap(), try_to_free_swap(): takes the folio out of the swap cache, unless an entry still names its slot. Whether
 * it did. A folio whose slot is not known is one of a recording, which nobody else has swapped out.
 */
export function folioFreeSwap({ slots }: State, folio: Folio, head: number): boolean {
  if ((folio.bits & FOLIO.SWAPCACHE) === 0) return false;
  const slot = slotOfFolio(slots, head);
  if (slot !== undefined && slot.count > 0) return false;
  deleteFromSwapCache(slots, folio, head);
  folio.bits |= FOLIO.DIRTY;
  return true;
}

/** delete_from_swap_cache() */
export function deleteFromSwapCache(slots: State['slots'], folio: Folio, head: number): void {
  const slot = slotOfFolio(slots, head);
  if (slot !== undefined) slot.cache = -1;
  folio.bits &= ~FOLIO.SWAPCACHE;
  folio.ref -= 1;
}

/** free_swap_and_cache(): an entry that names the slot goes; with the last one a cached folio that nothing maps. */
export function freeSwapAndCache(state: State, index: number): void {
  const slot = state.slots[index];
  if (slot === undefined) return;
  slot.count -= 1;
  const folio = pageFolio(state.folios, slot.cache);
  if (folio !== undefined && folio.map === 0) folioFreeSwap(state, folio, slot.cache);
}

/** page_swapcount(): entries that name the slot of a folio in the swap cache. */
export function swapCount({ slots }: State, folio: Folio, head: number): number {
  return (folio.bits & FOLIO.SWAPCACHE) === 0 ? 0 : (slotOfFolio(slots, head)?.count ?? 0);
}
