/** try_to_unmap_one(), try_to_migrate_one() of mm/rmap.c: an entry that maps a page of a folio is replaced by another. */

import type { Machine } from '../machine.js';
import {
  clearPte,
  FOLIO,
  type Folio,
  folioRemoveRmapPte,
  PTE,
  type Pte,
  pageAnonExclusive,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { ptLock, ptUnlock } from './pageTableLock.js';
import { folioTryShareAnonRmap } from './tryShareAnonRmap.js';

/**
 * Replaces `pte`, which maps the page `pfn` of `folio`, by what `replacement` makes of it; its argument is the entry as
 * it was, and whether the page was exclusive. false: the page is exclusive and may be pinned, and stays mapped. Up to
 * v5.18 nothing stands in the way.
 */
export function* tryToUnmapOne(
  machine: Machine,
  routine: string,
  pte: Pte,
  folio: Folio,
  pfn: number,
  replacement: (was: Pte, exclusive: boolean) => Partial<Pte>,
): Op<boolean> {
  const { anonExclusive, unmapClearsEntryFirst } = machine.behaviour.switches;
  const was = { ...pte };
  const exclusive = pageAnonExclusive(folio, pfn);
  let shared = true;
  if (anonExclusive && exclusive) {
    ptLock(machine);
    if (unmapClearsEntryFirst) clearPte(pte);
    else shared = folioTryShareAnonRmap(machine, folio, pfn);
    yield {
      routine,
      text: unmapClearsEntryFirst ? 'clears the entry' : 'looks whether the page may be pinned',
    };
    if (unmapClearsEntryFirst) shared = folioTryShareAnonRmap(machine, folio, pfn);
    ptUnlock(machine);
  }
  if ((was.bits & PTE.DIRTY) !== 0) folio.bits |= FOLIO.DIRTY;
  if (!shared) {
    Object.assign(pte, was);
    yield { routine, text: 'an exclusive page that may be pinned: leaves it mapped' };
    return false;
  }
  Object.assign(pte, replacement(was, exclusive));
  folioRemoveRmapPte(folio, pfn);
  folio.ref -= 1;
  return true;
}
