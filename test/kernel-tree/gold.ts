/** Compares `gup-lens sites` over a 6.1.192 tree with the list made by hand (test/gold/README.md). */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { releaseOfTree } from '../../server/src/workspace/index.js';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The release the list was made of: another stable release has other lines. */
const LISTED = '6.1.192';

/** A row of the list. */
export interface GoldRow {
  readonly file: string;
  readonly line: number;
  readonly callee: string;
  readonly kind: string;
  readonly role?: string;
  readonly op?: string;
  readonly enclosing_function: string | null;
  readonly extra?: boolean;
}

/** What of a `sites` row the list can be compared with. */
export interface SiteLike {
  readonly file: string;
  readonly line: number;
  readonly callee: string;
  readonly kind: string;
  readonly role?: string;
  readonly op?: string;
  readonly function: string | null;
}

/** The differences, as lines to print. Empty: exactly the list. */
export function compareWithGold(gold: readonly GoldRow[], sites: readonly SiteLike[]): string[] {
  const key = (row: GoldRow | SiteLike): string => {
    return [row.file, row.line, row.callee, row.kind, row.role ?? ''].join(' ');
  };
  const left = new Map<string, SiteLike[]>();
  for (const site of sites) left.set(key(site), [...(left.get(key(site)) ?? []), site]);
  const differences: string[] = [];
  for (const row of gold) {
    const site = left.get(key(row))?.shift();
    if (site === undefined) {
      if (row.extra !== true)
        differences.push(`missing: ${key(row)} in ${row.enclosing_function ?? 'file scope'}`);
      continue;
    }
    // The list gives no function to an initialiser, wherever it stands.
    if (row.role !== 'install' && site.function !== row.enclosing_function) {
      differences.push(`function: ${key(row)}: ${site.function} instead of ${row.enclosing_function}`);
    }
    if (row.role === 'install' && site.op !== row.op) {
      differences.push(`op: ${key(row)}: ${site.op} instead of ${row.op}`);
    }
  }
  for (const rest of left.values()) {
    for (const site of rest) differences.push(`extra: ${key(site)} in ${site.function ?? 'file scope'}`);
  }
  return differences;
}

/**
 * What `gup-lens sites` says of a whole tree, with the time it took.
 * @returns null, with a message on stderr, if the command line could not be run
 */
export function sitesOfTree<T>(
  tree: string,
): { readonly sites: readonly T[]; readonly seconds: string } | null {
  const started = performance.now();
  const cli = join(ROOT, 'dist', 'cli.js');
  const run = spawnSync(process.execPath, [cli, 'sites', '--format', 'jsonl', '.'], {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  if (run.status === 0) return { sites: readLines<T>(run.stdout), seconds };
  process.stderr.write(`gold: the command line failed (${run.status}); was it built?\n${run.stderr}`);
  return null;
}

/** The objects of a file with one in each line. */
export function readLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T);
}

/** The list as it is in the repository. */
export function readGold(): GoldRow[] {
  return readLines<GoldRow>(readFileSync(join(ROOT, 'test', 'gold', 'sites-6.1.jsonl'), 'utf8'));
}

/**
 * @param argv the tree
 * @returns 0 if the sites are exactly those of the list (or the tree is of another release), 1 if not, 2 if
 *   the command line could not be run
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [tree] = argv;
  if (tree === undefined) {
    process.stderr.write('gold: give a Linux source tree\n');
    return 2;
  }
  const { text } = releaseOfTree(tree);
  if (text !== LISTED) {
    process.stdout.write(`gold: ${tree} is ${text}; the list is of ${LISTED}, nothing compared\n`);
    return 0;
  }
  const run = sitesOfTree<SiteLike>(tree);
  if (run === null) return 2;
  const gold = readGold();
  const { sites, seconds } = run;
  const differences = compareWithGold(gold, sites);
  for (const difference of differences) process.stdout.write(`gold: ${difference}\n`);
  const wanted = gold.filter(row => row.extra !== true).length;
  process.stdout.write(
    `gold: ${sites.length} sites, ${wanted} listed, ${differences.length} differences, ${seconds} s\n`,
  );
  return differences.length === 0 ? 0 : 1;
}
