import { describe, expect, it } from 'vitest';
import { newParser } from '../analysis/snippet.js';
import { edited } from './edits.js';
import { compareWithFresh } from './incremental.js';
import { Chance } from './mutate.js';
import { ownFiles } from './run.js';

/** A hundred edits, each read twice: some seconds alone, and many where other tests run beside it. Milliseconds. */
const TIMEOUT = 120_000;

describe('a file that is typed in', () => {
  it(
    'is answered at each step as one that is read for the first time',
    async () => {
      const { edits, findings, sites, differences } = await compareWithFresh({
        files: ownFiles(),
        newParser,
        freshParser: newParser,
        runs: 10,
        editsPerRun: 10,
        seed: 1,
        releases: ['5.15', '6.1', '6.12'],
        hovers: 2,
      });
      expect(differences).toEqual([]);
      expect(edits).toBe(110);
      // Which files the seed picks changes with every file that is added: there has to be something to compare.
      expect(findings).toBeGreaterThan(5);
      expect(sites).toBeGreaterThan(100);
    },
    TIMEOUT,
  );

  it('is changed in the same way by the same seed', () => {
    const text = 'static int f(void)\n{\n\treturn 0;\n}\n'.repeat(20);
    const texts = (): readonly string[] =>
      [1, 2, 3, 4, 5, 6, 7, 8].map(seed => edited(text, new Chance(seed), text).text);
    expect(texts()).toEqual(texts());
    expect(new Set(texts()).size).toBeGreaterThan(5);
  });
});
