import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lattice } from '../../server/src/analysis/index.js';
import { type Fact, refineBits, refineSign } from '../../server/src/analysis/lattices/factLattice.js';
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
  UNKNOWN_FLAGS,
} from '../../server/src/analysis/lattices/flagLattice.js';
import {
  type LockMode,
  type LockPath,
  type LockState,
  lockLattice,
  lockState,
} from '../../server/src/analysis/lattices/lockLattice.js';

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

const NAMES = ['FOLL_A', 'FOLL_B', 'FOLL_C', 'FOLL_D', 'FOLL_E', 'FOLL_F', 'FOLL_G', 'param:x'];
const someNames = fc.subarray(NAMES);
const flagValues: fc.Arbitrary<FlagValue> = fc.oneof(
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

const facts: fc.Arbitrary<Fact> = fc.record({
  signs: fc.integer({ min: 1, max: 7 }),
  any: fc.option(fc.subarray(['R', 'C', 'E'], { minLength: 1 }), { nil: null }),
  lacks: fc.subarray(['R', 'C', 'E']),
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
const lockPaths: fc.Arbitrary<LockPath> = fc.record({
  mode: modes,
  source: fc.constantFrom('local', 'assert', 'none'),
  origins: fc
    .uniqueArray(fc.nat(9))
    .map(list => list.sort((a, b) => a - b).map(start => ({ start, end: start + 1 }))),
  facts: fc
    .dictionary(fc.constantFrom('ret', 'fault', '*locked'), facts)
    .map(object => new Map(Object.entries(object))),
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
