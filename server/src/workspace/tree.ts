/** Which kernel tree a file is of, and which release that tree is. */

import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { NEWEST_RELEASE, resolveRelease } from '../../../kernel/src/index.js';
import type { KernelChoice } from '../ide/types.js';

/** A kernel tree on disk. `makefile` is the top-level Makefile, null if there is none. */
export interface KernelTree {
  readonly root: string;
  readonly makefile: string | null;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** As {@link isFile}, but what may not be looked at counts as absent: a tree is found or it is not. */
function hasFile(path: string): boolean {
  try {
    return isFile(path);
  } catch {
    return false;
  }
}

/**
 * The nearest kernel tree around a file or directory: the first ancestor (or the directory itself) that has
 * `include/linux/mm.h` and a Makefile that names a release; without such a Makefile anywhere, the first that has
 * the header (the kernel's own `tools/` has a header of that name too). Returns null outside a kernel tree. Does
 * not throw.
 */
export function findTree(path: string): KernelTree | null {
  let nearest: KernelTree | null = null;
  for (let at = resolve(path); ; at = dirname(at)) {
    if (hasFile(join(at, 'include', 'linux', 'mm.h'))) {
      const file = join(at, 'Makefile');
      const tree = { root: at, makefile: hasFile(file) ? file : null };
      if (tree.makefile !== null && namedRelease(tree.makefile) !== null) return tree;
      nearest ??= tree;
    }
    if (dirname(at) === at) return nearest;
  }
}

/** The release that a Makefile names; null if it names none or cannot be read. */
function namedRelease(makefile: string): string | null {
  try {
    return makefileRelease(readFileSync(makefile, 'latin1'));
  } catch {
    return null;
  }
}

/**
 * The release that a top-level Makefile names: `6.1.192`, `6.13.0-rc3`, `5.15.149-android14-11`, and for the trees of
 * Red Hat and openEuler, which name theirs in variables of their own, `5.14.0-427.13.1.el9`. An EXTRAVERSION that make
 * would have to compute is left out. Returns null if VERSION or PATCHLEVEL is missing.
 */
export function makefileRelease(text: string): string | null {
  const value = (name: string): string => {
    const match = new RegExp(`^${name}[ \\t]*:?=[ \\t]*([^#\\r\\n]*)`, 'm').exec(text);
    return (match?.[1] ?? '').trim();
  };
  const version = value('VERSION');
  const patchlevel = value('PATCHLEVEL');
  if (!/^\d+$/.test(version) || !/^\d+$/.test(patchlevel)) return null;
  const sublevel = value('SUBLEVEL');
  const extra = value('EXTRAVERSION');
  const numbers = /^\d+$/.test(sublevel)
    ? `${version}.${patchlevel}.${sublevel}`
    : `${version}.${patchlevel}`;
  const named = /^[-.+~\w]*$/.test(extra) ? numbers + extra : numbers;
  return named + enterpriseSuffix(value);
}

/** What the enterprise kernels that keep EXTRAVERSION empty add in their packages; empty for all others. */
function enterpriseSuffix(value: (name: string) => string): string {
  const redHat = value('RHEL_MAJOR');
  if (/^\d+$/.test(redHat)) {
    const build = value('RHEL_RELEASE');
    return `${/^[\w.]+$/.test(build) ? `-${build}` : ''}.el${redHat}`;
  }
  const openEuler = value('OPENEULER_MAJOR');
  return /^\d+$/.test(openEuler) ? `.oe${openEuler}` : '';
}

/** The newest known release, for a file of which no release can be told; `why` is shown to a person. */
export function defaultRelease(why: string): KernelChoice {
  return {
    release: NEWEST_RELEASE,
    text: NEWEST_RELEASE,
    source: 'default',
    note: `${why}; using the newest known release, ${NEWEST_RELEASE}`,
  };
}

/**
 * The release of a tree, read from VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION of its top-level Makefile.
 * Where that fails the newest known release is taken, with a note that says why. Does not throw.
 *
 * @param root the directory that {@link findTree} gave
 */
export function releaseOfTree(root: string): KernelChoice {
  const makefile = join(root, 'Makefile');
  let text: string;
  try {
    text = readFileSync(makefile, 'latin1');
  } catch {
    return defaultRelease(`the tree has no readable top-level Makefile (${makefile})`);
  }
  const named = makefileRelease(text);
  if (named === null) return defaultRelease(`${makefile} does not set VERSION and PATCHLEVEL`);
  const resolved = resolveRelease(named);
  if ('error' in resolved) {
    const [nearest] = resolved.nearest;
    if (nearest === undefined) return defaultRelease(`${makefile}: ${resolved.error}`);
    return {
      release: nearest,
      text: named,
      source: 'makefile',
      note: `${makefile}: ${resolved.error}; using ${nearest}`,
    };
  }
  return { release: resolved.release, text: named, source: 'makefile', note: resolved.note };
}
