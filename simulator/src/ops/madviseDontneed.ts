/** madvise_dontneed_single_vma() of mm/madvise.c: MADV_DONTNEED. */

import type { Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { lruAddDrain } from './newFolio.js';
import { zapPageRange } from './zapPageRange.js';

/** madvise(MADV_DONTNEED): always 0. The pages go, the mappings stay. */
export function* madviseDontneed(machine: Machine, start: number, end: number): Op<number> {
  yield* mmapReadLock(machine);
  lruAddDrain(machine);
  yield* zapPageRange(machine, start, end);
  yield* mmapReadUnlock(machine, 'done');
  return 0;
}
