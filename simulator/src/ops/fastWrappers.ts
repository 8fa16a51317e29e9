/** The exported fast functions of mm/gup.c, and what is between them and the lockless walk. */

import { EFAULT, EINVAL } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { LOCKLESS } from '../state/index.js';
import type { Op } from '../trace.js';
import { gupFast } from './gupFast.js';
import { gupLongtermLocked } from './gupLongtermLocked.js';
import { isValidGupArgs, isValidGupFlags, warnOn } from './isValidGupArgs.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { checksInOnePlace, type GupArguments, getUserPagesUnlocked } from './wrappers.js';

/** What the fast walk takes; flags newer than a release cannot be passed to it. FOLL_FORCE came with v5.6. */
const ALLOWED =
  FOLL.WRITE |
  FOLL.LONGTERM |
  FOLL.FORCE |
  FOLL.PIN |
  FOLL.GET |
  FOLL.FAST_ONLY |
  FOLL.NOFAULT |
  FOLL.PCI_P2PDMA |
  FOLL.HONOR_NUMA_FAULT;

/** get_user_pages_fast() */
export function* getUserPagesFast(machine: Machine, call: GupArguments): Op<number> {
  return yield* fast(machine, call, 'get_user_pages_fast', FOLL.GET);
}

/** get_user_pages_fast_only(): up to v6.2 an error is 0. */
export function* getUserPagesFastOnly(machine: Machine, call: GupArguments): Op<number> {
  return yield* fast(machine, call, 'get_user_pages_fast_only', FOLL.GET | FOLL.FAST_ONLY);
}

/** pin_user_pages_fast(): in v5.6 another name of get_user_pages_fast(). */
export function* pinUserPagesFast(machine: Machine, call: GupArguments): Op<number> {
  if (!machine.behaviour.switches.pinCounting) return yield* getUserPagesFast(machine, call);
  return yield* fast(machine, call, 'pin_user_pages_fast', FOLL.PIN);
}

/** pin_user_pages_fast_only(), up to v6.1 or so: an error is 0. */
export function* pinUserPagesFastOnly(machine: Machine, call: GupArguments): Op<number> {
  return yield* fast(machine, call, 'pin_user_pages_fast_only', FOLL.PIN | FOLL.FAST_ONLY);
}

function* fast(machine: Machine, call: GupArguments, routine: string, toSet: number): Op<number> {
  if (checksInOnePlace(machine)) {
    const flags = yield* isValidGupArgs(machine, routine, call.pages, null, call.flags, toSet);
    return flags === null ? -EINVAL : yield* gupFastFallback(machine, call, flags);
  }
  const hidesErrors = (toSet & FOLL.FAST_ONLY) !== 0 && machine.behaviour.switches.gupFastOnlyHidesErrors;
  const accepted = yield* acceptedBefore(machine, call, routine, toSet);
  const ret = accepted ? yield* gupFastFallback(machine, call, call.flags | toSet) : -EINVAL;
  return hidesErrors && ret < 0 ? 0 : ret;
}

/** The checks at the head of the fast functions up to v6.2. */
function* acceptedBefore(machine: Machine, call: GupArguments, routine: string, toSet: number): Op<boolean> {
  if ((toSet & FOLL.PIN) !== 0) {
    if (yield* warnOn(machine, routine, (call.flags & FOLL.GET) !== 0, 'FOLL_GET in a pin')) return false;
    const missing = call.pages === null && machine.behaviour.switches.pinRefusesNullPages;
    return !(yield* warnOn(machine, routine, missing, 'no pages array'));
  }
  return (toSet & FOLL.FAST_ONLY) !== 0 || (yield* isValidGupFlags(machine, routine, call.flags));
}

/** internal_get_user_pages_fast() (v6.1), gup_fast_fallback() (v6.12): lockless first, the rest the slow way. */
function* gupFastFallback(machine: Machine, call: GupArguments, flags: number): Op<number> {
  const { start, nr, pages } = call;
  const routine = 'gup_fast_fallback';
  machine.notes.fast = { flags, slowPath: false };
  yield {
    routine,
    text: `wants ${nr} page${nr === 1 ? '' : 's'} without the lock`,
    gup: flags,
    wait: LOCKLESS,
  };
  const { pinApi, gupFastChecksFlags } = machine.behaviour.switches;
  const allowed = pinApi ? ALLOWED : ALLOWED & ~FOLL.FORCE;
  // Up to v5.5 FOLL_GET is not set here but by the slow path.
  const refused = gupFastChecksFlags && (flags & ~allowed) !== 0;
  if (yield* warnOn(machine, routine, refused, 'a flag that gup-fast does not take; -EINVAL')) {
    return -EINVAL;
  }
  if ((flags & FOLL.PIN) !== 0) machine.mm.hasPinned = true;
  if (!machine.range.userAddress) {
    yield { routine, text: '-EFAULT: no address of user space', gup: flags };
    return -EFAULT;
  }
  if (pages === null) throw new NotModelled('gup-fast without a pages array');
  const fastFlags = machine.behaviour.switches.forceCowBreak ? flags | FOLL.WRITE : flags;
  const taken = yield* gupFast(machine, start, nr, fastFlags, pages);
  if (taken === nr || (flags & FOLL.FAST_ONLY) !== 0) return taken;
  machine.notes.fast = { flags, slowPath: true };
  const rest: number[] = [];
  const slow = yield* slowPart(machine, {
    start: start + taken,
    nr: nr - taken,
    flags,
    pages: rest,
    locked: null,
  });
  pages.push(...rest);
  if (slow < 0) return taken > 0 ? taken : slow;
  return taken + slow;
}

/** Up to v6.2 through get_user_pages_unlocked(), in v6.1 a long-term pin with the lock held; later directly. */
function* slowPart(machine: Machine, call: GupArguments): Op<number> {
  const { start, nr, flags, pages } = call;
  const { switches } = machine.behaviour;
  if (switches.fastLongtermKeepsLock && (flags & FOLL.LONGTERM) !== 0) {
    yield* mmapReadLock(machine);
    const ret = yield* gupLongtermLocked(machine, start, nr, pages, null, flags);
    yield* mmapReadUnlock(machine, 'done');
    return ret;
  }
  if (!switches.lockTakenInside) return yield* getUserPagesUnlocked(machine, call);
  const slowFlags = flags | FOLL.TOUCH | FOLL.UNLOCKABLE;
  return yield* gupLongtermLocked(machine, start, nr, pages, { value: 0 }, slowFlags);
}
