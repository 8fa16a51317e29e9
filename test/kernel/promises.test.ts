import { describe, expect, it } from 'vitest';
import { FLAGS, FUNCTIONS, profileFor, RELEASES, RELEASES_NOT_READ } from '../../kernel/src/index.js';
import { readLines } from './read.js';

interface Line {
  readonly flag?: string;
  readonly function?: string;
  readonly since?: string;
  readonly until?: string | null;
  readonly value?: number;
  readonly signature?: string;
  readonly unsettled?: readonly string[];
}

const LINES = readLines<Line>('promises.jsonl');
const order = (release: string): number => RELEASES.indexOf(release as (typeof RELEASES)[number]);

function lineAt(lines: readonly Line[], release: string): Line | undefined {
  const at = order(release);
  return lines.find(
    line =>
      line.since !== undefined &&
      order(line.since) <= at &&
      (typeof line.until !== 'string' || at <= order(line.until)),
  );
}

/** The same lines by the name they speak of. */
function byName(key: 'flag' | 'function'): ReadonlyMap<string, readonly Line[]> {
  const names = new Map<string, Line[]>();
  for (const line of LINES) {
    const name = line[key];
    if (name !== undefined) names.set(name, [...(names.get(name) ?? []), line]);
  }
  return names;
}

const isUnsettled = (lines: readonly Line[], release: string): boolean =>
  lines.some(line => line.unsettled?.includes(release));

describe('the tables say what was extracted from the trees', () => {
  it.each([...byName('flag')])('%s has its bit in every release', (name, lines) => {
    const wrong = RELEASES.filter(release => !isUnsettled(lines, release)).flatMap(release => {
      const expected = lineAt(lines, release)?.value;
      const value = profileFor(release).flags.get(name)?.value;
      return value === expected ? [] : [{ release, expected, value }];
    });
    expect(wrong).toEqual([]);
  });

  it.each([...byName('function')])('%s has its prototype in every release', (name, lines) => {
    const wrong = RELEASES.filter(release => !isUnsettled(lines, release)).flatMap(release => {
      const expected = lineAt(lines, release)?.signature;
      const signature = profileFor(release).functions.get(name)?.signature;
      return signature === expected ? [] : [{ release, expected, signature }];
    });
    expect(wrong).toEqual([]);
  });

  it('know every flag and function that was extracted', () => {
    const flags = new Set(FLAGS.map(fact => fact.name));
    const functions = new Set(FUNCTIONS.map(fact => fact.name));
    expect([...byName('flag').keys()].filter(name => !flags.has(name))).toEqual([]);
    expect([...byName('function').keys()].filter(name => !functions.has(name))).toEqual([]);
    expect(byName('flag').size).toBe(59);
    expect(byName('function').size).toBe(63);
  });

  it('do not claim to have read what was not', () => {
    for (const release of RELEASES_NOT_READ) {
      const { flags, functions } = profileFor(release);
      const facts = [...flags.values(), ...functions.values()];
      expect(facts.length).toBeGreaterThan(0);
      expect(facts.filter(fact => fact.certainty === 'read')).toEqual([]);
    }
    expect(profileFor('6.1').functions.get('pin_user_pages')?.certainty).toBe('read');
  });
});
