/** Swap slots: where pages are that reclaim has written out (mm/swapfile.c, mm/swap_state.c). */

import { ZEROES } from './folio.js';

/** One page of a swap device. An entry of a page table names it by its place in `State.slots` (swp_offset()). */
export interface SwapSlot {
  /** swap_count(): entries of page tables that name it. */
  count: number;
  /** First page of the folio that the swap cache has for it, -1: none. */
  cache: number;
  /** What was written to the device. */
  contents: string;
}

/** A slot that nothing names yet, with nothing in it. */
export function newSlot(fields: Partial<SwapSlot> = {}): SwapSlot {
  return { count: 0, cache: -1, contents: ZEROES, ...fields };
}

/** The slot that the swap cache has a folio for; undefined: it is in no slot that is known. */
export function slotOfFolio(slots: readonly SwapSlot[], head: number): SwapSlot | undefined {
  return slots.find(({ cache }) => cache === head);
}
