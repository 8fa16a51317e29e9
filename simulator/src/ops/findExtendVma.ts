/** How GUP and fixup_user_fault() find the vma of an address: find_extend_vma() of mm/mmap.c, later gup_vma_lookup(). */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { findVma, type Vma, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';

/**
 * The vma that has the page, or null. Up to v6.4 a stack above is grown to it, with mmap_lock as the caller holds it
 * (not in v6.1.37 and later, by backport; commit 8d7071af8907).
 */
export function* findExtendVma(machine: Machine, page: number): Op<Vma | null> {
  const found = vmaLookup(machine.mm, page);
  if (found !== null || !machine.behaviour.switches.gupGrowsStack) return found;
  const above = findVma(machine.mm, page);
  if (above?.growsDown !== true) return null;
  if (above.locked) throw new NotModelled('the pages that a growing stack that is mlocked is filled with');
  above.start = page;
  yield { routine: 'find_extend_vma', text: 'the stack grows down to the address', page };
  return above;
}
