/** The kernel's own tests of copy on write and long-term pins: what they said on real kernels, and what the model says. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { EINVAL, EOPNOTSUPP } from '../../simulator/src/errno.js';
import { valuesOf } from '../../simulator/src/litmus/conditions.js';
import type { Litmus } from '../../simulator/src/litmus/litmus.js';
import { LitmusRunner } from '../../simulator/src/litmus/litmusRunner.js';
import { finish, parsed } from './files.js';

const FOLDER = 'test/litmus/selftests';

/** The file of each case, by the name that the test gives it. */
const FILES: Readonly<Record<string, string>> = {
  'Basic COW after fork()': 'cow-after-fork',
  'Basic COW after fork() with mprotect() optimization': 'cow-after-fork-mprotect',
  'vmsplice() + unmap in child': 'vmsplice-unmap-in-child',
  'vmsplice() + unmap in child with mprotect() optimization': 'vmsplice-unmap-in-child-mprotect',
  'vmsplice() before fork(), unmap in parent after fork()': 'vmsplice-before-fork',
  'vmsplice() + unmap in parent after fork()': 'vmsplice-after-fork',
  'R/O-mapping a page registered as iouring fixed buffer': 'fixed-buffer-read-only',
  'fork() with an iouring fixed buffer': 'fixed-buffer-fork',
  'R/O GUP pin on R/O-mapped shared page': 'ro-pin-shared',
  'R/O GUP-fast pin on R/O-mapped shared page': 'ro-pin-fast-shared',
  'R/O GUP pin on R/O-mapped previously-shared page': 'ro-pin-previously-shared',
  'R/O GUP-fast pin on R/O-mapped previously-shared page': 'ro-pin-fast-previously-shared',
  'R/O GUP pin on R/O-mapped exclusive page': 'ro-pin-exclusive',
  'R/O GUP-fast pin on R/O-mapped exclusive page': 'ro-pin-fast-exclusive',
  'Basic COW after fork() when collapsing before fork()': 'collapse-before-fork',
  'Basic COW after fork() when collapsing after fork() (fully shared)': 'collapse-fully-shared',
  'Basic COW after fork() when collapsing after fork() (lower shared)': 'collapse-lower-shared',
  'Basic COW after fork() when collapsing after fork() (upper shared)': 'collapse-upper-shared',
  'Basic COW': 'private-cow',
  'R/O longterm GUP pin': 'private-ro-pin',
  'R/O longterm GUP-fast pin': 'private-ro-pin-fast',
  'R/W longterm GUP pin in MAP_SHARED file mapping': 'longterm-shared-rw',
  'R/W longterm GUP-fast pin in MAP_SHARED file mapping': 'longterm-shared-rw-fast',
  'R/O longterm GUP pin in MAP_SHARED file mapping': 'longterm-shared-ro',
  'R/O longterm GUP-fast pin in MAP_SHARED file mapping': 'longterm-shared-ro-fast',
  'R/W longterm GUP pin in MAP_PRIVATE file mapping': 'longterm-private-rw',
  'R/W longterm GUP-fast pin in MAP_PRIVATE file mapping': 'longterm-private-rw-fast',
  'R/O longterm GUP pin in MAP_PRIVATE file mapping': 'longterm-private-ro',
  'R/O longterm GUP-fast pin in MAP_PRIVATE file mapping': 'longterm-private-ro-fast',
  'io_uring fixed buffer with MAP_SHARED file mapping': 'longterm-shared-fixed-buffer',
  'io_uring fixed buffer with MAP_PRIVATE file mapping': 'longterm-private-fixed-buffer',
};

type Result = 'ok' | 'not ok' | 'skip' | 'xfail';

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly release: Release;
  readonly result: string;
}

