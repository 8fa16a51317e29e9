/** Rules over C that is broken: they report or stay silent, and never throw. */

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixturesIn, lint } from './harness.js';

const sources = [
  ...fixturesIn(join(import.meta.dirname, '../../examples')),
  ...fixturesIn(join(import.meta.dirname, 'fixtures/gup-pin-put-mismatch')),
].map(fixture => fixture.text);

const PIECES = [
  '{',
  '}',
  '(',
  ')',
  ';',
  '#if 0\n',
  '#endif\n',
  'goto out;',
  '*',
  '->',
  '"',
  '/*',
  '\0',
  'FOLL_PIN',
];

/** A source with a stretch cut out and something else put in. */
const mutated = fc
  .record({
    text: fc.constantFrom(...sources),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 40 }),
    piece: fc.constantFrom('', ...PIECES),
  })
  .map(({ text, at, length, piece }) => {
    const from = Math.floor(at * text.length);
    return text.slice(0, from) + piece + text.slice(from + length);
  });

describe('broken C', () => {
  it('never makes a rule throw, and every finding is inside the text', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async text => {
        for (const { finding } of await lint(text, '6.12')) {
          expect(finding.span.start).toBeLessThan(finding.span.end);
          expect(finding.span.end).toBeLessThanOrEqual(text.length);
          for (const { span } of finding.related) expect(span.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('lines that end in CR LF are reported as lines that end in LF', async () => {
    for (const text of sources) {
      const place = (found: { rule: string; line: number; column: number }): string =>
        `${found.line}:${found.column} ${found.rule}`;
      const unix = (await lint(text, '6.12')).map(place);
      expect((await lint(text.replaceAll('\n', '\r\n'), '6.12')).map(place)).toEqual(unix);
    }
  });
});
