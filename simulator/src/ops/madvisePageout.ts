/** madvise_pageout() of mm/madvise.c: MADV_PAGEOUT, reclaim of one's own memory. */

import { EINVAL } from '../errno.js';
import type { Machine } from '../machine.js';
import {
  entriesOf,
  FOLIO,
  type Folio,
  headPage,
  mappingsOf,
  PTE,
  type Pte,
  pageFolio,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { lruAddDrain } from './newFolio.js';
import { shrinkFolioList } from './shrinkFolioList.js';
import { splitFolio } from './splitFolio.js';

/** 0, whether the pages went or not, or -EINVAL up to v5.3. */
export function* madvisePageout(machine: Machine, start: number, end: number): Op<number> {
  if (!machine.behaviour.switches.madvPageout) {
    yield { routine: 'madvise_behavior_valid', text: '-EINVAL: MADV_PAGEOUT came with v5.4', page: start };
    return -EINVAL;
  }
  yield* mmapReadLock(machine);
  yield* reclaimRange(machine, start, end);
  yield* mmapReadUnlock(machine, 'done');
  return 0;
}

/**
 * reclaim_pages() of what the range maps. Pages that another process maps too are left alone. A large folio is written
 * out in small ones, as without CONFIG_THP_SWAP; the entries are the same in the end.
 */
export function* reclaimRange(machine: Machine, start: number, end: number): Op<void> {
  const { mm } = machine;
  lruAddDrain(machine);
  for (const entry of [...entriesOf(mm.pageTable, start, end)]) {
    const folio = ownFolio(machine, entry);
    if (folio === undefined || folio.order === 0) continue;
    folio.ref += 1;
    yield* splitFolio(machine, headPage(entry.pfn));
    folio.ref -= 1;
  }
  for (const entry of [...entriesOf(mm.pageTable, start, end)]) {
    if (ownFolio(machine, entry)?.order === 0) yield* shrinkFolioList(machine, entry.pfn);
  }
}

/** The anonymous folio that an entry maps, if nobody but this mm maps it. */
function ownFolio({ state, mm }: Machine, entry: Pte): Folio | undefined {
  const folio = pageFolio(state.folios, entry.pfn);
  if (folio === undefined || (entry.bits & PTE.PRESENT) === 0 || (folio.bits & FOLIO.ANON) === 0)
    return undefined;
  return mappingsOf(mm, headPage(entry.pfn)) === folio.map ? folio : undefined;
}
