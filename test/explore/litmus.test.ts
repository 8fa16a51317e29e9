/** Litmus tests, searched with reduction and without. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import type { Exploration } from '../../simulator/src/explore/exploration.js';
import { explore } from '../../simulator/src/explore/explore.js';
import { endingKey } from '../../simulator/src/explore/findings.js';
import { inapplicable } from '../../simulator/src/litmus/applicable.js';
import { behaviourOfKernel } from '../../simulator/src/litmus/expectations.js';
import type { Litmus } from '../../simulator/src/litmus/litmus.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import { LITMUS_PATHS, litmusFile, programOf } from '../litmus/files.js';

/** Beyond so many states, of the reduced search and of the other, a test is no longer small. */
const SMALL = { reduced: 3000, exhaustive: 3000 };

function searched(litmus: Litmus, release: Release, kind: keyof typeof SMALL): Exploration | null {
  const applies = inapplicable(litmus, behaviourOfKernel({ release, with: [], without: [] })) === null;
  if (!applies) return null;
  try {
    const exploration = explore(programOf(litmus, release), { kind }, { states: SMALL[kind] });
    return exploration.complete ? exploration : null;
  } catch (error) {
    if (error instanceof NotModelled) return null;
    throw error;
  }
}

const keysOf = ({ found }: Exploration) => found.map(endingKey).sort();

describe('on litmus tests', () => {
  it.each<Release>(['5.10', '6.12'])(
    'of v%s reduction loses no ending',
    release => {
      let compared = 0;
      for (const path of LITMUS_PATHS) {
        // Variants of one file differ in the memory; a few of them show what its tasks do.
        for (const litmus of litmusFile(path).variants.slice(0, 2)) {
          const reduced = searched(litmus, release, 'reduced');
          const exhaustive = reduced === null ? null : searched(litmus, release, 'exhaustive');
          if (reduced === null || exhaustive === null) continue;
          compared += 1;
          const which = `${path} ${JSON.stringify(litmus.variant)}`;
          expect(keysOf(reduced), which).toEqual(keysOf(exhaustive));
        }
      }
      expect(compared).toBeGreaterThan(0);
    },
    300_000,
  );

  it('of the largest less than a tenth of the states is visited: its tasks work on pages of their own', () => {
    const [litmus] = litmusFile('test/litmus/independent-pages/gup-fast-neighbours.litmus.json').variants;
    if (litmus === undefined) throw new Error('no variant');
    const program = programOf(litmus, '6.12');
    const exhaustive = explore(program, { kind: 'exhaustive' });
    const reduced = explore(program, { kind: 'reduced' });
    expect(keysOf(reduced)).toEqual(keysOf(exhaustive));
    expect(reduced.states * 10).toBeLessThan(exhaustive.states);
  });

  it('gup-fast beside a fork is decided with at most a hundredth of the orders run', () => {
    const [litmus] = litmusFile('test/litmus/unshare-gup-fast/gup-fast-fork.litmus.json').variants;
    if (litmus === undefined) throw new Error('no variant');
    const program = programOf(litmus, '6.12');
    const { orders, complete } = explore(program, { kind: 'exhaustive' });
    const reduced = explore(program, { kind: 'reduced' });
    expect([complete, reduced.complete]).toEqual([true, true]);
    expect(reduced.runs * 100).toBeLessThan(orders ?? 0);
  });
});
