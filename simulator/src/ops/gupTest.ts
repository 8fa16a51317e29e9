/** pin_longterm_test_start() of mm/gup_test.c: a long-term pin for whoever opens /sys/kernel/debug/gup_test. */

import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { getUserPagesFast, pinUserPagesFast } from './fastWrappers.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { type GupArguments, getUserPagesExported, pinUserPages } from './wrappers.js';

/** Pages, and how they are wanted. */
export interface LongtermPin {
  readonly start: number;
  readonly nr: number;
  readonly write: boolean;
}

/**
 * Pages pinned, appended to `pages`, or an error; `fast`: by gup-fast first. The test came with v6.2; what it calls is
 * what a driver would have called before (see {@link pinForLong}).
 */
export function* pinLongtermTest(
  machine: Machine,
  asked: LongtermPin,
  fast: boolean,
  pages: number[],
): Op<number> {
  if (fast) {
    const pins = machine.behaviour.functions.has('pin_user_pages');
    return yield* (pins ? pinUserPagesFast : getUserPagesFast)(machine, callOf(machine, asked, pages));
  }
  yield* mmapReadLock(machine);
  const ret = yield* pinForLong(machine, asked, pages);
  yield* mmapReadUnlock(machine, 'the pages are pinned');
  return ret;
}

/**
 * pin_user_pages() with FOLL_LONGTERM, mmap_lock being held: pages pinned, or an error. It is get_user_pages() where
 * there is no other, without the flag where there is none.
 */
export function* pinForLong(machine: Machine, asked: LongtermPin, pages: number[]): Op<number> {
  const pins = machine.behaviour.functions.has('pin_user_pages');
  return yield* (pins ? pinUserPages : getUserPagesExported)(machine, callOf(machine, asked, pages));
}

/** get_user_pages_fast() has flags since v5.2 only, as FOLL_LONGTERM is. */
function callOf({ behaviour }: Machine, { start, nr, write }: LongtermPin, pages: number[]): GupArguments {
  const flags = (behaviour.follNames & FOLL.LONGTERM) | (write ? FOLL.WRITE : 0);
  return { start, nr, flags, pages, locked: null };
}
