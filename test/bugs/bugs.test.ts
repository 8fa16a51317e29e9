/** The rules over reduced historical misuse; see README.md for where it comes from. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELEASES, type Release, resolveRelease } from '../../kernel/src/index.js';
import { RULES } from '../../server/src/rules/index.js';
import { fixturesIn, lint, type Reported } from '../rules/harness.js';

interface Meta {
  readonly kernel_version_range: string;
  /** Rules whose findings in before.c are true too. */
  readonly extra_allowed_rules: readonly string[];
  readonly expected: readonly {
    readonly rule: string;
    readonly line: number;
    readonly must: boolean;
    readonly also_accept: readonly number[];
  }[];
}

const ids = new Set(RULES.map(rule => rule.id));
const reduced = readdirSync(join(import.meta.dirname, 'reduced')).sort();
const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, ...path), 'utf8');
const metaOf = (id: string): Meta => JSON.parse(read('reduced', id, 'meta.json')) as Meta;

/** The newest release of the tables inside a range such as `5.6-`, `2.6.28-5.1` or `4.6-4.8`. */
function releaseIn(range: string): Release {
  const until = range.split('-')[1] ?? '';
  if (until === '') return '6.12';
  const resolved = resolveRelease(until);
  if ('error' in resolved) throw new Error(`${range}: ${resolved.error}`);
  return resolved.release;
}

const serious = (found: readonly Reported[]): string[] =>
  found.filter(one => one.severity !== 'info').map(one => `${one.line}: ${one.rule}: ${one.message}`);

describe('reduced', () => {
  it.each(reduced)('%s: before.c is reported', async id => {
    const meta = metaOf(id);
    const found = await lint(read('reduced', id, 'before.c'), releaseIn(meta.kernel_version_range));
    const missed = meta.expected
      .filter(want => want.must && ids.has(want.rule))
      .filter(
        want =>
          !found.some(one => one.rule === want.rule && [want.line, ...want.also_accept].includes(one.line)),
      );
    expect(missed).toEqual([]);
    const explained = new Set([...meta.expected.map(want => want.rule), ...meta.extra_allowed_rules]);
    expect(serious(found.filter(one => !explained.has(one.rule)))).toEqual([]);
  });

  it.each(reduced)('%s: after.c is silent', async id => {
    const release = releaseIn(metaOf(id).kernel_version_range);
    expect(serious(await lint(read('reduced', id, 'after.c'), release))).toEqual([]);
  });

  it('covers each release range with a release that is known', () => {
    expect(reduced.map(id => RELEASES.includes(releaseIn(metaOf(id).kernel_version_range)))).not.toContain(
      false,
    );
  });
});

describe('clean', () => {
  it.each(fixturesIn(join(import.meta.dirname, 'clean')))('$name', async ({ text }) => {
    expect(serious(await lint(text, '6.12'))).toEqual([]);
  });
});
