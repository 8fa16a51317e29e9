/** The tables of docs/discussions/unshare-gup-fast.md: what each design of COW forbids, and how the rest comes about. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release, SwitchName } from '../../kernel/src/index.js';
import {
  behaviourOfKernel,
  expectationsFor,
  inapplicable,
  type Kernel,
  type Litmus,
  type LitmusFile,
  LitmusRunner,
  litmusRow,
  parseLitmus,
  type Verdict,
} from '../../simulator/src/index.js';
import { withTable } from './fieldTable.js';

export const UNSHARE_PAGE = 'docs/discussions/unshare-gup-fast.md';

const FOLDER = 'test/litmus/unshare-gup-fast';

/** A column: a release that has the design, and what has to be turned for it. */
interface Design extends Kernel {
  readonly title: string;
}

function design(
  title: string,
  release: Release,
  on: readonly SwitchName[] = [],
  off: readonly SwitchName[] = [],
): Design {
  return { title, release, with: on, without: off };
}

const BIG_PICTURE: readonly SwitchName[] = ['unshareByMapcount', 'wpReuseByMapcount'];

/** In order of time. */
const DESIGNS: readonly Design[] = [
  design('v5.7: a write counts mappings', '5.7'),
  design('v5.8: GUP breaks COW', '5.8'),
  design('v5.9: a write counts references', '5.9'),
  design('v5.16: and write_protect_seq', '5.16'),
  design('proposed: and GUP unshares by map count', '5.16', ['unshareByMapcount']),
  design('proposed, with a write that counts mappings', '5.16', BIG_PICTURE),
  design('v5.19: PageAnonExclusive', '5.19'),
  design('v6.12', '6.12'),
];

/** Beside the designs: those whose pins are safe, without what makes them so. */
const WITHOUT_GUARD: readonly Design[] = [
  design('', '5.16', BIG_PICTURE, ['gupFastForkSeq']),
  design('', '6.12', [], ['gupFastForkSeq']),
];

/** Tests of two tasks, of which some orders are harmless. */
const RACES: readonly string[] = ['gup-fast-fork', 'gup-fast-fork-readonly'];

/**
 * The page with its tables between their markers. Verdicts are those that the litmus files expect, which their test holds; schedules
 * are searched for.
 * @param root the repository
 * @throws Error where the page has no markers, or a file says nothing of a design
 */
export function withDesigns(page: string, root: string): string {
  const files = readdirSync(join(root, FOLDER))
    .filter(name => name.endsWith('.litmus.json'))
    .sort()
    .map(name => litmusFile(join(root, FOLDER, name)));
  const tables: readonly [string, readonly string[]][] = [
    ['designs', designTable(files)],
    ['schedules', scheduleTable(files)],
  ];
  return tables.reduce((text, [name, table]) => withTable(text, UNSHARE_PAGE, name, table), page);
}

function litmusFile(path: string): LitmusFile {
  const parsed = parseLitmus(JSON.parse(readFileSync(path, 'utf8')));
  if ('file' in parsed) return parsed.file;
  throw new Error(`${path}: ${parsed.problems.map(({ message }) => message).join('; ')}`);
}

const SHOWN: Readonly<Record<Verdict, string>> = {
  forbidden: '–',
  allowed: 'allowed',
  required: '**always**',
  unknown: 'unknown',
};

function designTable(files: readonly LitmusFile[]): string[] {
  const head = ['test', ...DESIGNS.map(({ title }) => title)];
  return [
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...files.flatMap(file =>
      [...variantsByCells(file)].map(([cells, variants]) => `| ${rowTitle(file, variants)} | ${cells} |`),
    ),
  ];
}

/** Variants of a file that fare alike with every design stand in one row. */
function variantsByCells(file: LitmusFile): Map<string, Litmus[]> {
  const rows = new Map<string, Litmus[]>();
  for (const litmus of file.variants) {
    const cells = DESIGNS.map(each => cellOf(file, litmus, each)).join(' | ');
    const row = rows.get(cells) ?? [];
    row.push(litmus);
    rows.set(cells, row);
  }
  return rows;
}

function cellOf(file: LitmusFile, litmus: Litmus, of: Design): string {
  if (inapplicable(litmus, behaviourOfKernel(of)) !== null) return 'n/a';
  const [expected] = expectationsFor(file, litmus, of);
  if (expected !== undefined) return SHOWN[expected.verdict];
  const switches = [...of.with.map(name => ` with ${name}`), ...of.without.map(name => ` without ${name}`)];
  throw new Error(
    `${file.name}: expect says nothing of ${of.release}${switches.join('')}; add what it gives`,
  );
}

function rowTitle(file: LitmusFile, variants: readonly Litmus[]): string {
  if (variants.length === file.variants.length) return file.name;
  const axes = Object.keys(variants[0]?.variant ?? {});
  const told = axes.map(axis => {
    const choices = [...new Set(variants.map(({ variant }) => variant[axis] ?? ''))];
    const all = new Set(file.variants.map(({ variant }) => variant[axis] ?? ''));
    return choices.length === all.size ? '' : choices.join(', ');
  });
  return `${file.name}: ${told.filter(text => text !== '').join('; ')}`;
}

function scheduleTable(files: readonly LitmusFile[]): string[] {
  const runner = new LitmusRunner({ kind: 'reduced' });
  const rows = files
    .filter(({ name }) => RACES.includes(name))
    .flatMap(file =>
      file.variants.flatMap(litmus =>
        [...DESIGNS, ...WITHOUT_GUARD].flatMap(kernel => scheduleRow(file, litmus, kernel, runner)),
      ),
    );
  return ['| command | states |', '| --- | --- |', ...rows];
}

/** The command that replays a run of which the question is true, where some runs are none. */
function scheduleRow(
  file: LitmusFile,
  litmus: Litmus,
  kernel: Design,
  runner: LitmusRunner,
): readonly string[] {
  const searching = litmusRow({ file, litmus, kernel }, runner);
  let next = searching.next();
  while (next.done !== true) next = searching.next();
  const { verdict, witness, states, asExpected } = next.value;
  if (asExpected === false)
    throw new Error(`${file.name}: v${kernel.release} does not give what is expected`);
  if (verdict !== 'allowed' || witness === null) return [];
  const options = [
    `--kernel ${kernel.release}`,
    ...kernel.with.map(name => `--with ${name}`),
    ...kernel.without.map(name => `--without ${name}`),
    `--schedule '${witness.schedule}'`,
  ];
  return [`| \`gup-lens explore ${file.name} ${options.join(' ')}\` | ${states} |`];
}
