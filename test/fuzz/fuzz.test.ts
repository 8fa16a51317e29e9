import { describe, expect, it } from 'vitest';
import { newParser } from '../analysis/snippet.js';
import { fuzz } from './fuzz.js';
import { Chance, mutate } from './mutate.js';
import { ownFiles } from './run.js';

describe('damaged files', () => {
  it('are answered without a failure, whatever was done to them', async () => {
    const { failures, sites, notAnalysed } = fuzz({
      files: ownFiles(),
      parser: await newParser(),
      runs: 150,
      seed: 1,
      releases: ['4.19', '6.1', '6.12'],
      now: () => 0,
    });
    expect(failures).toEqual([]);
    // The damage leaves something to see, and does damage.
    expect(sites).toBeGreaterThan(50);
    expect(notAnalysed).toBeGreaterThan(10);
  });

  it('are the same for the same seed', () => {
    const text = 'static int f(void)\n{\n\treturn 0;\n}\n'.repeat(20);
    const texts = [1, 2, 3, 4, 5, 6, 7, 8].map(seed => mutate(text, new Chance(seed), text).text);
    expect(texts).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(seed => mutate(text, new Chance(seed), text).text));
    expect(new Set(texts).size).toBeGreaterThan(5);
  });

  it('that fail are told with what makes them again', async () => {
    const parser = await newParser();
    parser.parseFunction = () => {
      throw new Error('broken on purpose');
    };
    const { failures } = fuzz({
      files: [{ path: 'a.c', text: 'int f(void)\n{\n\tget_user_pages(1);\n}\n'.repeat(9) }],
      parser,
      runs: 3,
      seed: 7,
      releases: ['6.12'],
      now: () => 0,
    });
    expect(failures[0]).toMatchObject({
      path: 'a.c',
      seed: 7,
      reason: expect.stringContaining('on purpose'),
    });
  });
});
