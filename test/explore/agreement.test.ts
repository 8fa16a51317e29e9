/** All searches find what every order of single steps can come to. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exploration } from '../../simulator/src/explore/exploration.js';
import { explore } from '../../simulator/src/explore/explore.js';
import { endingKey } from '../../simulator/src/explore/findings.js';
import type { Program } from '../../simulator/src/explore/program.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import { type Action, programOf } from './programs.js';

/** The endings of all orders of steps, without any means of the explorer. */
function everyOrder(program: Program, limit: number): Set<string> | null {
  const endings = new Set<string>();
  const prefixes: number[][] = [[]];
  let runs = 0;
  for (let prefix = prefixes.pop(); prefix !== undefined; prefix = prefixes.pop()) {
    runs += 1;
    if (runs > limit) return null;
    const run = program.begin(data => data);
    const dead = new Map<number, string>();
    const violated = new Set<string>();
    const check = () => {
      for (const [property, id] of program.properties.entries()) {
        if (run.check(property) !== null) violated.add(id);
      }
    };
    check();
    const taken: number[] = [];
    for (;;) {
      const status = program.tasks.map((_, task) => (dead.has(task) ? 'ended' : run.status(task)));
      const ready = [...program.tasks.keys()].filter(task => status[task] === 'ready');
      const forced = prefix[taken.length];
      const [first] = ready;
      const task = forced ?? first;
      if (task === undefined) {
        const [notModelled = null] = [...dead].sort(([a], [b]) => a - b).map(([, reason]) => reason);
        const stuck = [...program.tasks.keys()].filter(other => status[other] === 'waiting');
        endings.add(
          endingKey({
            outcome: run.outcome(),
            violated: program.properties.filter(id => violated.has(id)),
            stuck,
            notModelled,
          }),
        );
        break;
      }
      if (forced === undefined) {
        for (const other of ready) if (other !== task) prefixes.push([...taken, other]);
      }
      taken.push(task);
      try {
        run.step(task);
      } catch (error) {
        if (!(error instanceof NotModelled)) throw error;
        dead.set(task, error.message);
      }
      check();
    }
  }
  return endings;
}

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
  fc.record({ do: fc.constantFrom('load', 'store', 'add', 'lock', 'unlock'), folio }) as fc.Arbitrary<Action>,
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

const keysOf = ({ found }: Exploration) => found.map(endingKey).sort();

describe('random programs', () => {
  it('exhaustive and reduced find the endings of all orders', () => {
    fc.assert(
      fc.property(scripts, nevers, (tasks, never) => {
        const program = programOf(tasks, never);
        const all = everyOrder(program, 3000);
        fc.pre(all !== null);
        const expected = [...(all ?? [])].sort();
        const exhaustive = explore(program, { kind: 'exhaustive' });
        expect(keysOf(exhaustive)).toEqual(expected);
        expect(exhaustive.complete).toBe(true);
        const reduced = explore(program, { kind: 'reduced' });
        expect(keysOf(reduced)).toEqual(expected);
        expect(reduced.complete).toBe(true);
      }),
      { numRuns: 250 },
    );
  });
});
