/** `lint --diff`: the files that a patch or the difference to a commit changes, before and after. */

import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { findTree, readTextFile, reasonOf } from '../../workspace/index.js';
import type { InputProblem } from '../files.js';
import { type Io, UsageError } from '../io.js';
import { applyHunks } from './applyPatch.js';
import { type FilePatch, filePatches, reversed } from './filePatch.js';
import { type PatchText, patchTexts } from './mailbox.js';

/** A file that is changed. A text is null where the file is not there, before or after. */
export interface ChangedFile {
  /** Absolute path, after the change. */
  readonly path: string;
  /** Absolute path before it: another where the file is renamed. */
  readonly pathBefore: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What `--diff` names. */
export interface Changes {
  readonly files: readonly ChangedFile[];
  readonly problems: readonly InputProblem[];
  readonly notes: readonly string[];
}

/** More output of git than any difference worth linting has. Bytes. */
const MOST_OUTPUT = 256 << 20;

/**
 * Reads what `--diff` names: a patch or a mailbox (a file, or `-` for standard input), applied in memory, or a commit
 * or range of git. A file to which the patch does not apply is a problem; the others go on.
 *
 * @param places absolute paths that the change is limited to: where to look for the tree that a patch is for, too
 * @throws UsageError if it names neither a patch nor a commit
 */
export async function changesOf(diff: string, places: readonly string[], io: Io): Promise<Changes> {
  const file = resolve(io.cwd, diff);
  if (diff === '-') {
    let text = '';
    for await (const piece of io.stdin()) text += piece;
    return changesOfPatch('standard input', text, places, io.cwd);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) {
    const read = readTextFile(file);
    if ('reason' in read) throw new UsageError(`--diff ${diff}: ${read.reason}`);
    return changesOfPatch(diff, read.text, places, io.cwd);
  }
  return changesSince(diff, places, io.cwd);
}

/** The files of a tree with patches applied, in memory. */
class PatchedTree {
  readonly #root: string;
  /** By path in the tree; null: not there. */
  readonly #before = new Map<string, string | null>();
  readonly #after = new Map<string, string | null>();
  /** Where a file that was renamed comes from. */
  readonly #origin = new Map<string, string>();
  readonly #failed = new Set<string>();
  readonly problems: InputProblem[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  /** Applies the patch of one file; a failure is a problem, and the file is left out from then on. */
  apply(patch: FilePatch, title: string): void {
    const names = [patch.to, patch.from].filter(name => name !== null);
    if (names.some(name => this.#failed.has(name))) return;
    const reason = this.#tryApply(patch);
    if (reason === null) return;
    for (const name of names) this.#failed.add(name);
    this.problems.push({ path: `${title}: ${names[0]}`, reason });
  }

  /** null, or why the patch cannot be applied. */
  #tryApply({ from, to, hunks, damage }: FilePatch): string | null {
    if (damage !== null) return damage;
    if ([from, to].some(name => name !== null && isOutside(name))) return 'this is a path outside the tree';
    const old = from === null ? '' : this.#text(from);
    if (old === null) return `the patch changes it, and it is not in ${this.#root}`;
    if (from === null && to !== null && this.#text(to) !== null) {
      return 'the patch makes it, and it is there already';
    }
    const applied = applyHunks(old, hunks);
    if ('failed' in applied) {
      const { failed, line } = applied;
      return `hunk ${failed} (line ${line}) does not apply; is the patch for another version of the tree?`;
    }
    if (from !== null && from !== to) {
      this.#after.set(from, null);
      if (to !== null) this.#origin.set(to, this.#origin.get(from) ?? from);
    }
    if (to !== null) this.#after.set(to, applied.text);
    return null;
  }

  #text(name: string): string | null {
    const changed = this.#after.get(name);
    if (changed !== undefined) return changed;
    const read = readTextFile(join(this.#root, name));
    const text = 'text' in read ? read.text : null;
    this.#before.set(name, text);
    this.#after.set(name, text);
    return text;
  }

  files(): ChangedFile[] {
    const found: ChangedFile[] = [];
    for (const [name, after] of this.#after) {
      const origin = this.#origin.get(name) ?? name;
      const before = this.#before.get(origin) ?? null;
      if (this.#failed.has(name) || before === after) continue;
      found.push({ path: join(this.#root, name), pathBefore: join(this.#root, origin), before, after });
    }
    return found;
  }
}

/** Whether a path that a patch names leads out of the tree it is applied to. */
function isOutside(name: string): boolean {
  return isAbsolute(name) || normalize(name).split(/[\\/]/)[0] === '..';
}

function changesOfPatch(name: string, text: string, places: readonly string[], cwd: string): Changes {
  const series = patchTexts(text).map(patch => ({ patch, files: filePatches(patch.text) }));
  const all = series.flatMap(({ files }) => files);
  if (all.length === 0) {
    throw new UsageError(`--diff ${name}: no patch in it; give a unified diff, a mail or a mailbox with one`);
  }
  const root = rootOf(all, places, cwd);
  const titleOf = ({ subject }: PatchText): string => (subject === null ? name : `${name}: ${subject}`);
  const tree = new PatchedTree(root);
  for (const { patch, files } of series) for (const file of files) tree.apply(file, titleOf(patch));
  if (tree.problems.length === 0) return { files: tree.files(), problems: [], notes: [] };
  // A tree that has the patch already, as a branch under review has, is as good.
  const back = new PatchedTree(root);
  for (const { patch, files } of [...series].reverse()) {
    for (const file of [...files].reverse()) back.apply(reversed(file), titleOf(patch));
  }
  if (back.problems.length > 0) return { files: tree.files(), problems: tree.problems, notes: [] };
  const files = back.files().map(({ path, pathBefore, before, after }): ChangedFile => {
    return { path: pathBefore, pathBefore: path, before: after, after: before };
  });
  return {
    files,
    problems: [],
    notes: [`${name}: the tree has it already; compared with the tree without it`],
  };
}

/** The directory that a patch is for: of those one may mean, the one that has most of its files. */
function rootOf(patches: readonly FilePatch[], places: readonly string[], cwd: string): string {
  const near = [cwd, ...places];
  const roots = near.flatMap(path => {
    const tree = findTree(path);
    return tree === null ? [path] : [path, tree.root];
  });
  const has = (root: string): number =>
    patches.filter(({ from, to }) => existsSync(join(root, from ?? '')) || existsSync(join(root, to ?? '')))
      .length;
  return roots.reduce((best, root) => (has(root) > has(best) ? root : best), cwd);
}

/** What differs between a commit and the files on the disk, or between two commits. */
function changesSince(diff: string, places: readonly string[], cwd: string): Changes {
  const git = (...argv: string[]): string =>
    execFileSync('git', argv, {
      cwd,
      encoding: 'utf8',
      maxBuffer: MOST_OUTPUT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const [, from = '', dots, to = ''] = /^(.*?)(\.{2,3})(.*)$/.exec(diff) ?? [null, diff];
  const refuse = (why: string): UsageError =>
    new UsageError(
      `--diff ${diff}: ${why}; give a patch file, - for standard input, or a commit or range of git`,
    );
  const commit = (name: string): string => {
    try {
      return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).trim();
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw refuse(
        missing ? 'no such file, and git is not installed' : `neither a file nor a commit (${name})`,
      );
    }
  };
  const old =
    dots === '...' ? git('merge-base', commit(from), commit(to || 'HEAD')).trim() : commit(from || 'HEAD');
  const next = dots === undefined ? null : commit(to || 'HEAD');
  const top = git('rev-parse', '--show-toplevel').trim();
  const where = places.map(place => relative(top, place).split(sep).join('/') || '.');
  const listed = git(
    ...['-C', top, 'diff', '--name-status', '-z', '-M', old, ...(next === null ? [] : [next])],
    ...['--', ...where],
  ).split('\0');
  const files: ChangedFile[] = [];
  const problems: InputProblem[] = [];
  const at = (revision: string, path: string): string =>
    git('-C', top, 'cat-file', 'blob', `${revision}:${path}`);
  for (let i = 0; i + 1 < listed.length; ) {
    const status = listed[i] ?? '';
    const renamed = /^[RC]/.test(status);
    const pathBefore = listed[i + 1] ?? '';
    const path = renamed ? (listed[i + 2] ?? '') : pathBefore;
    i += renamed ? 3 : 2;
    try {
      const before = status === 'A' ? null : at(old, pathBefore);
      let after: string | null = null;
      if (status !== 'D') after = next === null ? textOnDisk(join(top, path)) : at(next, path);
      files.push({ path: join(top, path), pathBefore: join(top, pathBefore), before, after });
    } catch (error) {
      problems.push({ path, reason: reasonOf(error).reason });
    }
  }
  return { files, problems, notes: [] };
}

function textOnDisk(path: string): string {
  const read = readTextFile(path);
  if ('reason' in read) throw new Error(read.reason);
  return read.text;
}
