/** The exported functions of mm/gup.c around the slow walk. */

import { EINVAL } from '../errno.js';
import { FOLL } from '../flagSets.js';
import { isForeign, type LockedCell, type Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { getUserPagesLocked } from './getUserPagesLocked.js';
import { gupLongtermLocked } from './gupLongtermLocked.js';
import { isValidGupArgs, isValidGupFlags, warnOn } from './isValidGupArgs.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';

/** Arguments of a call. `pages` receives pfns. */
export interface GupArguments {
  /** Number of the first page in the mm. */
  readonly start: number;
  readonly nr: number;
  readonly flags: number;
  readonly pages: number[] | null;
  readonly locked: LockedCell | null;
}

/** Since v6.3 one function checks and completes the arguments of all (is_valid_gup_args()). */
export function checksInOnePlace(machine: Machine): boolean {
  return machine.behaviour.switches.internalFlagsRejected;
}

/** What a pin function returns for refused arguments: 0 since v6.3. */
function pinRefusal(machine: Machine): number {
  return machine.behaviour.switches.pinArgErrorReturnsZero ? 0 : -EINVAL;
}

/** get_user_pages() */
export function* getUserPagesExported(machine: Machine, call: GupArguments): Op<number> {
  const { start, nr, pages } = call;
  if (checksInOnePlace(machine)) {
    const flags = yield* isValidGupArgs(machine, 'get_user_pages', pages, null, call.flags, FOLL.TOUCH);
    if (flags === null) return -EINVAL;
    return yield* getUserPagesLocked(machine, start, nr, pages, { value: 1 }, flags);
  }
  if (!(yield* isValidGupFlags(machine, 'get_user_pages', call.flags))) return -EINVAL;
  return yield* gupLongtermLocked(machine, start, nr, pages, null, call.flags | FOLL.TOUCH);
}

/** FOLL_REMOTE, which the remote functions set whatever the mm; with the proposal only for another task's. */
function remoteFlag(machine: Machine): number {
  return machine.behaviour.switches.remoteImplied && !isForeign(machine) ? 0 : FOLL.REMOTE;
}

/** get_user_pages_remote() */
export function* getUserPagesRemote(machine: Machine, call: GupArguments): Op<number> {
  const { start, nr, pages, locked } = call;
  const toSet = FOLL.TOUCH | remoteFlag(machine);
  if (checksInOnePlace(machine)) {
    const flags = yield* isValidGupArgs(machine, 'get_user_pages_remote', pages, locked, call.flags, toSet);
    if (flags === null) return -EINVAL;
    return yield* getUserPagesLocked(machine, start, nr, pages, locked ?? { value: 1 }, flags);
  }
  if (!(yield* isValidGupFlags(machine, 'get_user_pages_remote', call.flags))) return -EINVAL;
  return yield* remoteChecked(machine, call, call.flags | toSet);
}

/** __get_user_pages_remote() up to v6.2: up to v6.1 FOLL_LONGTERM cannot be had together with `locked`, up to v5.5 not at all. */
function* remoteChecked(machine: Machine, call: GupArguments, flags: number): Op<number> {
  const { start, nr, pages, locked } = call;
  if ((flags & FOLL.LONGTERM) === 0)
    return yield* getUserPagesLocked(machine, start, nr, pages, locked, flags);
  const { longtermWithLocked, longtermRemoteDirect, pinApi } = machine.behaviour.switches;
  const always = !pinApi && !longtermRemoteDirect;
  const refused = always || (locked !== null && !longtermWithLocked);
  const text = `FOLL_LONGTERM ${always ? 'in a remote function' : 'with a locked pointer'}; -EINVAL`;
  if (yield* warnOn(machine, '__get_user_pages_remote', refused, text)) return -EINVAL;
  return yield* gupLongtermLocked(machine, start, nr, pages, locked, flags);
}

/** get_user_pages_unlocked() */
export function* getUserPagesUnlocked(machine: Machine, call: GupArguments): Op<number> {
  const { start, nr, pages } = call;
  if (checksInOnePlace(machine)) {
    const toSet = FOLL.TOUCH | FOLL.UNLOCKABLE;
    const flags = yield* isValidGupArgs(machine, 'get_user_pages_unlocked', pages, null, call.flags, toSet);
    if (flags === null) return -EINVAL;
    return yield* getUserPagesLocked(machine, start, nr, pages, { value: 0 }, flags);
  }
  const longterm = (call.flags & FOLL.LONGTERM) !== 0 && machine.behaviour.switches.unlockedRefusesLongterm;
  const text = 'FOLL_LONGTERM cannot be had without mmap_lock; -EINVAL';
  if (yield* warnOn(machine, 'get_user_pages_unlocked', longterm, text)) return -EINVAL;
  const locked: LockedCell = { value: 1 };
  yield* mmapReadLock(machine);
  const ret = yield* gupLongtermLocked(machine, start, nr, pages, locked, call.flags | FOLL.TOUCH);
  if (locked.value === 1) yield* mmapReadUnlock(machine, 'done');
  return ret;
}

/** The checks at the head of every pin_user_pages*() up to v6.2; true: go on. */
function* pinArgumentsAccepted(machine: Machine, routine: string, call: GupArguments): Op<boolean> {
  const get = (call.flags & FOLL.GET) !== 0;
  if (yield* warnOn(machine, routine, get, 'FOLL_GET in a pin; -EINVAL')) return false;
  const missing = call.pages === null && machine.behaviour.switches.pinRefusesNullPages;
  return !(yield* warnOn(machine, routine, missing, 'no pages array; -EINVAL'));
}

/** pin_user_pages(): in v5.6 another name of get_user_pages(). */
export function* pinUserPages(machine: Machine, call: GupArguments): Op<number> {
  if (!machine.behaviour.switches.pinCounting) return yield* getUserPagesExported(machine, call);
  const { start, nr, pages } = call;
  if (checksInOnePlace(machine)) {
    const flags = yield* isValidGupArgs(machine, 'pin_user_pages', pages, null, call.flags, FOLL.PIN);
    if (flags === null) return pinRefusal(machine);
    return yield* gupLongtermLocked(machine, start, nr, pages, { value: 1 }, flags);
  }
  if (!(yield* pinArgumentsAccepted(machine, 'pin_user_pages', call))) return pinRefusal(machine);
  return yield* gupLongtermLocked(machine, start, nr, pages, null, call.flags | FOLL.PIN);
}

/** pin_user_pages_remote(): in v5.6 another name of get_user_pages_remote(). */
export function* pinUserPagesRemote(machine: Machine, call: GupArguments): Op<number> {
  if (!machine.behaviour.switches.pinCounting) return yield* getUserPagesRemote(machine, call);
  const { start, nr, pages, locked } = call;
  const toSet = FOLL.PIN | FOLL.TOUCH | remoteFlag(machine);
  if (checksInOnePlace(machine)) {
    const flags = yield* isValidGupArgs(machine, 'pin_user_pages_remote', pages, locked, call.flags, toSet);
    if (flags === null) return pinRefusal(machine);
    return yield* gupLongtermLocked(machine, start, nr, pages, locked ?? { value: 1 }, flags);
  }
  if (!(yield* pinArgumentsAccepted(machine, 'pin_user_pages_remote', call))) return pinRefusal(machine);
  return yield* remoteChecked(machine, call, call.flags | toSet);
}

/** pin_user_pages_unlocked() */
export function* pinUserPagesUnlocked(machine: Machine, call: GupArguments): Op<number> {
  const { start, nr, pages } = call;
  if (checksInOnePlace(machine)) {
    const toSet = FOLL.PIN | FOLL.TOUCH | FOLL.UNLOCKABLE;
    const flags = yield* isValidGupArgs(machine, 'pin_user_pages_unlocked', pages, null, call.flags, toSet);
    if (flags === null) return pinRefusal(machine);
    return yield* gupLongtermLocked(machine, start, nr, pages, { value: 0 }, flags);
  }
  if (!(yield* pinArgumentsAccepted(machine, 'pin_user_pages_unlocked', call))) return pinRefusal(machine);
  return yield* getUserPagesUnlocked(machine, { ...call, flags: call.flags | FOLL.PIN });
}
