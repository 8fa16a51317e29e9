/** The rules over reduced historical misuse; see README.md for where it comes from. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELEASES } from '../../kernel/src/index.js';
import { RULES } from '../../server/src/rules/index.js';
import { fixturesIn, lint, type Reported } from '../rules/harness.js';
import { missedOf, pairsIn } from './corpus.js';

const ids = new Set(RULES.map(rule => rule.id));
const pairs = pairsIn(join(import.meta.dirname, 'reduced'));

const serious = (found: readonly Reported[]): string[] =>
  found.filter(one => one.severity !== 'info').map(one => `${one.line}: ${one.rule}: ${one.message}`);

describe('reduced', () => {
  it.each(pairs)('$id: before.c is reported', async ({ meta, before, release }) => {
    const found = await lint(before, release);
    expect(missedOf(meta, rule => ids.has(rule), found)).toEqual([]);
    const explained = new Set([...meta.expected.map(want => want.rule), ...meta.extra_allowed_rules]);
    expect(serious(found.filter(one => !explained.has(one.rule)))).toEqual([]);
  });

  it.each(pairs)('$id: after.c is silent', async ({ after, release }) => {
    expect(serious(await lint(after, release))).toEqual([]);
  });

  it('covers each release range with a release that is known', () => {
    expect(pairs.filter(({ release }) => !RELEASES.includes(release))).toEqual([]);
  });
});

describe('clean', () => {
  it.each(fixturesIn(join(import.meta.dirname, 'clean')))('$name', async ({ text }) => {
    expect(serious(await lint(text, '6.12'))).toEqual([]);
  });
});
