/** process_vm_rw_single_vec() of mm/process_vm_access.c: process_vm_readv() and process_vm_writev(). */

import { EFAULT } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { FOLIO, pageFolio } from '../state/index.js';
import type { Op } from '../trace.js';
import { getUserPagesLocked } from './getUserPagesLocked.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { gupPutFolio } from './tryGrabFolio.js';
import { pinUserPagesRemote } from './wrappers.js';

const PAGE_SIZE = 4096;

/** PVM_MAX_KMALLOC_PAGES pages of pointers. */
const PAGES_AT_ONCE = 1024;

/**
 * Bytes of the `nr` pages that were copied before something went wrong, or -EFAULT if there are none. The other side of the
 * copy is taken to be there.
 */
export function* processVmRw(machine: Machine, nr: number, write: boolean): Op<number> {
  let done = 0;
  while (done < nr) {
    const start = machine.range.start + done;
    const copied: number = yield* copyPages(machine, start, Math.min(nr - done, PAGES_AT_ONCE), write);
    if (copied === 0) break;
    done += copied;
  }
  return done > 0 ? done * PAGE_SIZE : -EFAULT;
}

/** Pages that could be pinned, and so were copied. */
function* copyPages(machine: Machine, start: number, nr: number, write: boolean): Op<number> {
  const { pinCounting, pinApi, remoteTakesLocked } = machine.behaviour.switches;
  const locked: LockedCell = { value: 1 };
  const pages: number[] = [];
  yield* mmapReadLock(machine);
  const flags = write ? FOLL.WRITE : 0;
  // Up to v4.9 __get_user_pages_unlocked(), to which nobody gives FOLL_TOUCH here (it was lost in v4.6, commit 1e9877902dc7).
  const pinned = remoteTakesLocked
    ? yield* pinUserPagesRemote(machine, { start, nr, flags, pages, locked })
    : yield* getUserPagesLocked(machine, start, nr, pages, locked, flags | FOLL.REMOTE);
  if (locked.value === 1) yield* mmapReadUnlock(machine, 'done');
  if (pinned <= 0) return 0;
  yield { routine: 'process_vm_rw_pages', text: `copies ${pinned} page${pinned === 1 ? '' : 's'}` };
  for (const pfn of pages) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio === undefined) continue;
    // Up to v5.5 put_page(): the walk has marked the page with FOLL_TOUCH, and where it lacks that set_page_dirty_lock().
    if (write && (pinApi || !remoteTakesLocked)) folio.bits |= FOLIO.DIRTY;
    gupPutFolio(machine, folio, pinCounting ? FOLL.PIN : FOLL.GET);
  }
  yield { routine: 'unpin_user_pages_dirty_lock', text: write ? 'marks them dirty, unpins' : 'unpins' };
  return pinned;
}
