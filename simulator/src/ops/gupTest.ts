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
  /** By gup-fast first. */
  readonly fast: boolean;
}

/**
 * Pages pinned, appended to `pages`, or an error. The test came with v6.2; what it calls is what a driver would have called before:
 * get_user_pages() where there is no pin_user_pages(), without FOLL_LONGTERM where there is no such flag.
 */
export function* pinLongtermTest(machine: Machine, asked: LongtermPin, pages: number[]): Op<number> {
  const { functions, follNames } = machine.behaviour;
  const { start, nr, write, fast } = asked;
  const pins = functions.has('pin_user_pages');
  // get_user_pages_fast() has flags since v5.2 only, as FOLL_LONGTERM is.
  const flags = (follNames & FOLL.LONGTERM) | (write ? FOLL.WRITE : 0);
  const call: GupArguments = { start, nr, flags, pages, locked: null };
  if (fast) return yield* (pins ? pinUserPagesFast : getUserPagesFast)(machine, call);
  yield* mmapReadLock(machine);
  const ret = yield* (pins ? pinUserPages : getUserPagesExported)(machine, call);
  yield* mmapReadUnlock(machine, 'the pages are pinned');
  return ret;
}
