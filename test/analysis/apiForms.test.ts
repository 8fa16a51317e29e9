/** The calls of every release in their own form: which argument is what, the pre-5.8 names of the lock. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Release, resolveRelease } from '../../kernel/src/index.js';
import type { CallSite } from '../../server/src/analysis/index.js';
import { analyse } from './snippet.js';

const FOLDER = join(import.meta.dirname, 'fixtures', 'api-forms');

function rowOf(site: CallSite): string {
  const sets = site.flags?.possible?.map(set => (set.length === 0 ? '0' : set.join('+'))).join(', ') ?? '-';
  return [
    site.flags?.text ?? '-',
    sets,
    site.locked?.text ?? '-',
    `${site.lock.before} -> ${site.lock.after}`,
  ].join(' | ');
}

function releasesOf(text: string): Release[] {
  const names = /^\/\* releases: (.*) \*\//.exec(text)?.[1] ?? '';
  return names.split(' ').flatMap(name => {
    const resolved = resolveRelease(name);
    return 'error' in resolved ? [] : [resolved.release];
  });
}

describe('the form of the calls in each release', () => {
  const names = readdirSync(FOLDER).filter(name => name.endsWith('.c'));

  it.each(names)('%s', name => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const lines = text.split('\n');
    const releases = releasesOf(text);
    expect(releases.length).toBeGreaterThan(0);
    for (const release of releases) {
      const analysis = analyse(text, { release });
      const rows = analysis.sites.map(site => {
        const { line } = analysis.source.lines.positionAt(site.span.start);
        return `${line + 1}: ${rowOf(site)}`;
      });
      const expected = lines.flatMap((line, index) => {
        const row = /^\t+\/\/ (.*)$/.exec(line)?.[1];
        return row === undefined ? [] : [`${index}: ${row}`];
      });
      expect(expected.length, name).toBeGreaterThan(1);
      expect(rows, `Linux ${release}`).toEqual(expected);
      expect(analysis.notAnalysed).toEqual([]);
    }
  });
});
