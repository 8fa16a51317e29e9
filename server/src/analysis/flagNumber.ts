/** Numbers that are written where flags are wanted. */

import type { Span } from '../syntax/index.js';
import type { FlagContext } from './flagHelper.js';
import { type FlagValue, flagSet, UNKNOWN_FLAGS, ZERO_FLAGS } from './lattices/flagLattice.js';

/** A literal number, read as flags of a namespace in a release. */
export function numberFlags(
  value: number | null,
  at: Span,
  { profile, namespace }: Pick<FlagContext, 'profile' | 'namespace'>,
): FlagValue {
  if (value === 0) return ZERO_FLAGS;
  if (value === null || value < 0) return UNKNOWN_FLAGS;
  const names: string[] = [];
  let left = value;
  for (const flag of profile.flags.values()) {
    if (flag.namespace !== namespace || !isPowerOfTwo(flag.value)) continue;
    if (Math.floor(left / flag.value) % 2 === 1) {
      names.push(flag.name);
      left -= flag.value;
    }
  }
  return left === 0 ? flagSet(names, at) : UNKNOWN_FLAGS;
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}
