import { describe, expect, it } from 'vitest';
import type { SiteRow } from '../../server/src/cli/siteRow.js';
import { ANNOTATED, type AnnotatedRow, readAnnotations, scoreAnnotations } from './annotated.js';

const rows = readAnnotations('6.12.117');

/** A row of `gup-lens sites` that answers as annotated. */
function answered(row: AnnotatedRow): SiteRow {
  const evidence = /^local or assert/.test(row.lock_source)
    ? 'local'
    : (/^\w+/.exec(row.lock_source)?.[0] ?? '');
  return {
    file: row.file,
    line: row.line,
    column: 1,
    function: row.enclosing_function,
    callee: row.callee,
    kind: 'gup',
    flags:
      row.flags_possible === null
        ? null
        : {
            text: '',
            namespace: 'FOLL',
            possible: row.flags_possible,
            must: [],
            may: [],
            from: row.flags_kind as 'const',
          },
    implied: [],
    effective: [],
    fault: [],
    locked: row.locked_arg_text === null ? null : { text: row.locked_arg_text },
    lock: {
      before: row.mmap_lock_before.replace(/ \(.*/, ''),
      after: row.mmap_lock_after
        .replace(/ \(.*/, '')
        .replace(/^(?:held-unless-RETRY|vma-lock dropped).*/, () => {
          return 'held-unless-retry-or-completed';
        }),
      evidence: evidence === 'none' ? 'contract' : evidence,
    },
    release: {
      how: [],
      kind: row.release_kind === 'n/a' ? 'none' : row.release_kind,
      where: null,
      checksShort: row.checks_short_return,
    },
  };
}

const score = (sites: readonly SiteRow[], field: string) =>
  scoreAnnotations(rows, sites).scores.find(entry => entry.field === field);

describe('the annotated call sites', () => {
  it('are every call and fault entry of 6.12, and twenty of each other release', () => {
    expect(rows).toHaveLength(179);
    expect(rows.filter(row => row.callee === 'handle_mm_fault')).toHaveLength(36);
    expect(ANNOTATED.map(release => readAnnotations(release).length)).toEqual([20, 20, 179, 20]);
  });

  it.each(ANNOTATED)('of %s are each there once, in words of the vocabulary', release => {
    const annotated = readAnnotations(release);
    expect(new Set(annotated.map(row => `${row.file}:${row.line} ${row.callee}`)).size).toBe(
      annotated.length,
    );
    for (const row of annotated) {
      expect(row.flags_kind).toMatch(/^(?:const|conditional|param|field|none)$/);
      expect(row.flags_possible === null).toBe(row.flags_kind === 'none');
      expect(row.release_kind).toMatch(/^(?:local|stored|returned|out-param|consumed|n\/a)$/);
      expect(row.lock_source).toMatch(/^(?:local|assert|caller|none)\b/);
    }
  });
});

describe('scoreAnnotations', () => {
  it('finds nothing wrong with the answers of the annotations', () => {
    const { scores, differences } = scoreAnnotations(rows, rows.map(answered));
    expect(differences).toEqual([]);
    expect(scores.map(({ percent }) => percent)).toEqual(scores.map(() => 100));
  });

  it('names a wrong and a missing answer, and takes an overconfident one off twice', () => {
    const sites = rows.map(answered);
    const index = rows.findIndex(
      row => row.mmap_lock_before === 'caller-dependent' && row.unsure === undefined,
    );
    const wrong = sites.map((site, at) =>
      at === index ? { ...site, lock: { ...site.lock, before: 'held-read' } } : site,
    );
    expect(score(wrong, 'mmap_lock_before')).toMatchObject({ overconfident: 1 });
    const of = score(sites, 'mmap_lock_before')?.of ?? 0;
    expect(score(wrong, 'mmap_lock_before')?.percent).toBeCloseTo((100 * (of - 2)) / of, 0);
    const unknown = wrong.map(site =>
      site.lock.before === 'held-read' && site === wrong[index]
        ? { ...site, lock: { ...site.lock, before: 'unknown' } }
        : site,
    );
    expect(score(unknown, 'mmap_lock_before')).toMatchObject({ overconfident: 0, right: of - 1 });
    expect(scoreAnnotations(rows, sites.slice(1)).differences).toContainEqual(
      expect.stringMatching(/^release_kind: .*: missing instead of /),
    );
  });
});
