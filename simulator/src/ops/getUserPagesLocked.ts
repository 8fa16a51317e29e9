/** __get_user_pages_locked() of mm/gup.c: repeats the walk when a fault has dropped mmap_lock. */

import { EAGAIN, EFAULT, EINTR } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Op } from '../trace.js';
import { getUserPages } from './getUserPages.js';
import { mmapReadLock, mmapReadLockKillable, mmapReadUnlock } from './mmapLock.js';
import { gupSignalPending } from './signals.js';

/**
 * Pages done or an error. Up to v6.2 `locked` is null if the caller gave none; from v6.3 (commits f04740f54594,
 * b2a72dff85fa) it is always there, FOLL_UNLOCKABLE says whether mmap_lock may be dropped, and *locked == 0 on entry
 * asks for the lock to be taken and released here.
 */
export function* getUserPagesLocked(
  machine: Machine,
  start: number,
  nr: number,
  pages: number[] | null,
  locked: LockedCell | null,
  gupFlags: number,
): Op<number> {
  const { switches } = machine.behaviour;
  let mustUnlock = false;
  if (switches.lockTakenInside) {
    if (locked === null) throw new NotModelled('__get_user_pages_locked() without a locked pointer');
    if (nr === 0 && switches.emptyResultIsFault) return 0;
    if (locked.value === 0) {
      if ((yield* mmapReadLockKillable(machine)) !== 0) return -EAGAIN;
      mustUnlock = true;
      locked.value = 1;
    }
  } else if (locked !== null && locked.value !== 1) {
    throw new NotModelled('*locked is 0 on entry: this release stops with BUG_ON()');
  }
  let flags = gupFlags;
  if ((flags & FOLL.PIN) !== 0) machine.mm.hasPinned = true;
  if (pages !== null && (flags & FOLL.PIN) === 0) flags |= FOLL.GET;
  const mayUnlock = switches.unlockableFlag ? (flags & FOLL.UNLOCKABLE) !== 0 : locked !== null;
  if (!mayUnlock || locked === null) {
    const ret = yield* getUserPages(machine, start, nr, flags, pages, locked);
    return yield* finish(machine, ret, locked, mustUnlock, flags);
  }
  const { done, dropped } = yield* retryLoop(machine, start, nr, pages, locked, flags);
  return yield* finish(machine, done, locked, mustUnlock || dropped, flags);
}

function* finish(
  machine: Machine,
  done: number,
  locked: LockedCell | null,
  mustUnlock: boolean,
  flags: number,
): Op<number> {
  if (mustUnlock && locked !== null && locked.value === 1) {
    yield* mmapReadUnlock(machine, 'it was taken here');
    locked.value = 0;
  }
  if (machine.behaviour.switches.emptyResultIsFault && done === 0 && (flags & FOLL.NOWAIT) === 0) {
    machine.notes.warned = true;
    yield { routine: '__get_user_pages_locked', text: 'WARN: no page and no error; -EFAULT', gup: flags };
    return -EFAULT;
  }
  return done;
}

interface Looped {
  readonly done: number;
  /** mmap_lock was dropped at least once. */
  readonly dropped: boolean;
}

function* retryLoop(
  machine: Machine,
  start: number,
  nr: number,
  pages: number[] | null,
  locked: LockedCell,
  flags: number,
): Op<Looped> {
  let done = 0;
  let dropped = false;
  for (;;) {
    const ret: number = yield* getUserPages(machine, start + done, nr - done, flags, pages, locked);
    if (pages === null && !machine.behaviour.switches.retryWithoutPages) return { done: ret, dropped: false };
    if (ret > 0) done += ret;
    if (ret > 0 && done === nr) return { done, dropped };
    if (locked.value === 1) return { done: done > 0 ? done : ret, dropped };
    dropped = true;
    const one: number = yield* retryOne(machine, start + done, pages, locked, flags);
    if (one !== 1) return { done: done > 0 ? done : one, dropped };
    done += 1;
    if (done === nr) return { done, dropped };
  }
}

/**
 * The page whose fault dropped the lock, until it is there: 1, or what ends the call. Up to v5.6 there is one retry, which
 * may not drop the lock again.
 */
function* retryOne(
  machine: Machine,
  page: number,
  pages: number[] | null,
  locked: LockedCell,
  flags: number,
): Op<number> {
  const { retryMayRepeat, gupRetakesLock, retryMarksTried } = machine.behaviour.switches;
  const tried = retryMarksTried ? FOLL.TRIED : 0;
  if (!retryMayRepeat) {
    locked.value = 1;
    if (gupRetakesLock) yield* mmapReadLock(machine);
    return yield* getUserPages(machine, page, 1, flags | tried, pages, null);
  }
  for (;;) {
    if (gupSignalPending(machine, flags)) {
      yield { routine: '__get_user_pages_locked', text: 'a signal is pending: gives up', gup: flags, page };
      return -EINTR;
    }
    const ret: number = gupRetakesLock ? yield* mmapReadLockKillable(machine) : 0;
    if (ret !== 0) return ret;
    locked.value = 1;
    const walked: number = yield* getUserPages(machine, page, 1, flags | tried, pages, locked);
    if (locked.value === 1) return walked;
  }
}
