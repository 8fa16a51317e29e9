/** Functions of mm/gup.c of which more can be told than what they do on all paths: what they do where they succeed. */

import type { Profile } from '../../../kernel/src/index.js';
import type { Call, Expression } from '../syntax/index.js';
import { type FlagValue, flagLattice, flagSet, orFlags, UNKNOWN_FLAGS } from './lattices/flagLattice.js';

/** Their names: they are not followed. */
export const TOLD: ReadonlySet<string> = new Set(['is_valid_gup_args', 'faultin_page']);

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
