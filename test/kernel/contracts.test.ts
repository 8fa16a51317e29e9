import { describe, expect, it } from 'vitest';
import { faultFlagsOf, profileFor, type Release, siteFunction } from '../../kernel/src/index.js';
import { holdsIn, type Lifetime, READ, readLines } from './read.js';

interface Line extends Lifetime {
  readonly function?: string;
  readonly adds?: readonly string[];
  /** A rule of faultin_page(): with the FOLL_ flags of `has` (and, with `cond`, the pointer given) it adds `adds`. */
  readonly faultin?: true;
  readonly has?: readonly string[];
  readonly cond?: string | null;
  readonly addsIf?: Readonly<Record<string, readonly string[]>>;
}

const LINES = readLines<Line>('contracts.jsonl');
const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();

/** The functions that the list says add flags. */
const ADDING = sorted(LINES.flatMap(line => (line.adds === undefined ? [] : (line.function ?? []))));

function said(name: string, release: Release): readonly string[] {
  const lines = LINES.filter(line => line.function === name && holdsIn(release, line));
  return sorted(lines.flatMap(line => line.adds ?? []));
}

/**
 * What the tables add to the list, each with its reason in docs/facts-corrections.md: get_user_pages_fast() fell back
 * to get_user_pages_unlocked(), which sets FOLL_GET as pages are given.
 */
const ADDED_SINCE: ReadonlySet<string> = new Set(['get_user_pages_fast FOLL_GET']);

describe('what a function adds to the flags, in every release that was read', () => {
  it.each(ADDING)('%s', name => {
    const wrong = READ.flatMap(release => {
      const fn = profileFor(release).functions.get(name);
      const expected = said(name, release);
      // The integers of old prototypes become flags in the wrapper: the list counts some of them as additions.
      const adds = fn?.adds ?? [];
      const integers = new Set(
        adds.flatMap(({ flags, when }) => (when === 'write-given' || when === 'force-given' ? flags : [])),
      );
      const got = sorted(adds.flatMap(({ flags }) => flags)).filter(
        flag => expected.includes(flag) || !(integers.has(flag) || ADDED_SINCE.has(`${name} ${flag}`)),
      );
      return got.join() === expected.join() ? [] : [{ release, expected, got }];
    });
    expect(wrong).toEqual([]);
  });
});

describe('what faultin_page() makes of the flags', () => {
  const rules = LINES.filter(line => line.faultin === true);
  const BITS = [
    'FOLL_WRITE',
    'FOLL_REMOTE',
    'FOLL_UNLOCKABLE',
    'FOLL_NOWAIT',
    'FOLL_TRIED',
    'FOLL_INTERRUPTIBLE',
  ];

  it.each(READ)('%s, for every combination of them, with and without the pointer', release => {
    const profile = profileFor(release);
    const fn = siteFunction(profile, '__get_user_pages');
    expect(fn).not.toBeNull();
    if (fn === null) return;
    const known = BITS.filter(flag => profile.flags.has(flag));
    for (let mask = 0; mask < 1 << known.length; mask++) {
      const flags = known.filter((_, bit) => (mask & (1 << bit)) !== 0);
      for (const locked of ['given', 'null'] as const) {
        const expected = rules
          .filter(rule => holdsIn(release, rule))
          .filter(rule => (rule.has ?? []).every(flag => flags.includes(flag)))
          .filter(rule => (rule.cond ?? null) === null || locked === 'given')
          .flatMap(rule => [
            ...(rule.adds ?? []),
            ...Object.entries(rule.addsIf ?? {}).flatMap(([flag, more]) =>
              flags.includes(flag) ? more : [],
            ),
          ]);
        const got = faultFlagsOf(profile, fn, flags, { locked, pages: 'given' });
        expect(sorted(got ?? []), `${flags.join('|')} locked ${locked}`).toEqual(sorted(expected));
      }
    }
  });
});
