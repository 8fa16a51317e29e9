/** What variables of flags hold at a point of a function. */

import { type FlagValue, flagLattice } from './lattices/flagLattice.js';

/** Values of lvalues by their text. What is absent has its default. */
export type Values = ReadonlyMap<string, FlagValue>;

/** The same state with one value replaced. */
export function withValue(state: Values, key: string, value: FlagValue): Values {
  const next = new Map(state);
  next.set(key, value);
  return next;
}

/** Whether two states are the same. */
export function sameValues(a: Values | null, b: Values | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !flagLattice.equals(value, other)) return false;
  }
  return true;
}
