/** do_numa_page() of mm/memory.c, on a machine of one node: the entry is made present again. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { PTE, type Pte, pageAnonExclusive, pageFolio, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';

/**
 * Always 0. Up to v6.1 the write bit comes back if it was kept in the entry (pte_savedwrite()); later it is given to an exclusive page of a writable vma (can_change_pte_writable()).
 */
export function* doNumaPage(machine: Machine, vma: Vma, pte: Pte, page: number, flags: number): Op<number> {
  const folio = pageFolio(machine.state.folios, pte.pfn);
  const exclusive = folio !== undefined && pageAnonExclusive(folio, pte.pfn);
  const kept = (pte.bits & PTE.WRITE) !== 0;
  const upgraded = machine.behaviour.switches.numaHintUpgradesWrite && vma.write && exclusive;
  if (upgraded && !vma.softDirty) throw new NotModelled('a NUMA hint where soft-dirty bits are tracked');
  pte.bits &= ~(PTE.PROTNONE | PTE.WRITE);
  pte.bits |= PTE.YOUNG | (kept || upgraded ? PTE.WRITE : 0);
  yield {
    routine: 'do_numa_page',
    text: 'takes the NUMA hint away; no other node to migrate to',
    faultFlags: flags,
    page,
  };
  return 0;
}
