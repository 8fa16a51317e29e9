/** What the exported functions accept: is_valid_gup_flags() up to v6.2, is_valid_gup_args() from v6.3, of mm/gup.c. */

import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import type { Op } from '../trace.js';

/** What v6.3 refused from callers; v6.7 and v6.9 added to it (INTERNAL_GUP_FLAGS of mm/internal.h). */
const INTERNAL_AT_FIRST = FOLL.TRIED | FOLL.REMOTE | FOLL.PIN | FOLL.FAST_ONLY | FOLL.UNLOCKABLE;
const GET_AND_PIN = FOLL.GET | FOLL.PIN;

/** What a call that goes on was told. */
const ACCEPTED = 'the arguments are accepted';

/** Whether a step, by its text, only lets a call through: on a release without the check nothing else comes of it. */
export function isAcceptance(text: string): boolean {
  return text === ACCEPTED;
}

/** The flags to go on with, or null: refused, with a WARN. `toSet` is what the function itself adds. */
export function* isValidGupArgs(
  machine: Machine,
  routine: string,
  pages: number[] | null,
  locked: LockedCell | null,
  callerFlags: number,
  toSet: number,
): Op<number | null> {
  const { honorNumaImplied, nowaitNotUnlockable } = machine.behaviour.switches;
  const implied = honorNumaImplied ? FOLL.HONOR_NUMA_FAULT : 0;
  let flags = callerFlags | toSet | implied | (locked !== null ? FOLL.UNLOCKABLE : 0);
  if (nowaitNotUnlockable && (flags & FOLL.NOWAIT) !== 0) flags &= ~FOLL.UNLOCKABLE;
  const refusal = refusalOf(machine, callerFlags, flags, pages, locked);
  if (refusal === null) {
    yield { routine: 'is_valid_gup_args', text: ACCEPTED, gup: flags };
    return flags;
  }
  machine.notes.warned = true;
  yield { routine: 'is_valid_gup_args', text: `WARN, called by ${routine}: ${refusal}`, gup: callerFlags };
  return null;
}

function internalFlags(machine: Machine): number {
  if (!machine.behaviour.switches.internalFlagsRejectedAll) return INTERNAL_AT_FIRST;
  return INTERNAL_AT_FIRST | FOLL.TOUCH | FOLL.MADV_POPULATE;
}

function refusalOf(
  machine: Machine,
  callerFlags: number,
  flags: number,
  pages: number[] | null,
  locked: LockedCell | null,
): string | null {
  if ((callerFlags & internalFlags(machine)) !== 0) return 'a flag that only mm/ may set';
  if (locked !== null && locked.value !== 1) return '*locked must be 1 on entry';
  if ((flags & GET_AND_PIN) === GET_AND_PIN) return 'FOLL_GET and FOLL_PIN exclude each other';
  if ((flags & FOLL.PIN) === 0 && (flags & FOLL.LONGTERM) !== 0) return 'FOLL_LONGTERM is for pins';
  if ((flags & GET_AND_PIN) !== 0 && pages === null) return 'a pages array is needed';
  if ((flags & FOLL.LONGTERM) !== 0 && (flags & FOLL.PCI_P2PDMA) !== 0) {
    return 'FOLL_LONGTERM with FOLL_PCI_P2PDMA';
  }
  return null;
}

/** A WARN_ON_ONCE: true if `condition` holds. */
export function* warnOn(machine: Machine, routine: string, condition: boolean, text: string): Op<boolean> {
  if (!condition) return false;
  machine.notes.warned = true;
  yield { routine, text: `WARN: ${text}` };
  return true;
}

/** is_valid_gup_flags(): up to v6.2 FOLL_PIN is refused from get_user_pages[_remote](), from v5.10 on FOLL_LONGTERM too. */
export function* isValidGupFlags(machine: Machine, routine: string, flags: number): Op<boolean> {
  const refused = FOLL.PIN | (machine.behaviour.switches.getRefusesLongterm ? FOLL.LONGTERM : 0);
  const text = 'FOLL_PIN and FOLL_LONGTERM are for pin_user_pages*(); -EINVAL';
  return !(yield* warnOn(machine, routine, (flags & refused) !== 0, text));
}
