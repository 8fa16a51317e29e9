/** do_numa_page() of mm/memory.c, on a machine of one node: the entry is made present again. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { PTE, type Pte, type Vma, vmaIsAccessible } from '../state/index.js';
import type { Op } from '../trace.js';
import { canChangePteWritable } from './canChangePteWritable.js';
import { mkPte } from './newFolio.js';

/** Always 0. */
export function* doNumaPage(machine: Machine, vma: Vma, pte: Pte, page: number, flags: number): Op<number> {
  clearNumaHint(machine, vma, pte);
  yield { routine: 'do_numa_page', text: HINT_CLEARED, faultFlags: flags, page };
  return 0;
}

/** What a trace says of it. */
export const HINT_CLEARED = 'takes the NUMA hint away; no other node to migrate to';

/**
 * Makes the entry, of either level, present again. Up to v6.1 the write bit comes back if it was kept in the entry (pte_savedwrite()); later it is given to an exclusive page
 * of a writable vma, or a dirty shared one (can_change_pte_writable(), can_change_pmd_writable()). An entry of a shared mapping
 * is writable by itself, unless the first write is to be told of.
 */
export function clearNumaHint(machine: Machine, vma: Vma, entry: Pte): void {
  if (!vmaIsAccessible(vma))
    throw new NotModelled('a NUMA hint of a PROT_NONE vma: the kernel stops with BUG_ON()');
  const kept = (entry.bits & PTE.WRITE) !== 0;
  entry.bits &= ~(PTE.PROTNONE | PTE.WRITE);
  const upgraded =
    machine.behaviour.switches.numaHintUpgradesWrite && canChangePteWritable(machine, vma, entry);
  entry.bits |= PTE.YOUNG | (mkPte(vma) & PTE.WRITE) | (kept || upgraded ? PTE.WRITE : 0);
}
