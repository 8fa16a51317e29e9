/** The table of docs/selftests.md: in which releases each case of the kernel's selftests holds, as its litmus file expects. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASES, type Release, releaseAfter } from '../../kernel/src/index.js';
import {
  behaviourOfKernel,
  expectationsFor,
  inapplicable,
  type Litmus,
  type LitmusFile,
  parseLitmus,
  type Verdict,
} from '../../simulator/src/index.js';
import { withTable } from './fieldTable.js';

export const SELFTESTS_PAGE = 'docs/selftests.md';

const FOLDER = 'test/litmus/selftests';

/** In the order of the page: the prefixes of the files' names, and a heading for each group. */
const GROUPS: readonly (readonly [string, RegExp])[] = [
  ['copy on write after fork()', /^cow-after-fork/],
  ['references by vmsplice()', /^vmsplice-/],
  ['fixed buffers of io_uring', /^fixed-buffer-/],
  ['read-only pins', /^ro-pin-/],
  ['a collapse of huge pages', /^collapse-/],
  ['private mappings of pages that are not anonymous', /^private-/],
  ['long-term pins of files', /^longterm-/],
];

/**
 * The page with its tables between their markers.
 * @param root the repository
 * @throws Error where it has no markers, or a file is wrong
 */
export function withSelftests(page: string, root: string): string {
  const files = readdirSync(join(root, FOLDER))
    .filter(name => name.endsWith('.litmus.json'))
    .sort()
    .map(name => litmusFile(join(root, FOLDER, name)));
  const tables = GROUPS.flatMap(([heading, names]) => [
    '',
    `### ${heading[0]?.toUpperCase() ?? ''}${heading.slice(1)}`,
    '',
    '| case | memory | holds | does not hold |',
    '|---|---|---|---|',
    ...files.filter(({ name }) => names.test(name)).flatMap(rowsOf),
  ]);
  return withTable(page, SELFTESTS_PAGE, 'selftests', [...tables.slice(1), '']);
}

function litmusFile(path: string): LitmusFile {
  const result = parseLitmus(JSON.parse(readFileSync(path, 'utf8')));
  if ('file' in result) return result.file;
  const [first] = result.problems;
  throw new Error(`${path}: ${first?.field ?? ''}: ${first?.message ?? 'no litmus file'}`);
}

/** A row for each group of memory kinds with the same verdicts. */
function rowsOf(file: LitmusFile): string[] {
  const groups = new Map<string, string[]>();
  for (const litmus of file.variants) {
    const cells = `${rangesOf(file, litmus, 'forbidden')} | ${rangesOf(file, litmus, 'required')}`;
    groups.set(cells, [...(groups.get(cells) ?? []), litmus.variant.kind ?? 'THP (2048 kB)']);
  }
  const all = file.variants.map(({ variant }) => variant.kind ?? '');
  const link = `[${file.name}](../${FOLDER}/${file.name}.litmus.json)`;
  return [...groups].map(
    ([cells, kinds], index) => `| ${index === 0 ? link : ''} | ${kindsText(kinds, all)} | ${cells} |`,
  );
}

/** Kinds of one size are told together where there are no others of that size. */
function kindsText(kinds: readonly string[], all: readonly string[]): string {
  if (kinds.length === all.length && kinds.length > 1) return 'all';
  const left = new Set(kinds);
  const texts: string[] = [];
  for (const size of ['THP (2048 kB)', 'THP (64 kB)']) {
    const ofSize = all.filter(kind => kind.endsWith(size));
    if (ofSize.length < 2 || !ofSize.every(kind => left.has(kind))) continue;
    for (const kind of ofSize) left.delete(kind);
    texts.push(`every ${size}`);
  }
  return [...left, ...texts].join('; ');
}

/** The releases of a verdict, runs of them as `5.9–5.18`. */
function rangesOf(file: LitmusFile, litmus: Litmus, verdict: Verdict): string {
  const runs: { first: Release; last: Release }[] = [];
  for (const release of RELEASES) {
    const kernel = { release, with: [], without: [] };
    if (inapplicable(litmus, behaviourOfKernel(kernel)) !== null) continue;
    if (expectationsFor(file, litmus, kernel)[0]?.verdict !== verdict) continue;
    const run = runs.at(-1);
    if (run !== undefined && releaseAfter(run.last) === release) run.last = release;
    else runs.push({ first: release, last: release });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}–${last}`)).join(', ') || '–';
}
