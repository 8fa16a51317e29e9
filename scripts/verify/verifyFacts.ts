/**
 * `npm run verify:facts -- TREE…`: reads flag values, prototypes and masks from kernel trees and compares them with
 * the tables of kernel/. A difference that explained.ts gives a reason for is shown with it.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { profileFor, type Release, resolveRelease } from '../../kernel/src/index.js';
import { compareTree, NEEDED_FILES, TREE_FILES, type TreeDifference } from './compareTree.js';
import { EXPLAINED, type Explained } from './explained.js';

const USAGE = 'usage: npm run verify:facts -- TREE…\n';

/**
 * @param argv directories of kernel trees; each needs its top-level Makefile, include/linux and mm
 * @returns the exit code: 0 no difference without a reason, 1 some, 2 bad usage or a tree that cannot be read
 */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv.some(argument => argument.startsWith('-'))) {
    process.stderr.write(USAGE);
    return 2;
  }
  let code = 0;
  for (const root of argv) code = Math.max(code, verify(root));
  return code;
}

function verify(root: string): number {
  const tree = openTree(root);
  if ('problem' in tree) {
    process.stderr.write(`${root}: ${tree.problem}\n`);
    return 2;
  }
  const report = compareTree(profileFor(tree.release), tree.files);
  const known: string[] = [];
  const unknown: string[] = [];
  for (const difference of report.differences) {
    const reason = explanation(difference, tree.release);
    const line = `  ${difference.name}: ${difference.what}: profile ${difference.profile}; tree ${difference.tree} (${difference.where})`;
    if (reason === undefined) unknown.push(line);
    else known.push(`${line}\n    ${reason.reason}`);
  }
  const compared = `${report.flags} flags, ${report.functions} functions, ${report.masks} masks compared`;
  process.stdout.write(
    `Linux ${tree.version} (facts of ${tree.release}): ${compared}; ${unknown.length} differences without a reason, ${known.length} with one\n`,
  );
  for (const line of [...unknown, ...known]) process.stdout.write(`${line}\n`);
  return unknown.length === 0 ? 0 : 1;
}

/** The reason of a difference, where one is known. */
export function explanation(
  difference: Pick<TreeDifference, 'name' | 'what'>,
  release: Release,
): Explained | undefined {
  return EXPLAINED.find(
    row => row.release === release && row.what === difference.what && row.names.includes(difference.name),
  );
}

interface Tree {
  /** As the Makefile puts it together: `6.1.192`, `5.14.0-rc5`. */
  readonly version: string;
  readonly release: Release;
  readonly files: ReadonlyMap<string, string>;
}

function openTree(root: string): Tree | { readonly problem: string } {
  const read = (path: string): string | null =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null;
  const makefile = read('Makefile');
  if (makefile === null) return { problem: 'no Makefile: give the top of a kernel tree' };
  const version = makefileVersion(makefile);
  if (version === null)
    return { problem: 'its Makefile has no VERSION and PATCHLEVEL: give the top of a kernel tree' };
  const resolved = resolveRelease(version);
  if ('error' in resolved) return { problem: resolved.error };
  if (!resolved.exact)
    return { problem: `there are no facts of ${version}; the newest are of ${resolved.release}` };
  const files = new Map<string, string>();
  for (const path of TREE_FILES) {
    const text = read(path);
    if (text !== null) files.set(path, text);
  }
  const missing = NEEDED_FILES.filter(path => !files.has(path));
  if (missing.length > 0) return { problem: `${missing.join(', ')} missing: give a whole kernel tree` };
  return { version, release: resolved.release, files };
}

/** The version that the top-level Makefile of a tree gives; null: it gives none. */
export function makefileVersion(makefile: string): string | null {
  const value = (name: string): string =>
    new RegExp(`^${name}[ \\t]*=[ \\t]*(\\S*)`, 'm').exec(makefile)?.[1] ?? '';
  const [version, patchlevel] = [value('VERSION'), value('PATCHLEVEL')];
  if (version === '' || patchlevel === '') return null;
  const sublevel = value('SUBLEVEL');
  return `${version}.${patchlevel}${sublevel === '' ? '' : `.${sublevel}`}${value('EXTRAVERSION')}`;
}
