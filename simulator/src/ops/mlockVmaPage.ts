/** mlock_vma_page() of mm/mlock.c as a walk with FOLL_MLOCK calls it, up to v5.17 (mm/gup.c follow_page_pte()). */

import type { Machine } from '../machine.js';
import { BATCH_NONE, FOLIO, type Folio } from '../state/index.js';
import { lruAddDrain } from './newFolio.js';

/**
 * Drains the batches of this CPU, takes a page that was not mlocked from its LRU list and puts it back: it waits in a
 * batch for the unevictable list. A page without a mapping, such as the zero page, is left alone.
 */
export function mlockVmaPage(machine: Machine, folio: Folio): void {
  if (folio.order > 0 || (folio.bits & (FOLIO.ZERO_PAGE | FOLIO.NO_LRU)) !== 0) return;
  lruAddDrain(machine);
  if ((folio.bits & FOLIO.MLOCKED) !== 0) return;
  folio.bits |= FOLIO.MLOCKED;
  if (folio.batch !== BATCH_NONE) return;
  folio.batch = machine.current.index;
  folio.ref += 1;
}
