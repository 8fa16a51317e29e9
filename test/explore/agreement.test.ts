/** All searches find what every order of single steps can come to. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ending } from '../../simulator/src/explore/exploration.js';
import { explore, within } from '../../simulator/src/explore/explore.js';
import { endingKey } from '../../simulator/src/explore/findings.js';
import { minimise } from '../../simulator/src/explore/minimise.js';
import { replay } from '../../simulator/src/explore/replay.js';
import { turnsOf } from '../../simulator/src/explore/schedule.js';
import { everyOrder } from './everyOrder.js';
import { type Action, programOf } from './programs.js';

const folio = fc.integer({ min: 0, max: 1 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action[]>(
    { do: 'tell' },
    { do: 'lockMm' },
    { do: 'unlockMm' },
    { do: 'create' },
    { do: 'endIfEven' },
    { do: 'edgeIfOdd' },
  ),
  fc.record({
    do: fc.constantFrom('load', 'store', 'add', 'grab', 'lock', 'unlock'),
    folio,
  }) as fc.Arbitrary<Action>,
  fc.record({ do: fc.constant('set'), folio, to: fc.integer({ min: 0, max: 2 }) }) as fc.Arbitrary<Action>,
  fc.record({
    do: fc.constant('await'),
    folio,
    least: fc.integer({ min: 1, max: 2 }),
  }) as fc.Arbitrary<Action>,
);

const scripts = fc.oneof(
  fc.array(fc.array(action, { maxLength: 5 }), { minLength: 2, maxLength: 2 }),
  fc.array(fc.array(action, { maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  fc.array(fc.array(action, { maxLength: 1 }), { minLength: 4, maxLength: 4 }),
);

const count = fc.integer({ min: 0, max: 2 });
const nevers = fc.array(fc.tuple(count, count), { maxLength: 2 });

/** A random program, with all its orders. */
const programs = fc
  .tuple(scripts, nevers)
  .map(([tasks, never]) => {
    const program = programOf(tasks, never);
    return { tasks, never, program, orders: everyOrder(program, 3000) };
  })
  .filter(({ orders }) => orders !== null)
  .map(({ orders, ...rest }) => ({ ...rest, orders: orders ?? [] }));

const keysOf = (endings: readonly Ending[]) => [...new Set(endings.map(endingKey))].sort();

describe('of random programs', () => {
  it('exhaustive and reduced search find the endings of all orders', () => {
    fc.assert(
      fc.property(programs, ({ program, orders }) => {
        const expected = keysOf(orders.map(order => order.ending));
        for (const kind of ['exhaustive', 'reduced'] as const) {
          const { found, complete, orders: counted } = explore(program, { kind });
          expect(counted).toBe(kind === 'exhaustive' ? orders.length : null);
          expect(keysOf(found), kind).toEqual(expected);
          expect(found).toHaveLength(expected.length);
          expect(complete).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a bounded or random search finds none that is not there, and is complete only if it finds all', () => {
    fc.assert(
      fc.property(programs, fc.nat({ max: 3 }), fc.nat(), ({ program, orders }, preemptions, seed) => {
        const all = keysOf(orders.map(order => order.ending));
        const bounded = explore(program, { kind: 'bounded', preemptions });
        const random = explore(program, { kind: 'random', seed, runs: 5 });
        for (const { found } of [bounded, random]) expect(all).toEqual(expect.arrayContaining(keysOf(found)));
        if (bounded.complete) expect(keysOf(bounded.found)).toEqual(all);
        expect(random.complete).toBe(false);
        expect(random.runs).toBe(5);
        expect(explore(program, { kind: 'random', seed, runs: 5 })).toEqual(random);
      }),
      { numRuns: 100 },
    );
  });

  it('the schedule of an ending replays it, and the shortest one has no more turns than any order', () => {
    fc.assert(
      fc.property(programs, ({ program, orders }) => {
        for (const { schedule, ...ending } of explore(program, { kind: 'reduced' }).found) {
          const key = endingKey(ending);
          const isWanted = (other: Ending) => endingKey(other) === key;
          const replayed = replay(program, schedule);
          expect(!('error' in replayed) && isWanted(replayed)).toBe(true);
          expect('schedule' in replayed && replayed.schedule).toEqual(schedule);
          const short = within(minimise(program, schedule, isWanted, 100_000), {});
          const run = replay(program, short.schedule);
          expect(!('error' in run) && isWanted(run)).toBe(true);
          const turns = orders
            .filter(order => isWanted(order.ending))
            .map(({ choices }) => turnsOf(choices).length);
          expect(short.minimal).toBe(true);
          expect(short.schedule.length).toBeLessThanOrEqual(Math.min(...turns));
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** Programs that a reduced search lost an ending of once. */
const ONCE_WRONG: Readonly<Record<string, readonly (readonly Action[])[]>> = {
  'a task that stops behind a step which touches nothing, because it has to wait': [
    [
      { do: 'set', folio: 1, to: 2 },
      { do: 'await', folio: 1, least: 2 },
    ],
    [
      { do: 'await', folio: 1, least: 1 },
      { do: 'await', folio: 0, least: 1 },
      { do: 'load', folio: 1 },
    ],
    [{ do: 'store', folio: 1 }, { do: 'set', folio: 0, to: 0 }, { do: 'tell' }],
    [{ do: 'add', folio: 0 }, { do: 'tell' }],
  ],
  'a state that is met again while other tasks sleep': [
    [
      { do: 'set', folio: 1, to: 1 },
      { do: 'set', folio: 1, to: 0 },
    ],
    [
      { do: 'grab', folio: 0 },
      { do: 'load', folio: 0 },
    ],
    [
      { do: 'set', folio: 1, to: 0 },
      { do: 'load', folio: 0 },
      { do: 'await', folio: 1, least: 2 },
    ],
    [{ do: 'tell' }, { do: 'add', folio: 1 }],
  ],
};

describe('of programs with too many orders to run each', () => {
  it.each(Object.entries(ONCE_WRONG))('reduction loses no ending: %s', (_, tasks) => {
    const program = programOf(tasks);
    const exhaustive = explore(program, { kind: 'exhaustive' });
    expect(keysOf(explore(program, { kind: 'reduced' }).found)).toEqual(keysOf(exhaustive.found));
  });

  const larger = fc.array(fc.array(action, { minLength: 2, maxLength: 4 }), { minLength: 3, maxLength: 4 });

  it('reduction loses no ending: random ones', () => {
    fc.assert(
      fc.property(larger, nevers, (tasks, never) => {
        const program = programOf(tasks, never);
        const exhaustive = explore(program, { kind: 'exhaustive' }, { states: 1500 });
        fc.pre(exhaustive.complete);
        expect(keysOf(explore(program, { kind: 'reduced' }).found)).toEqual(keysOf(exhaustive.found));
      }),
      { numRuns: 25, maxSkipsPerRun: 1000 },
    );
  });
});
