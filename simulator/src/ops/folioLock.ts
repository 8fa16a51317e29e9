/** The folio lock (PG_locked) of include/linux/pagemap.h, held over several steps. */

import type { Machine } from '../machine.js';
import type { Folio } from '../state/index.js';

/** folio_trylock(): whether it is held now. */
export function folioTrylock({ current }: Machine, folio: Folio): boolean {
  if (folio.locked >= 0) return false;
  folio.locked = current.index;
  return true;
}

/** folio_unlock() */
export function folioUnlock(folio: Folio): void {
  folio.locked = -1;
}
