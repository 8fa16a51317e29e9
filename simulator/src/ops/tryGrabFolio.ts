/** Taking a reference or a pin: try_grab_page() (v6.1), try_grab_folio() (v6.12) of mm/gup.c. */

import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { BATCH_NONE, FOLIO, type Folio, GUP_PIN_COUNTING_BIAS, isHugeZeroFolio } from '../state/index.js';

/** Takes what the flags ask for; with neither FOLL_GET nor FOLL_PIN nothing. Says what it took. */
export function tryGrabFolio(machine: Machine, folio: Folio, flags: number): string {
  if ((flags & FOLL.GET) !== 0) {
    folio.ref += 1;
    return `takes a reference (refcount ${folio.ref})`;
  }
  if ((flags & FOLL.PIN) !== 0) {
    if (notPinned(machine, folio)) return 'takes no pin: the zero page is not pinned';
    pin(folio, 1);
    return `takes a pin (refcount ${folio.ref})`;
  }
  return 'takes nothing (no FOLL_GET, no FOLL_PIN)';
}

/** gup_put_folio() of a pin, folio_put() of a reference: gives back what {@link tryGrabFolio} took. */
export function gupPutFolio(machine: Machine, folio: Folio, flags: number): void {
  if ((flags & FOLL.PIN) === 0) folio.ref -= 1;
  else if (!notPinned(machine, folio)) pin(folio, -1);
}

/** A large folio counts its pins in a field of its own, and a reference for each. */
function pin(folio: Folio, count: number): void {
  if (folio.order > 0) {
    folio.ref += count;
    folio.pincountField += count;
  } else {
    folio.ref += count * GUP_PIN_COUNTING_BIAS;
  }
}

function notPinned(machine: Machine, folio: Folio): boolean {
  // is_zero_page() is not true of the huge zero page.
  const zeroPage = (folio.bits & FOLIO.ZERO_PAGE) !== 0 && !isHugeZeroFolio(folio);
  return zeroPage && machine.behaviour.switches.zeroPagePinNotCounted;
}

/**
 * mark_page_accessed() of mm/swap.c. The second mark of an inactive folio on the LRU activates it, and the folio batch
 * for that takes a reference; with the multi-generational LRU only generations are counted.
 */
export function markPageAccessed(machine: Machine, folio: Folio): void {
  if (machine.behaviour.switches.multiGenLru || (folio.bits & FOLIO.NO_LRU) !== 0) return;
  if ((folio.bits & FOLIO.REFERENCED) === 0) {
    folio.bits |= FOLIO.REFERENCED;
  } else if ((folio.bits & (FOLIO.ACTIVE | FOLIO.ZERO_PAGE | FOLIO.MLOCKED)) === 0) {
    folio.bits = (folio.bits | FOLIO.ACTIVE) & ~FOLIO.REFERENCED;
    if (folio.batch === BATCH_NONE) {
      folio.batch = machine.current.index;
      folio.ref += 1;
    }
  }
}
