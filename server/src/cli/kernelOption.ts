/** `--kernel REL|auto`: which release each file is read for. */

import { dirname, relative, sep } from 'node:path';
import { type Release, resolveRelease } from '../../../kernel/src/index.js';
import type { KernelChoice } from '../ide/types.js';
import { defaultRelease, findTree, type KernelTree, releaseOfTree } from '../workspace/index.js';
import { UsageError } from './io.js';

/** Chooses the release for files, and knows their trees; one for a run. */
export interface KernelChooser {
  /** @param path absolute path of a file; null: input that is of no place */
  choose(path: string | null): KernelChoice;
  /** The file's path in its kernel tree, with `/`; null outside a tree. */
  pathInTree(path: string): string | null;
  /** Every note given so far (an unknown release, no Makefile), each once, in order. */
  notes(): readonly string[];
}

/**
 * @param option what `--kernel` was given: a release, or `auto` for that of each file's tree
 * @throws UsageError if it names no release; the message names the nearest ones
 */
export function kernelChooser(option: string): KernelChooser {
  const fixed = option === 'auto' ? null : fixedKernel(option);
  const notes = new Set<string>();
  const trees = new Map<string, KernelTree | null>();
  const choices = new Map<string, KernelChoice>();
  const outside = defaultRelease('not in a kernel tree');
  const treeOf = (path: string): KernelTree | null => {
    const directory = dirname(path);
    let tree = trees.get(directory);
    if (tree === undefined) {
      tree = findTree(directory);
      trees.set(directory, tree);
    }
    return tree;
  };
  const ofTree = (tree: KernelTree | null): KernelChoice => {
    if (tree === null) return outside;
    const choice = choices.get(tree.root) ?? releaseOfTree(tree.root);
    choices.set(tree.root, choice);
    return choice;
  };
  return {
    choose(path) {
      const choice = fixed ?? (path === null ? outside : ofTree(treeOf(path)));
      if (choice.note !== null) notes.add(choice.note);
      return choice;
    },
    pathInTree(path) {
      const tree = treeOf(path);
      return tree === null ? null : relative(tree.root, path).split(sep).join('/');
    },
    notes: () => [...notes],
  };
}

/**
 * The choice that `--kernel REL` makes for every file.
 *
 * @throws UsageError if it names no release
 */
export function fixedKernel(option: string): KernelChoice {
  const { release, note } = releaseNamed(option);
  return { release, text: option, source: 'command-line', note };
}

/**
 * What `--kernel` names.
 *
 * @throws UsageError if that is no release; the message names the nearest ones
 */
export function releaseNamed(option: string): { readonly release: Release; readonly note: string | null } {
  const resolved = resolveRelease(option);
  if (!('error' in resolved)) return resolved;
  const { error, nearest } = resolved;
  const named = nearest.length === 0 || nearest.some(release => error.includes(release));
  throw new UsageError(
    `--kernel ${option}: ${error}${named ? '' : `; the nearest are ${nearest.join(', ')}`}`,
  );
}

/** `Linux 6.1.192 (Makefile)`, for headings. */
export function kernelTitle(choice: KernelChoice): string {
  const from = {
    'command-line': '--kernel',
    setting: 'setting',
    makefile: 'Makefile',
    default: 'default',
  }[choice.source];
  return `Linux ${choice.text} (${from})`;
}
