/** Searching directories whose files the client reads: a few for what open documents need, many for who asks for them. */

import { isSourceName } from '../../workspace/content/index.js';
import type { Found, SearchBelow } from '../runtime.js';
import type { ClientFiles } from './clientFiles.js';

/** Each may be a request over a network. */
const READ_AT_A_TIME = 8;

/** More files of one directory are not read. */
const MOST_FILES = 500;

/** A search of the directories below ends after so many files, and after so many directories. */
const MOST_BELOW = 3000;
const MOST_DIRECTORIES = 1500;

/** Where the kernel's own calls are, before the drivers, which are most of a tree. */
const FIRST_OF_TREE: readonly string[] = ['mm', 'virt', 'kernel', 'io_uring', 'lib', 'fs', 'net', 'arch'];

/** No code of the kernel is in these. */
const NOT_KERNEL: ReadonlySet<string> = new Set(['Documentation', 'LICENSES', 'scripts', 'tools', 'usr']);

/** A storage that gives none of so many files of a directory gives no more: it may count requests, and want a pause. */
const ALL_REFUSED = 8;

/** How many directories that were not reached are named. */
const MOST_NAMED = 6;

/** The source files right in a directory, as many as are read. */
export async function sourcesIn(files: ClientFiles, directory: string): Promise<readonly string[]> {
  return (await files.in(directory)).files.filter(isSourceName).slice(0, MOST_FILES);
}

/** The source files right in a directory that hold any of the texts. */
export async function findIn(
  files: ClientFiles,
  directory: string,
  needles: readonly string[],
  signal: AbortSignal,
): Promise<Found> {
  signal.throwIfAborted();
  const sources = (await files.in(directory)).files.filter(isSourceName);
  const notes = [
    {
      path: '..',
      reason: 'in a browser only the files beside an open one are read for this, not the whole tree',
    },
  ];
  if (sources.length > MOST_FILES) {
    notes.push({ path: '.', reason: `of its ${sources.length} files the first ${MOST_FILES} are read` });
  }
  const found = await holding(files, sources.slice(0, MOST_FILES), needles, signal);
  return { paths: found.paths, notes: [...notes, ...namedFrom(directory, found.notes)] };
}

/**
 * The source files below a directory that hold any of the texts, directory by directory, those asked for first. What a limit
 * leaves out is named at the end.
 */
export async function* searchBelow(
  files: ClientFiles,
  { root, first, needles, signal, onRead }: SearchBelow,
): AsyncGenerator<Found> {
  const seen = new Set<string>();
  // The last one is next.
  const waiting = [root, ...[...first].reverse()];
  const skipped: string[] = [];
  let read = 0;
  let refused: string | null = null;
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    signal.throwIfAborted();
    if (seen.has(directory)) continue;
    if (read >= MOST_BELOW || seen.size >= MOST_DIRECTORIES) {
      waiting.push(directory);
      break;
    }
    seen.add(directory);
    const { files: all, directories } = await files.in(directory);
    const below = directories.filter(path => !nameOf(path).startsWith('.') && !seen.has(path));
    const isTree = all.some(path => nameOf(path) === 'Makefile') && below.some(path => nameOf(path) === 'mm');
    if (isTree) skipped.push(...below.filter(path => NOT_KERNEL.has(nameOf(path))));
    // A directory that was asked for by itself is looked through again from above.
    waiting.push(...(isTree ? inOrderOfTree(below) : below).reverse());
    const sources = all.filter(isSourceName).slice(0, MOST_BELOW - read);
    const left = all.filter(isSourceName).length - sources.length;
    const found = await holding(files, sources, needles, signal, done => onRead(read + done));
    read += sources.length;
    if (found.notes.length === sources.length && sources.length >= ALL_REFUSED) {
      refused = `none of the files of ${listOf(root, [directory])} could be read: ${found.notes[0]?.reason ?? ''}`;
      break;
    }
    const cut = left === 0 ? [] : [{ path: directory, reason: `of its files ${left} are not read` }];
    yield { paths: found.paths, notes: namedFrom(root, [...found.notes, ...cut]) };
  }
  const names = [...new Set(waiting)].filter(path => !seen.has(path)).reverse();
  const reasons = [
    ...(refused === null ? [] : [refused]),
    ...(names.length === 0
      ? []
      : [`the search ends after ${read} files: not read are ${listOf(root, names)}`]),
    ...(skipped.length === 0 ? [] : [`not searched, as no code of the kernel: ${listOf(root, skipped)}`]),
  ];
  if (reasons.length > 0)
    yield { paths: [], notes: [{ path: '.', reason: `in a browser ${reasons.join('; ')}` }] };
}

function inOrderOfTree(directories: readonly string[]): string[] {
  const rank = (path: string): number => {
    const at = FIRST_OF_TREE.indexOf(nameOf(path));
    return at < 0 ? FIRST_OF_TREE.length : at;
  };
  return directories.filter(path => !NOT_KERNEL.has(nameOf(path))).sort((a, b) => rank(a) - rank(b));
}

function listOf(root: string, paths: readonly string[]): string {
  const named = paths.slice(0, MOST_NAMED).map(path => path.slice(root.length + 1));
  const more = paths.length - named.length;
  return `${named.join(', ')}${more === 0 ? '' : ` and ${more} more directories`}`;
}

/** Those of some files that hold any of the texts, and by full path those that cannot be read. */
async function holding(
  files: ClientFiles,
  sources: readonly string[],
  needles: readonly string[],
  signal: AbortSignal,
  onRead: (done: number) => void = () => undefined,
): Promise<Found> {
  const paths: string[] = [];
  const notes: { readonly path: string; readonly reason: string }[] = [];
  for (let at = 0; at < sources.length; at += READ_AT_A_TIME) {
    signal.throwIfAborted();
    const batch = sources.slice(at, at + READ_AT_A_TIME);
    const read = await Promise.all(batch.map(async path => ({ path, file: await files.read(path) })));
    for (const { path, file } of read) {
      if (!('text' in file)) notes.push({ path, reason: file.reason });
      else if (needles.some(needle => file.text.includes(needle))) paths.push(path);
    }
    onRead(at + batch.length);
  }
  return { paths, notes };
}

function namedFrom(directory: string, notes: Found['notes']): Found['notes'] {
  return notes.map(({ path, reason }) => ({ path: path.slice(directory.length + 1) || '.', reason }));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
