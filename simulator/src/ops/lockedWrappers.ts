/** get_user_pages_locked() and pin_user_pages_locked() of mm/gup.c, which are gone since v5.18. */

import { EINVAL } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { getUserPagesLocked } from './getUserPagesLocked.js';
import { warnOn } from './isValidGupArgs.js';
import type { GupArguments } from './wrappers.js';

/** get_user_pages_locked(): FOLL_LONGTERM does not go with a lock that may be dropped. */
export function* getUserPagesLockedExported(machine: Machine, call: GupArguments): Op<number> {
  const routine = 'get_user_pages_locked';
  if (yield* refusesLongterm(machine, routine, call)) return -EINVAL;
  const pin = (call.flags & FOLL.PIN) !== 0;
  if (yield* warnOn(machine, routine, pin, 'FOLL_PIN is for pin_user_pages*(); -EINVAL')) return -EINVAL;
  return yield* locked(machine, call, call.flags | FOLL.TOUCH);
}

/** pin_user_pages_locked() */
export function* pinUserPagesLocked(machine: Machine, call: GupArguments): Op<number> {
  const routine = 'pin_user_pages_locked';
  if (yield* refusesLongterm(machine, routine, call)) return -EINVAL;
  const get = (call.flags & FOLL.GET) !== 0;
  if (yield* warnOn(machine, routine, get, 'FOLL_GET in a pin; -EINVAL')) return -EINVAL;
  return yield* locked(machine, call, call.flags | FOLL.PIN | FOLL.TOUCH);
}

function* refusesLongterm(machine: Machine, routine: string, call: GupArguments): Op<boolean> {
  const text = 'FOLL_LONGTERM with a locked pointer; -EINVAL';
  return yield* warnOn(machine, routine, (call.flags & FOLL.LONGTERM) !== 0, text);
}

function* locked(machine: Machine, call: GupArguments, flags: number): Op<number> {
  return yield* getUserPagesLocked(machine, call.start, call.nr, call.pages, call.locked, flags);
}
