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
  editsOf,
  fixturesIn,
  lint,
  nodesBeside,
  pathOf,
  type Reported,
  releasesOf,
  sharedParser,
} from './harness.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');

const count = (found: readonly Reported[], rule: string): number =>
  found.filter(one => one.rule === rule).length;

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

    it.each(fixtures)('$name', async ({ name, text, beside }) => {
      const silent = name.startsWith('silent-');
      const expected = annotationsOf(text);
      expect(expected.some(want => want.rule === id)).toBe(!silent);
      for (const release of releasesOf(text)) {
        const reported = await lint(text, release, { path: pathOf(text), beside });
        expect(differences(id, silent, expected, reported), `Linux ${release}`).toEqual([]);
      }
    });

    it('a fix removes its finding, brings no other, and leaves the rest of the code as it was', async () => {
      for (const { name, text, beside } of fixtures.filter(fixture => fixture.name.startsWith('firing-'))) {
        for (const release of releasesOf(text)) {
          const before = await lint(text, release, { path: pathOf(text), beside });
          for (const { finding, rule } of before.filter(found => found.rule === id)) {
            if (finding.fix === null) continue;
            const title = `${name}: "${finding.fix.title}" in Linux ${release}`;
            const fixed = applyFix(text, finding.fix);
            const after = await lint(fixed, release, { path: pathOf(text), beside });
            expect(count(after, rule), title).toBeLessThan(count(before, rule));
            for (const other of RULES.filter(one => one.id !== rule)) {
              expect(count(after, other.id), `${title}: ${other.id}`).toBeLessThanOrEqual(
                count(before, other.id),
              );
            }
            const edits = editsOf(finding.fix);
            expect(await nodesBeside(fixed, edits.after), title).toEqual(
              await nodesBeside(text, edits.before),
            );
            const source = readSource(fixed);
            const parser = await sharedParser();
            expect(source.functions.flatMap(item => parser.parseFunction(source, item).errors)).toEqual([]);
          }
        }
      }
    });
  });
});
