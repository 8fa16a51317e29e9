/** Drivers with conditions on the version: every branch, in every release, against the comment behind the call. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  NEWEST_RELEASE,
  OLDEST_RELEASE,
  profileFor,
  RELEASES,
  type Release,
  releasesBetween,
  resolveRelease,
} from '../../kernel/src/index.js';
import type { CallSite } from '../../server/src/analysis/index.js';
import { RULES, runRules } from '../../server/src/rules/index.js';
import { analyse } from './harness.js';

const FOLDER = join(import.meta.dirname, 'drivers');
const RULE = RULES.filter(rule => rule.id === 'gup-signature-mismatch');

function releaseNamed(text: string): Release {
  const resolved = resolveRelease(text);
  if ('error' in resolved) throw new Error(resolved.error);
  return resolved.release;
}

function spanOf(text: string): readonly Release[] {
  if (text === 'any') return releasesBetween(OLDEST_RELEASE, NEWEST_RELEASE);
  const [from = '', to = from] = text.split('..');
  return releasesBetween(releaseNamed(from), to === '' ? NEWEST_RELEASE : releaseNamed(to));
}

/** What the comments of a file promise for a release: rows as of {@link rowOf}, and lines with a finding. */
function promised(text: string, release: Release): { readonly rows: string[]; readonly wrong: number[] } {
  const rows: string[] = [];
  const wrong: number[] = [];
  text.split('\n').forEach((line, index) => {
    const parts = /\);\s*\/\* (.*) \*\/$/.exec(line)?.[1]?.split(';') ?? [];
    for (const part of parts.map(one => one.trim())) {
      const misfit = /^wrong in (\S+)$/.exec(part)?.[1];
      if (misfit !== undefined && spanOf(misfit).includes(release)) wrong.push(index + 1);
      const [, span, flags = ''] = /^(\S+):(.*)$/.exec(part) ?? [];
      if (span !== undefined && spanOf(span).includes(release)) rows.push(`${index + 1}: ${flags.trim()}`);
    }
  });
  const read = new Set(rows.map(row => row.split(':')[0]));
  rows.push(...wrong.filter(line => !read.has(String(line))).map(line => `${line}: `));
  return { rows: rows.sort(), wrong };
}

function rowOf(site: CallSite, line: number, wanted: readonly string[]): string {
  if (wanted.includes(`${line}: `)) return `${line}: `;
  const sets = site.flags?.possible?.map(set => (set.length === 0 ? '0' : [...set].sort().join('+')));
  return `${line}: ${sets?.sort().join(', ') ?? 'unknown'}`;
}

describe('a driver for many kernels', () => {
  const names = readdirSync(FOLDER).filter(name => name.endsWith('.c'));
  const cases = names.flatMap(name => RELEASES.map(release => [name, release] as const));

  it('has a call for every release', () => {
    for (const [name, release] of cases) {
      const { rows } = promised(readFileSync(join(FOLDER, name), 'utf8'), release);
      expect(rows, `${name} in ${release}`).not.toEqual([]);
    }
  });

  it.each(names)('%s is read right in each release', async name => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    for (const release of RELEASES) {
      const { rows, wrong } = promised(text, release);
      const file = await analyse(text, release);
      const lineOf = (offset: number): number => file.source.lines.positionAt(offset).line + 1;
      const read = file.sites.map(site => rowOf(site, lineOf(site.span.start), rows));
      expect([...read].sort(), `Linux ${release}`).toEqual(rows);
      expect(file.notAnalysed, `Linux ${release}`).toEqual([]);
      const findings = runRules({ file, profile: profileFor(release) }, RULE, (_, error) => {
        throw error;
      });
      const lines = findings.map(finding => lineOf(finding.span.start));
      expect(lines.sort(), `findings in Linux ${release}`).toEqual(wrong.sort());
    }
  });

  it.each(names)('%s leaves no call out: what a release does not read, another reads', async name => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const all = new Set<string>();
    for (const release of RELEASES) {
      for (const row of promised(text, release).rows) all.add(row.split(':')[0] ?? '');
    }
    for (const release of RELEASES) {
      const file = await analyse(text, release);
      const lines = [file, ...file.others].flatMap(({ sites, source }) => {
        return sites.map(site => String(source.lines.positionAt(site.span.start).line + 1));
      });
      expect([...new Set(lines)].sort(), `Linux ${release}`).toEqual([...all].sort());
      for (const { sites, profile } of file.others) {
        for (const site of sites) {
          const line = file.source.lines.positionAt(site.span.start).line + 1;
          const { rows } = promised(text, profile.release);
          expect(rows, `Linux ${profile.release} from ${release}`).toContain(rowOf(site, line, rows));
        }
      }
    }
  });
});
