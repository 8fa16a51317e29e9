/** pte_offset_map_lock() of mm/memory.c: page-table locks that a routine keeps from one of its steps to a later one. */

import type { Machine } from '../machine.js';

/** Takes it: until {@link ptUnlock} only lockless walks go on. A section of one step needs none. */
export function ptLock({ state, current }: Machine): void {
  state.ptl = current.index;
}

/** pte_unmap_unlock() */
export function ptUnlock({ state }: Machine): void {
  state.ptl = -1;
}
