/** secretmem_fault() of mm/secretmem.c: a page of memfd_secret(), which is taken out of the kernel's own mapping. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Op } from '../trace.js';
import type { Handled } from './driverHandlers.js';
import { newShmemFolio } from './newFolio.js';

/** The page, locked; one that is not in the page cache is allocated. */
export function* secretmemFault(machine: Machine, page: number, flags: number): Op<Handled> {
  const { state } = machine;
  let index = state.pageCache[page] ?? -1;
  const missing = index < 0;
  if (missing) {
    index = newShmemFolio(machine, 'caller');
    state.pageCache[page] = index;
  }
  const folio = state.folios[index];
  if (folio !== undefined) folio.ref += 1;
  yield {
    routine: 'secretmem_fault',
    text: missing
      ? 'allocates a page and takes it out of the direct map'
      : 'finds the page in the page cache',
    faultFlags: flags,
    page,
  };
  return { ret: VM_FAULT.LOCKED, folio: index };
}
