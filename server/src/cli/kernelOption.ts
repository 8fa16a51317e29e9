/** `--kernel REL|auto`: which release each file is read for. */

import { dirname, relative, sep } from 'node:path';
import {
  isOlder,
  oldestFirst,
  RELEASES,
  type Release,
  releaseSpan,
  releasesBetween,
  resolveRelease,
} from '../../../kernel/src/index.js';
import type { KernelChoice } from '../ide/types.js';
import {
  defaultRelease,
  findTree,
  type KernelTree,
  kernelOfTree,
  releaseAskedFor,
} from '../workspace/index.js';
import type { ConfigFiles } from './configFiles.js';
import { UsageError } from './io.js';

/** Chooses the release for files, and knows their trees; one for a run. */
export interface KernelChooser {
  /** @param path absolute path of a file; null: input that is of no place */
  choose(path: string | null): KernelChoice;
  /** All that `--kernel` asks for, oldest first; never empty. Most often only what {@link choose} gives. */
  chooseAll(path: string | null): readonly KernelChoice[];
  /** The file's path in its kernel tree, with `/`; null outside a tree. */
  pathInTree(path: string): string | null;
  /** Every note given so far (an unknown release, no Makefile), each once, in order. */
  notes(): readonly string[];
}

/**
 * @param option what `--kernel` was given: a release, `auto` for that of each file's tree, or several releases as
 *   {@link kernelList} reads them
 * @param configs with `auto` a configuration file may name a release too, and wins over the tree
 * @throws UsageError if it names no release; the message names the nearest ones
 */
export function kernelChooser(option: string, configs: ConfigFiles): KernelChooser {
  const fixed = option === 'auto' ? null : kernelList(option);
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
    const choice = choices.get(tree.root) ?? kernelOfTree(tree.root);
    choices.set(tree.root, choice);
    return choice;
  };
  const ofConfig = (path: string): KernelChoice | null => {
    const settings = configs.of(path);
    if (settings.kernelRelease === 'auto' && settings.kernelReleases.length === 0) return null;
    const named = path.split(sep).join('/');
    const root = treeOf(path)?.root.split(sep).join('/') ?? null;
    const asked = releaseAskedFor(named, root, settings);
    return asked === 'auto' ? null : { ...fixedKernel(asked), source: 'setting' };
  };
  const ofPath = (path: string): KernelChoice => ofConfig(path) ?? ofTree(treeOf(path));
  const chooseAll = (path: string | null): readonly KernelChoice[] => {
    const choices = fixed ?? [path === null ? outside : ofPath(path)];
    for (const { note } of choices) if (note !== null) notes.add(note);
    return choices;
  };
  return {
    choose: path => chooseAll(path)[0] ?? outside,
    chooseAll,
    pathInTree(path) {
      const tree = treeOf(path);
      return tree === null ? null : relative(tree.root, path).split(sep).join('/');
    },
    notes: () => [...notes],
  };
}

/**
 * The releases that `--kernel` names: `6.1`, `5.4,5.15,6.1`, a range `5.4..6.12` of all releases between, or such
 * mixed. Oldest first, each release once.
 *
 * @throws UsageError if a part names no release, or a range goes backwards
 */
export function kernelList(option: string): readonly KernelChoice[] {
  const byRelease = new Map<Release, KernelChoice>();
  for (const part of option.split(',')) {
    const ends = part.split('..');
    const [from = '', to] = ends;
    if (to === undefined) {
      const choice = fixedKernel(part.trim());
      if (!byRelease.has(choice.release)) byRelease.set(choice.release, choice);
      continue;
    }
    if (ends.length > 2) throw new UsageError(`--kernel ${option}: write a range as 5.4..6.12`);
    const first = releaseNamed(from.trim()).release;
    const last = releaseNamed(to.trim()).release;
    if (isOlder(last, first)) {
      throw new UsageError(`--kernel ${option}: ${from} is newer than ${to}; write ${to}..${from}`);
    }
    for (const release of releasesBetween(first, last)) {
      if (!byRelease.has(release)) byRelease.set(release, fixedKernel(release));
    }
  }
  return oldestFirst(byRelease.keys()).flatMap(release => byRelease.get(release) ?? []);
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
  if (/,|\.\./.test(option)) {
    throw new UsageError(`--kernel ${option}: give one release here, such as 6.1`);
  }
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

/** The headings of all kernels that files were read for, each once: `Linux 5.4–5.15, 6.1 (--kernel)`. */
export function kernelTitles(files: readonly { readonly kernels: readonly KernelChoice[] }[]): string[] {
  const titles = files.map(({ kernels }) => {
    const [first] = kernels;
    const text = kernels.every(kernel => kernel.text === kernel.release)
      ? releaseSpan(
          kernels.map(kernel => kernel.release),
          RELEASES,
        )
      : kernels.map(kernel => kernel.text).join(', ');
    return first === undefined ? '' : kernelTitle({ ...first, text });
  });
  return [...new Set(titles)];
}
