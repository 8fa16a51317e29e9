/** Transfer functions are monotone: where more may be so before, no less may be so after. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOCK_OPERATIONS, profileFor, siteFunction } from '../../kernel/src/index.js';
import type { Lattice } from '../../server/src/analysis/index.js';
import {
  type Fact,
  refineBits,
  refineSign,
  withFact,
} from '../../server/src/analysis/lattices/factLattice.js';
import {
  clearFlags,
  type FlagValue,
  flagLattice,
  flagSet,
  isSymbolic,
  keepFlags,
  maskOf,
  NO_FLAGS_VALUE,
  orFlags,
  refineByTest,
} from '../../server/src/analysis/lattices/flagLattice.js';
import { type LockState, lockLattice, lockState } from '../../server/src/analysis/lattices/lockLattice.js';
import { applyContract, applyOperation } from '../../server/src/analysis/lockTransfer.js';
import type { Call } from '../../server/src/syntax/index.js';
import { flagValues, lockPaths } from './arbitraries.js';
import { analyse, inFunction } from './snippet.js';

/** Whether `a` says no more than `b` allows. */
function isBelow<S>(lattice: Lattice<S>, a: S, b: S): boolean {
  return lattice.equals(lattice.join(a, b), b);
}

const MASKS = fc.subarray(['FOLL_A', 'FOLL_B', 'FOLL_C', 'FOLL_D'], { minLength: 1 });

/**
 * Values of names alone. What a test or a mask leaves of `param:x` has no name: a set that holds it stands for all that
 * may be left, which a mask can say in names.
 */
const namedValues = flagValues.filter(value => ![...(maskOf(value).may ?? [])].some(isSymbolic));

/** Names without their places: an origin that a path adds is no value. */
function withoutOrigins(value: FlagValue): FlagValue {
  return { ...value, origins: new Map() };
}

describe('operations on flags', () => {
  type Operation = (value: FlagValue, names: readonly string[]) => FlagValue;
  const operations: readonly (readonly [string, fc.Arbitrary<FlagValue>, Operation])[] = [
    ['a | names', flagValues, (value, names) => orFlags(value, flagSet(names))],
    ['a & ~names', flagValues, (value, names) => clearFlags(value, new Set(names))],
    ['a & names', namedValues, (value, names) => keepFlags(value, new Set(names))],
    ['a, where a & names', namedValues, (value, names) => refineByTest(value, new Set(names), true)],
    ['a, where !(a & names)', flagValues, (value, names) => refineByTest(value, new Set(names), false)],
  ];

  it.each(operations)('%s', (_, values, operation) => {
    fc.assert(
      fc.property(values, values, MASKS, (a, more, names) => {
        const low = withoutOrigins(operation(a, names));
        const high = withoutOrigins(operation(flagLattice.join(a, more), names));
        expect(isBelow(flagLattice, low, high)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('a | b, in both', () => {
    fc.assert(
      fc.property(flagValues, flagValues, flagValues, (a, b, more) => {
        const low = withoutOrigins(orFlags(a, b));
        const high = withoutOrigins(orFlags(a, flagLattice.join(b, more)));
        expect(isBelow(flagLattice, low, high)).toBe(true);
        expect(orFlags(a, NO_FLAGS_VALUE)).toEqual(NO_FLAGS_VALUE);
      }),
    );
  });
});

/** A state whose paths leave out facts that say nothing, as every state of a flow does. */
const states: fc.Arbitrary<LockState> = fc.array(lockPaths, { maxLength: 6 }).map(paths =>
  lockState(
    paths.map(path => ({
      ...path,
      facts: [...path.facts].reduce(
        (facts, [key, fact]) => withFact(facts, key, fact),
        new Map() as typeof path.facts,
      ),
    })),
  ),
);

/** The call of a body, in a tree. */
function callOf(text: string): Call {
  const fn = analyse(inFunction(text, 'struct mm_struct *mm, int *locked')).functionNamed('f');
  for (const { element } of fn?.cfg.elements() ?? []) if (element.kind === 'call') return element.node;
  throw new Error(`no call in ${text}`);
}

describe('what happens to a lock', () => {
  const rises = (transfer: (state: LockState) => LockState): void => {
    fc.assert(
      fc.property(states, states, (a, more) => {
        const high = transfer(lockLattice.join(a, more));
        expect(isBelow(lockLattice, transfer(a), high)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(transfer([])).toEqual([]);
  };

  it.each(LOCK_OPERATIONS.map(operation => [operation.name, operation] as const))(
    '%s()',
    (name, operation) => {
      const call = callOf(`${name}(mm);`);
      rises(state => applyOperation(state, operation, call));
    },
  );

  it.each(['handle_mm_fault', 'get_user_pages_remote', 'faultin_page'])('%s()', name => {
    const profile = profileFor('6.12');
    const fn = siteFunction(profile, name) ?? profile.functions.get(name) ?? null;
    if (fn === null) throw new Error(`${name}() is not in the tables`);
    const args = Array.from({ length: 9 }, () => 'locked').join(', ');
    const call = callOf(`${name}(${args});`);
    for (const mayDrop of [false, true]) {
      for (const dropsVmaLock of [false, true]) {
        const droppedWith = ['VM_FAULT_COMPLETED', 'VM_FAULT_RETRY'];
        rises(state => applyContract(state, call, { fn, mayDrop, dropsVmaLock, droppedWith }));
      }
    }
  });
});

describe('conditions on what is known of a variable', () => {
  const facts: fc.Arbitrary<Fact> = fc.record({
    signs: fc.integer({ min: 1, max: 7 }),
    any: fc.option(fc.subarray(['C', 'E', 'R'], { minLength: 1 }), { nil: null }),
    lacks: fc.subarray(['C', 'E', 'R']),
  });
  /** Whether every value that `a` allows is allowed by `b`: of the sign and of the three bits. */
  const allows = (fact: Fact, sign: number, bits: readonly string[]): boolean =>
    (fact.signs & sign) !== 0 &&
    (fact.any === null || fact.any.some(bit => bits.includes(bit))) &&
    !fact.lacks.some(bit => bits.includes(bit)) &&
    (sign !== 2 || bits.length === 0);

  it('keep every value for which they hold, and never allow one that was not', () => {
    fc.assert(
      fc.property(
        facts,
        fc.integer({ min: 1, max: 7 }),
        fc.subarray(['C', 'E', 'R'], { minLength: 1 }),
        fc.boolean(),
        fc.constantFrom(1, 2, 4),
        fc.subarray(['C', 'E', 'R']),
        (fact, signs, mask, truth, sign, bits) => {
          const bySign = refineSign(fact, signs);
          const holds = (signs & sign) !== 0;
          if (allows(fact, sign, bits) && holds)
            expect(bySign !== null && allows(bySign, sign, bits)).toBe(true);
          if (bySign !== null && allows(bySign, sign, bits)) expect(allows(fact, sign, bits)).toBe(true);
          const byBits = refineBits(fact, mask, truth);
          const has = bits.some(bit => mask.includes(bit)) === truth;
          if (allows(fact, sign, bits) && has)
            expect(byBits !== null && allows(byBits, sign, bits)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
