/** Which kernel tree of the disk a file is of, and which release that tree is. */

import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { KernelChoice } from '../ide/types.js';
import { makefileRelease, releaseByMakefile, TREE_MARK, treeAmong } from './content/index.js';

/** A kernel tree on disk. `makefile` is the top-level Makefile, null if there is none. */
export interface KernelTree {
  readonly root: string;
  readonly makefile: string | null;
}

/** Whether there is such a file; what may not be looked at counts as absent: a tree is found or it is not. */
function hasFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/**
 * The nearest kernel tree around a file or directory, itself included, as `treeAmong` decides. Returns null outside a kernel
 * tree. Does not throw.
 */
export function findTree(path: string): KernelTree | null {
  const candidates: (KernelTree & { readonly namesRelease: boolean })[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    if (hasFile(join(at, TREE_MARK))) {
      const file = join(at, 'Makefile');
      const makefile = hasFile(file) ? file : null;
      const text = makefile === null ? null : readMakefile(makefile);
      const namesRelease = text !== null && makefileRelease(text) !== null;
      candidates.push({ root: at, makefile, namesRelease });
      // Whatever lies above: this is it.
      if (namesRelease) break;
    }
    if (dirname(at) === at) break;
  }
  const tree = treeAmong(candidates);
  return tree === null ? null : { root: tree.root, makefile: tree.makefile };
}

/** Null if it cannot be read. */
function readMakefile(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/**
 * The release of a tree, as `releaseByMakefile` tells it. Does not throw.
 *
 * @param root the directory that {@link findTree} gave
 */
export function releaseOfTree(root: string): KernelChoice {
  const makefile = join(root, 'Makefile');
  return releaseByMakefile(makefile, readMakefile(makefile));
}