const ROWS: readonly Row[] = readFileSync(`${FOLDER}/results.tsv`, 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .flatMap(line => {
    const [, name = '', kind = '', old = '', recent = ''] = line.split('\t');
    return [
      { name, kind, release: '6.1' as const, result: old },
      { name, kind, release: '6.12' as const, result: recent },
    ].filter(({ result }) => result !== '');
  });

interface File {
  readonly variants?: { readonly kind: Record<string, Record<string, unknown>> };
}

const raw = new Map(
  Object.values(FILES).map(name => [
    name,
    JSON.parse(readFileSync(`${FOLDER}/${name}.litmus.json`, 'utf8')) as File,
  ]),
);

/** The 64 kB of the file, and of hugetlb the 2048 kB, stand for the other sizes. */
const SCALED = 64;

/** What a choice sets for folios of 64 kB, for those of another size. */
function resized(sets: Record<string, unknown>, kb: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sets).map(([path, value]) => {
      if (path.endsWith('.nr')) return [path, (Number(value) * kb) / SCALED];
      if (path !== 'memory.vma') return [path, value];
      return [path, { ...(value as object), len: kb * 1024, folio_order: Math.log2(kb / 4) }];
    }),
  );
}

const tests = new Map<string, Litmus>();

/** The litmus test of a case with a memory kind. */
function litmusOf(name: string, kind: string): Litmus {
  const key = `${name} ${kind}`;
  const known = tests.get(key);
  if (known !== undefined) return known;
  const file = raw.get(FILES[name] ?? '');
  if (file === undefined) throw new Error(`no file of ${name}`);
  const made = parsed(
    kind === '' ? file : { ...file, variants: { kind: { [kind]: choice(file, kind) } }, expect: ANY },
  );
  const [litmus] = made.variants;
  if (litmus === undefined) throw new Error(`no variant of ${name} with ${kind}`);
  tests.set(key, litmus);
  return litmus;
}

const ANY = [{ releases: '..', verdict: 'unknown' }];

function choice({ variants }: File, kind: string): Record<string, unknown> {
  const exact = variants?.kind[kind.replace('1048576', '2048')];
  if (exact !== undefined) return exact;
  const kb = Number(/(\d+) kB/.exec(kind)?.[1]);
  const scaled = variants?.kind[kind.replace(`${kb} kB`, `${SCALED} kB`)];
  if (scaled === undefined) throw new Error(`no variant of ${kind}`);
  return resized(scaled, kb);
}

const runner = new LitmusRunner({ kind: 'reduced' });

/** What the test would say of what the model observes. */
function resultOf({ name, kind, release }: Row): Result | string {
  const answer = finish(runner.answering(litmusOf(name, kind), { release, with: [], without: [] }));
  if (answer.exploration.found.length !== 1) return `${answer.exploration.found.length} endings`;
  const { collapsed = 0, p = 0, buffer = 0 } = valuesOf(answer.exploration.found[0]?.outcome ?? '{}');
  const refused = [collapsed, p, buffer].some(ret => ret === -EINVAL || ret === -EOPNOTSUPP);
  if (refused) return 'skip';
  if (answer.verdict === 'forbidden') return 'ok';
  if (answer.verdict !== 'required') return `${answer.verdict}: ${answer.reason ?? ''}`;
  // The test expects these to fail, and says so in another word.
  return kind.startsWith('hugetlb') && name.startsWith('vmsplice') ? 'xfail' : 'not ok';
}

describe('what cow.c and gup_longterm.c said on real kernels', () => {
  it.each(Object.keys(FILES))('%s', name => {
    const rows = ROWS.filter(row => row.name === name);
    expect(rows.length).toBeGreaterThan(0);
    const wrong = rows.flatMap(row => {
      const result = resultOf(row);
      return result === row.result ? [] : [`${row.kind}, v${row.release}: ${result}, not ${row.result}`];
    });
    expect(wrong).toEqual([]);
  });

  it('is all there', () => {
    expect(ROWS).toHaveLength(1068);
    expect(new Set(ROWS.map(({ name }) => name))).toEqual(new Set(Object.keys(FILES)));
  });
});
