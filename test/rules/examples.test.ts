/** The sources of examples/: what is called wrong there is reported, what is called right is not. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSource } from '../../server/src/syntax/index.js';
import { fixturesIn, lint, type Reported } from './harness.js';

const examples = fixturesIn(join(import.meta.dirname, '../../examples'));

/** The functions whose comment begins with a word, `Right` or `Wrong`. */
function functionsCalled(
  word: string,
  text: string,
): { readonly name: string; readonly from: number; readonly to: number }[] {
  const source = readSource(text);
  return source.functions
    .filter(item => {
      const comment =
        text
          .slice(0, item.start)
          .trimEnd()
          .match(/\/\*(?:(?!\*\/)[\s\S])*\*\/$/)?.[0] ?? '';
      return new RegExp(`^/\\*[\\s*]*${word}\\b`).test(comment);
    })
    .map(item => ({
      name: item.name,
      from: source.lines.positionAt(item.start).line + 1,
      to: source.lines.positionAt(item.end).line + 1,
    }));
}

const inside = (found: readonly Reported[], from: number, to: number): string[] =>
  found.filter(one => from <= one.line && one.line <= to).map(one => one.rule);

describe.each(['6.6', '6.12', '7.3'] as const)('examples in Linux %s', release => {
  it.each(examples)('$name', async ({ text }) => {
    const found = await lint(text, release, { path: 'examples/example.c' });
    const wrong = functionsCalled('Wrong', text);
    const right = functionsCalled('Right', text);
    expect(wrong.length).toBeGreaterThan(0);
    expect(right.length).toBeGreaterThan(0);
    expect(wrong.filter(fn => inside(found, fn.from, fn.to).length === 0).map(fn => fn.name)).toEqual([]);
    const serious = found.filter(one => one.severity !== 'info');
    expect(right.filter(fn => inside(serious, fn.from, fn.to).length > 0).map(fn => fn.name)).toEqual([]);
  });
});
