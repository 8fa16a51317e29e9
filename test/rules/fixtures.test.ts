/** Every rule over its fixtures: what is annotated is reported, and nothing else. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/rules/index.js';
import { readSource } from '../../server/src/syntax/index.js';
import {
  annotationsOf,
  applyFix,
  differences,
  fixturesIn,
  lint,
  releasesOf,
  sharedParser,
} from './harness.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');

describe('fixtures', () => {
  it('every folder belongs to a rule', () => {
    expect(readdirSync(FIXTURES).sort()).toEqual(RULES.map(rule => rule.id).sort());
  });

  describe.each(RULES.map(rule => rule.id))('%s', id => {
    const fixtures = fixturesIn(join(FIXTURES, id));

    it('has enough of them', () => {
      expect(fixtures.filter(fixture => fixture.name.startsWith('firing-')).length).toBeGreaterThanOrEqual(3);
      expect(fixtures.filter(fixture => fixture.name.startsWith('silent-')).length).toBeGreaterThanOrEqual(5);
    });

    it.each(fixtures)('$name', async ({ name, text }) => {
      const expected = annotationsOf(text);
      expect(expected.some(want => want.rule === id)).toBe(name.startsWith('firing-'));
      for (const release of releasesOf(text)) {
        expect(differences(expected, await lint(text, release)), `Linux ${release}`).toEqual([]);
      }
    });

    it('a fix removes its finding and leaves code that can be read', async () => {
      for (const { name, text } of fixtures.filter(fixture => fixture.name.startsWith('firing-'))) {
        const release = releasesOf(text).at(-1) ?? '6.12';
        for (const { finding, rule, line } of await lint(text, release)) {
          if (finding.fix === null) continue;
          const fixed = applyFix(text, finding.fix);
          expect(fixed, name).not.toBe(text);
          const after = await lint(fixed, release);
          expect(
            after.filter(other => other.rule === rule && other.line === line),
            `${name}:${line} after "${finding.fix.title}"`,
          ).toEqual([]);
          const source = readSource(fixed);
          const parser = await sharedParser();
          expect(source.functions.flatMap(item => parser.parseFunction(source, item).errors)).toEqual([]);
        }
      }
    });
  });
});
