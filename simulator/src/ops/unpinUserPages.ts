/** unpin_user_pages_dirty_lock() and put_page() of mm/gup.c and mm/swap.c: pages are given back, one after the other. */

import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { FOLIO, pageFolio } from '../state/index.js';
import type { Op } from '../trace.js';
import { gupPutFolio } from './tryGrabFolio.js';

/** Gives pins of pin_user_pages*() back; `dirty` marks the pages first. */
export function* unpinUserPages(machine: Machine, pages: readonly number[], dirty: boolean): Op<void> {
  for (const pfn of pages) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio === undefined) continue;
    if (dirty) folio.bits |= FOLIO.DIRTY;
    gupPutFolio(machine, folio, FOLL.PIN);
    yield { routine: 'gup_put_folio', text: `gives a pin back (refcount ${folio.ref})` };
  }
}

/** Gives references of get_user_pages*() back; `dirty` marks the pages first. */
export function* putPages(machine: Machine, pages: readonly number[], dirty = false): Op<void> {
  for (const pfn of pages) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio === undefined) continue;
    if (dirty) folio.bits |= FOLIO.DIRTY;
    gupPutFolio(machine, folio, FOLL.GET);
    yield { routine: 'put_page', text: `gives a reference back (refcount ${folio.ref})` };
  }
}
