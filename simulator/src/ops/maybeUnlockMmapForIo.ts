/** maybe_unlock_mmap_for_io() of mm/internal.h: a fault lets go of its lock before it waits for a disk (v5.1). */

import { FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { releaseFaultLock } from './releaseFaultLock.js';

/** Whether the lock is dropped: by a first fault that may retry and may wait. `why` is shown in the trace. */
export function* maybeUnlockMmapForIo(machine: Machine, vma: Vma, flags: number, why: string): Op<boolean> {
  const allowRetryFirst = (flags & (FAULT.ALLOW_RETRY | FAULT.TRIED)) === FAULT.ALLOW_RETRY;
  if (!allowRetryFirst || (flags & FAULT.RETRY_NOWAIT) !== 0) return false;
  yield* releaseFaultLock(machine, vma, flags, why);
  return true;
}
