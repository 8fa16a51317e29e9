/** How each function of the GUP family is entered, and what arguments it takes in a release. */

import type { Behaviour } from './behaviour.js';
import { FAULT_SET, FOLL, FOLL_SET } from './flagSets.js';
import type { Machine } from './machine.js';
import { NotModelled } from './notModelled.js';
import {
  getUserPagesFast,
  getUserPagesFastOnly,
  pinUserPagesFast,
  pinUserPagesFastOnly,
} from './ops/fastWrappers.js';
import { getDumpPage } from './ops/getDumpPage.js';
import { getUserPagesLockedExported, pinUserPagesLocked } from './ops/lockedWrappers.js';
import { memfdPinFolios } from './ops/memfdPinFolios.js';
import {
  type GupArguments,
  getUserPagesExported,
  getUserPagesRemote,
  getUserPagesUnlocked,
  pinUserPages,
  pinUserPagesRemote,
  pinUserPagesUnlocked,
} from './ops/wrappers.js';
import type { Op } from './trace.js';

/** How a function is entered. */
export interface EntryPoint {
  /** mmap_lock is held on entry. */
  readonly lockHeld: boolean;
  /** It can be given another process's mm. */
  readonly remote: boolean;
  readonly run: (machine: Machine, call: GupArguments) => Op<number>;
  /** Of a call on a file: the flags that its folios are held with. */
  readonly holdsWith?: number;
}

const HELD = { lockHeld: true, remote: false };
const REMOTE = { lockHeld: true, remote: true };
const UNLOCKED = { lockHeld: false, remote: false };

/** The functions by name. */
export const ENTRY_POINTS: ReadonlyMap<string, EntryPoint> = new Map<string, EntryPoint>([
  ['get_user_pages', { ...HELD, run: getUserPagesExported }],
  ['get_user_pages_remote', { ...REMOTE, run: getUserPagesRemote }],
  ['get_user_pages_unlocked', { ...UNLOCKED, run: getUserPagesUnlocked }],
  ['pin_user_pages', { ...HELD, run: pinUserPages }],
  ['pin_user_pages_remote', { ...REMOTE, run: pinUserPagesRemote }],
  ['pin_user_pages_unlocked', { ...UNLOCKED, run: pinUserPagesUnlocked }],
  ['get_user_pages_fast', { ...UNLOCKED, run: getUserPagesFast }],
  ['get_user_pages_fast_only', { ...UNLOCKED, run: getUserPagesFastOnly }],
  ['pin_user_pages_fast', { ...UNLOCKED, run: pinUserPagesFast }],
  ['pin_user_pages_fast_only', { ...UNLOCKED, run: pinUserPagesFastOnly }],
  ['get_user_pages_locked', { ...HELD, run: getUserPagesLockedExported }],
  ['pin_user_pages_locked', { ...HELD, run: pinUserPagesLocked }],
  ['memfd_pin_folios', { ...UNLOCKED, run: memfdPinFolios, holdsWith: FOLL.PIN }],
  ['get_dump_page', { ...UNLOCKED, run: getDumpPage }],
]);

/** Whether mmap_lock is held on entry: get_dump_page() is told by `locked` whether it is. */
export function lockHeldOnEntry(fn: string, entry: EntryPoint, locked: 0 | 1 | null): boolean {
  return entry.lockHeld || (fn === 'get_dump_page' && locked === 1);
}

/** Whether the function has a `locked` (or `unlocked`) argument in this release. */
export function takesLocked({ functions }: Behaviour, fn: string): boolean {
  const found = functions.get(fn);
  return found !== undefined && Math.max(found.argument('locked'), found.argument('unlocked')) >= 0;
}

/**
 * The mask of FOLL_ names given to `fn`. Throws {@link NotModelled} for a name that the release does not have, and for one
 * that it cannot be told.
 */
export function follFlags(fn: string, flags: readonly string[], behaviour: Behaviour): number {
  let mask = 0;
  for (const name of flags) {
    const bit = FOLL_SET.bit(name);
    if (bit === 0) throw new NotModelled(`the flag ${name}`);
    if ((behaviour.follNames & bit) === 0)
      throw new NotModelled(`${name}: v${behaviour.release} has no such flag`);
    mask |= bit;
  }
  if ((mask & FOLL.MADV_POPULATE) !== 0 && !behaviour.switches.madvPopulateFlag)
    throw new NotModelled('FOLL_MADV_POPULATE');
  const { explicitFlags, gupFastTakesFlags } = behaviour.switches;
  const passed =
    fn === 'get_user_pages_fast' && !gupFastTakesFlags
      ? FOLL.WRITE
      : explicitFlags
        ? mask
        : FOLL.WRITE | FOLL.FORCE;
  if ((mask & ~passed) !== 0)
    throw new NotModelled(`flags of ${fn}() that v${behaviour.release} has no argument for`);
  return mask;
}

/** The mask of FAULT_FLAG_ names, with or without the prefix. Throws {@link NotModelled} for another name. */
export function faultFlags(names: readonly string[]): number {
  let mask = 0;
  for (const name of names) {
    const bit = FAULT_SET.bit(name);
    if (bit === 0) throw new NotModelled(`the flag ${name}`);
    mask |= bit;
  }
  return mask;
}
