/** get_dump_page() of mm/gup.c: a page for a core dump. */

import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { getUserPages } from './getUserPages.js';
import { getUserPagesLocked } from './getUserPagesLocked.js';
import { mmapReadLockKillable, mmapReadUnlock } from './mmapLock.js';
import type { GupArguments } from './wrappers.js';

const FLAGS = FOLL.FORCE | FOLL.DUMP | FOLL.GET;

/**
 * 1 with the page, 0 for NULL. Up to v5.9 nobody takes mmap_lock: other threads are gone. Since v6.3 no fault may drop it.
 * Newer releases leave it to the caller by a `locked` of its own, 0 if the lock is to be taken here.
 */
export function* getDumpPage(machine: Machine, call: GupArguments): Op<number> {
  const { switches } = machine.behaviour;
  const { start, pages } = call;
  let ret: number;
  if (!switches.dumpPageTakesLock) {
    ret = yield* getUserPages(machine, start, 1, FLAGS, pages, null);
  } else if (switches.lockTakenInside) {
    const given = switches.dumpPageTakesLocked ? call.locked : null;
    const locked: LockedCell = given ?? { value: 0 };
    ret = yield* getUserPagesLocked(machine, start, 1, pages, locked, FLAGS);
  } else {
    const locked: LockedCell = { value: 1 };
    if ((yield* mmapReadLockKillable(machine)) !== 0) return 0;
    ret = yield* getUserPagesLocked(machine, start, 1, pages, locked, FLAGS);
    if (locked.value === 1) yield* mmapReadUnlock(machine, 'done');
  }
  return ret === 1 ? 1 : 0;
}
