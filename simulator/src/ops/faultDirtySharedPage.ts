/** fault_dirty_shared_page() of mm/memory.c: a shared page has been written to. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { FOLIO, type Folio, hasPageMkwrite, PAGE_CACHE, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { maybeUnlockMmapForIo } from './maybeUnlockMmapForIo.js';

/**
 * 0, or VM_FAULT_COMPLETED (v6.0, commit d92725256b4f; before, VM_FAULT_RETRY) with the lock dropped. A page that becomes dirty may have to wait for writeback (balance_dirty_pages_ratelimited()):
 * from v5.5 on a first fault that may retry drops its lock for it (maybe_unlock_mmap_for_io()). A driver's page has no
 * mapping to wait for.
 */
export function* faultDirtySharedPage(
  machine: Machine,
  vma: Vma,
  folio: Folio,
  page: number,
  flags: number,
): Op<number> {
  const dirtied = (folio.bits & FOLIO.DIRTY) === 0;
  folio.bits |= FOLIO.DIRTY;
  // page_mkwrite has dirtied the page before.
  if ((!dirtied && !hasPageMkwrite(vma)) || (folio.bits & PAGE_CACHE) === 0) return 0;
  const { dirtyThrottleDropsLock, faultCompleted } = machine.behaviour.switches;
  const why = 'the page was dirtied, writeback may have to be waited for';
  if (!dirtyThrottleDropsLock || !(yield* maybeUnlockMmapForIo(machine, vma, flags, why))) return 0;
  const text = faultCompleted ? 'the fault is complete' : 'the fault is to be retried';
  yield { routine: 'fault_dirty_shared_page', text, faultFlags: flags, page };
  return faultCompleted ? VM_FAULT.COMPLETED : VM_FAULT.RETRY;
}
