/** Scores `gup-lens sites` over a tree of an annotated release against what reviewers say (test/gold/README.md). */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteRow } from '../../server/src/cli/siteRow.js';
import { releaseOfTree } from '../../server/src/workspace/index.js';
import { ROOT, readLines, sitesOfTree } from './gold.js';

/** The releases that were annotated: another stable release has other lines. */
export const ANNOTATED: readonly string[] = ['5.10.7', '6.1.192', '6.12.117', '7.1.3'];

/** An annotated call, in the words of the README. */
export interface AnnotatedRow {
  readonly file: string;
  readonly line: number;
  readonly enclosing_function: string;
  readonly callee: string;
  readonly flags_possible: readonly (readonly string[])[] | null;
  readonly flags_kind: string;
  readonly mmap_lock_before: string;
  readonly lock_source: string;
  readonly mmap_lock_after: string;
  readonly locked_arg_text: string | null;
  readonly release_kind: string;
  readonly release: string;
  readonly checks_short_return: string;
  readonly unsure?: readonly string[];
}

/** A field of an annotation that a row of `gup-lens sites` answers, with both answers in the annotation's words. */
interface ScoredField {
  readonly name: keyof AnnotatedRow;
  wanted(row: AnnotatedRow): string;
  told(site: SiteRow): string;
}

/** What each field must reach, in percent of the annotations that are sure; definite wrong answers count double. */
const BARS: Readonly<Record<string, number>> = {
  flags_possible: 98,
  flags_kind: 98,
  mmap_lock_before: 95,
  lock_source: 95,
  mmap_lock_after: 95,
  locked_arg_text: 100,
  release_kind: 90,
  checks_short_return: 90,
};

const FIELDS: readonly ScoredField[] = [
  {
    name: 'flags_possible',
    wanted: row => setsText(row.flags_possible),
    told: ({ flags }) =>
      flags === null ? setsText(null) : flags.possible === null ? 'unknown' : setsText(flags.possible),
  },
  { name: 'flags_kind', wanted: row => row.flags_kind, told: ({ flags }) => flags?.from ?? 'none' },
  {
    name: 'mmap_lock_before',
    wanted: row => row.mmap_lock_before.replace(/ \(.*/, ''),
    told: ({ lock }) => lock.before,
  },
  {
    name: 'lock_source',
    // "local or assert" says that paths differ; either answer is right.
    wanted: row =>
      /^local or assert/.test(row.lock_source) ? 'local' : (/^\w+/.exec(row.lock_source)?.[0] ?? ''),
    told: ({ lock }) => (lock.evidence === 'contract' ? 'none' : lock.evidence),
  },
  {
    name: 'mmap_lock_after',
    wanted: ({ mmap_lock_after: after }) =>
      /^(?:held-unless-RETRY|vma-lock dropped)/.test(after)
        ? 'held-unless-retry-or-completed'
        : after.replace(/ \(.*/, ''),
    told: ({ lock }) => lock.after,
  },
  {
    name: 'locked_arg_text',
    wanted: row => row.locked_arg_text ?? 'none',
    told: ({ locked }) => locked?.text ?? 'none',
  },
  {
    name: 'release_kind',
    wanted: row => (row.release_kind === 'n/a' ? 'none' : row.release_kind),
    told: ({ release }) => release.kind,
  },
  {
    name: 'checks_short_return',
    wanted: row => row.checks_short_return,
    told: ({ release }) => release.checksShort,
  },
];

function setsText(sets: readonly (readonly string[])[] | null): string {
  if (sets === null) return 'none';
  return sets
    .map(set => `{${[...set].sort().join('|')}}`)
    .sort()
    .join(' ');
}

/** How often a field was answered as annotated. */
export interface FieldScore {
  readonly field: string;
  readonly right: number;
  readonly of: number;
  /** Definite answers where the annotation leaves it to the caller. */
  readonly overconfident: number;
  /** In percent, each overconfident answer taken off once more. */
  readonly percent: number;
}

/** The scores, and the differences as lines to print; those of unsure annotations are marked and not scored. */
export function scoreAnnotations(
  annotated: readonly AnnotatedRow[],
  sites: readonly SiteRow[],
): { readonly scores: readonly FieldScore[]; readonly differences: readonly string[] } {
  const known = new Map(sites.map(site => [`${site.file}:${site.line} ${site.callee}`, site]));
  const differences: string[] = [];
  const scores = FIELDS.map(field => {
    let right = 0;
    let of = 0;
    let overconfident = 0;
    for (const row of annotated) {
      const key = `${row.file}:${row.line} ${row.callee}`;
      const site = known.get(key);
      const wanted = field.wanted(row);
      const told = site === undefined ? 'missing' : field.told(site);
      const unsure = row.unsure?.includes(field.name) === true;
      if (!unsure) of++;
      if (wanted === told) {
        if (!unsure) right++;
        continue;
      }
      if (!unsure && wanted === 'caller-dependent' && told !== 'unknown') overconfident++;
      differences.push(`${unsure ? '(unsure) ' : ''}${field.name}: ${key}(): ${told} instead of ${wanted}`);
    }
    const percent = of === 0 ? 100 : Math.round((1000 * (right - overconfident)) / of) / 10;
    return { field: field.name, right, of, overconfident, percent };
  });
  return { scores, differences };
}

/** The annotations of a release of `ANNOTATED`, as they are in the repository. */
export function readAnnotations(release: string): AnnotatedRow[] {
  const file = join(ROOT, 'test', 'gold', `annotated-${release}.jsonl`);
  return readLines<AnnotatedRow>(readFileSync(file, 'utf8'));
}

/**
 * @returns 0 if every field reaches its bar (or the tree is of another release), 1 if one does not, 2 if the command
 *   line could not be run
 */
export function main(tree: string): number {
  const { text } = releaseOfTree(tree);
  if (!ANNOTATED.includes(text)) {
    const known = ANNOTATED.join(', ');
    process.stdout.write(`annotated: ${tree} is ${text}; annotated are ${known}, nothing compared\n`);
    return 0;
  }
  const run = sitesOfTree<SiteRow>(tree);
  if (run === null) return 2;
  const { scores, differences } = scoreAnnotations(readAnnotations(text), run.sites);
  for (const difference of differences) process.stdout.write(`annotated: ${difference}\n`);
  let failed = false;
  for (const { field, right, of, overconfident, percent } of scores) {
    const bar = BARS[field] ?? 100;
    failed ||= percent < bar;
    const twice = overconfident === 0 ? '' : `, ${overconfident} overconfident`;
    const verdict = percent < bar ? `, below ${bar} %` : '';
    process.stdout.write(`annotated: ${field}: ${right} of ${of}${twice}: ${percent} %${verdict}\n`);
  }
  return failed ? 1 : 0;
}
