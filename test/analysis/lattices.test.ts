import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeldState, heldLattice } from '../../server/src/analysis/heldPages.js';
import type { Lattice } from '../../server/src/analysis/index.js';
import { refineBits, refineSign } from '../../server/src/analysis/lattices/factLattice.js';
import {
  clearFlags,
  type FlagValue,
  flagLattice,
  flagSet,
  keepFlags,
  maskOf,
  NO_FLAGS_VALUE,
  orFlags,
  refineByTest,
} from '../../server/src/analysis/lattices/flagLattice.js';
import { type LockState, lockLattice, lockState } from '../../server/src/analysis/lattices/lockLattice.js';
import { flagValues, lockPaths, NAMES, someNames } from './arbitraries.js';

function laws<S>(lattice: Lattice<S>, values: fc.Arbitrary<S>): void {
  it('has an associative, commutative and idempotent join with bottom as its neutral element', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const { join, equals, bottom } = lattice;
        expect(equals(join(a, a), a)).toBe(true);
        expect(equals(join(a, b), join(b, a))).toBe(true);
        expect(equals(join(join(a, b), c), join(a, join(b, c)))).toBe(true);
        expect(equals(join(a, bottom), a)).toBe(true);
        expect(equals(join(bottom, a), a)).toBe(true);
      }),
    );
  });
}

describe('the lattice of flag values', () => {
  laws(flagLattice, flagValues);

  it('keeps 64 distinct sets and folds more into masks that cover them', () => {
    let value = NO_FLAGS_VALUE;
    const names = NAMES.slice(0, 7);
    for (let bits = 0; bits < 128; bits++) {
      value = flagLattice.join(value, flagSet(names.filter((_, i) => (bits >> i) & 1)));
      if (bits === 63) expect(value.kind).toBe('sets');
    }
    expect(value.kind).toBe('mask');
    expect([...(maskOf(value).may ?? [])].sort()).toEqual(names);
    expect([...maskOf(value).must]).toEqual([]);
  });

  it('has operations that agree with those on single sets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.subarray(NAMES.slice(0, 6)), { minLength: 1, maxLength: 6 }),
        someNames,
        (sets, other) => {
          const mask = new Set(other.filter(name => !name.startsWith('param:')));
          const value = sets.map(set => flagSet(set)).reduce((a, b) => flagLattice.join(a, b));
          const keys = (v: FlagValue): string[] => (v.kind === 'sets' ? [...v.sets.keys()].sort() : ['mask']);
          const distinct = (list: readonly (readonly string[])[]): string[] =>
            [...new Set(list.map(set => [...set].sort().join('|')))].sort();
          expect(keys(orFlags(value, flagSet([...mask])))).toEqual(
            distinct(sets.map(set => [...new Set([...set, ...mask])])),
          );
          expect(keys(clearFlags(value, mask))).toEqual(
            distinct(sets.map(set => set.filter(n => !mask.has(n)))),
          );
          expect(keys(keepFlags(value, mask))).toEqual(
            distinct(sets.map(set => set.filter(n => mask.has(n)))),
          );
          expect(keys(refineByTest(value, mask, true))).toEqual(
            distinct(sets.filter(set => set.some(n => mask.has(n)))),
          );
          expect(keys(refineByTest(value, mask, false))).toEqual(
            distinct(sets.filter(set => !set.some(n => mask.has(n)))),
          );
        },
      ),
    );
  });
});

const lockStates: fc.Arbitrary<LockState> = fc
  .array(lockPaths, { maxLength: 6 })
  // Facts that say nothing are not kept, so a state that is made by joining has none.
  .map(paths => lockLattice.join(lockState(paths), lockState(paths.map(path => ({ ...path })))));

describe('the lattice of lock states', () => {
  laws(lockLattice, lockStates);

  it('never has two paths of one mode', () => {
    fc.assert(
      fc.property(lockStates, lockStates, (a, b) => {
        const joined = lockLattice.join(a, b).map(path => path.mode);
        expect(new Set(joined).size).toBe(joined.length);
      }),
    );
  });
});

describe('facts', () => {
  it('are refined to what both say, or to a contradiction', () => {
    expect(refineSign({ signs: 2, any: null, lacks: [] }, 5)).toBeNull();
    expect(refineSign({ signs: 7, any: ['R'], lacks: [] }, 2)).toBeNull();
    expect(refineBits({ signs: 7, any: ['R'], lacks: [] }, ['R', 'E'], false)).toBeNull();
    expect(refineBits({ signs: 7, any: null, lacks: ['R'] }, ['R'], true)).toBeNull();
    expect(refineBits({ signs: 7, any: ['C', 'R'], lacks: [] }, ['R'], false)?.any).toEqual(['C']);
    expect(refineBits({ signs: 2, any: null, lacks: [] }, ['R'], true)).toBeNull();
  });
});

const someKeys = fc.subarray(['page', 'pages', 'c->pages', '#12']);
const heldStates: fc.Arbitrary<HeldState> = fc.oneof(
  fc.constant(null),
  fc.constant('not-held' as const),
  fc.record({
    carriers: fc.array(fc.tuple(fc.constantFrom('page', 'pages', '#12'), fc.nat(2))).map(all => new Map(all)),
    keepers: someKeys.map(
      keys => new Map(keys.map(where => [where, { kind: 'stored' as const, where }] as const)),
    ),
    results: someKeys.map(keys => new Set(keys)),
    facts: someKeys.map(keys => new Map(keys.map(key => [key, { signs: 4, any: null, lacks: [] }] as const))),
    earlier: fc.boolean(),
  }),
);

describe('held pages', () => {
  laws(heldLattice, heldStates);
});
