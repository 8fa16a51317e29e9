/** Functions of mm/gup.c of which more can be told than what they do on all paths: what they do where they succeed. */

import type { Profile } from '../../../kernel/src/index.js';
import type { Call, Expression } from '../syntax/index.js';
import { type Values, withValue } from './flagState.js';
import {
  type FlagValue,
  flagLattice,
  flagSet,
  isSymbolic,
  orFlags,
  UNKNOWN_FLAGS,
  ZERO_FLAGS,
} from './lattices/flagLattice.js';

/** Their names: they are not followed. */
export const TOLD: ReadonlySet<string> = new Set(['is_valid_gup_args', 'faultin_page']);

/** Prefix of the notes that what a parameter or a field brings holds none of the flags that only mm itself may pass. */
const FROM_OUTSIDE = 'from outside: ';

/** Whether it is noted of `param:x` or `field:x->y` that it brings no flag that only mm itself may pass. */
export function isFromOutside(state: Values | null, symbol: string): boolean {
  const note = state?.get(FROM_OUTSIDE + symbol);
  return note !== undefined && flagLattice.equals(note, ZERO_FLAGS);
}

/** is_valid_gup_args() has let flags pass: it refuses those of mm itself (INTERNAL_GUP_FLAGS, 6.3), which is noted. */
export function notedAsOutside(state: Values, held: FlagValue): Values {
  const symbols = held.kind === 'sets' ? [...held.sets.values()].flat().filter(isSymbolic) : [];
  return symbols.reduce((next, symbol) => withValue(next, FROM_OUTSIDE + symbol, ZERO_FLAGS), state);
}

/** faultin_page(*flags) adds FOLL_COW while there is that flag, and changes nothing since. */
export function afterFault(profile: Profile, old: FlagValue): FlagValue {
  if (!profile.flags.has('FOLL_COW')) return old;
  return flagLattice.join(old, orFlags(old, flagSet(['FOLL_COW'])));
}

/** is_valid_gup_args(pages, locked, gup_flags_p, to_set) sets `to_set`, and UNLOCKABLE if locked is given. */
export function afterGupArgs(
  call: Call,
  old: FlagValue,
  evaluate: (argument: Expression) => FlagValue,
): FlagValue {
  const [, locked, , toSet] = call.args;
  if (locked === undefined || toSet === undefined) return UNKNOWN_FLAGS;
  const set = orFlags(old, evaluate(toSet));
  const given = orFlags(set, flagSet(['FOLL_UNLOCKABLE'], call.callee));
  if (locked.kind === 'identifier' && locked.name === 'NULL') return set;
  if (locked.kind === 'unary' && locked.op === '&') return given;
  return flagLattice.join(set, given);
}
