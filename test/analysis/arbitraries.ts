/** Values of the lattices, for properties. */

import fc from 'fast-check';
import type { Fact } from '../../server/src/analysis/lattices/factLattice.js';
import {
  type FlagValue,
  flagLattice,
  flagSet,
  NO_FLAGS_VALUE,
  UNKNOWN_FLAGS,
} from '../../server/src/analysis/lattices/flagLattice.js';
import type { LockMode, LockPath } from '../../server/src/analysis/lattices/lockLattice.js';

/** Flags, and one thing that a parameter brings. */
export const NAMES = ['FOLL_A', 'FOLL_B', 'FOLL_C', 'FOLL_D', 'FOLL_E', 'FOLL_F', 'FOLL_G', 'param:x'];
export const someNames = fc.subarray(NAMES);
export const flagValues: fc.Arbitrary<FlagValue> = fc.oneof(
  fc.constant(NO_FLAGS_VALUE),
  fc.constant(UNKNOWN_FLAGS),
  fc
    .array(fc.tuple(someNames, fc.nat(9)), { maxLength: 50 })
    .map(sets =>
      sets
        .map(([names, at]) => flagSet(names, { start: at, end: at + 1 }))
        .reduce((a, b) => flagLattice.join(a, b), NO_FLAGS_VALUE),
    ),
  fc.tuple(someNames, someNames).map(
    ([must, more]): FlagValue => ({
      kind: 'mask',
      must: new Set(must),
      may: new Set([...must, ...more]),
      origins: new Map(),
    }),
  ),
);

const facts: fc.Arbitrary<Fact> = fc.record({
  signs: fc.integer({ min: 1, max: 7 }),
  any: fc.option(fc.subarray(['C', 'E', 'R'], { minLength: 1 }), { nil: null }),
  lacks: fc.subarray(['C', 'E', 'R']),
});
const modes: fc.Arbitrary<LockMode> = fc.constantFrom(
  'caller',
  'read',
  'write',
  'held',
  'vma',
  'none',
  'unknown',
);
export const lockPaths: fc.Arbitrary<LockPath> = fc.record({
  mode: modes,
  source: fc.constantFrom('local', 'assert', 'none'),
  origins: fc
    .uniqueArray(fc.nat(9))
    .map(list => list.sort((a, b) => a - b).map(start => ({ start, end: start + 1 }))),
  facts: fc
    .dictionary(fc.constantFrom('ret', 'fault', '*locked'), facts)
    .map(object => new Map(Object.entries(object))),
});
