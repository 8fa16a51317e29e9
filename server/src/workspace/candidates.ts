/** Which files of a tree are worth reading: those that hold one of some names. */

import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HUGE_FILE, isBinary, SOURCE_GLOB } from './content/index.js';
import { searchContent } from './contentSearch.js';
import { reasonOf } from './readText.js';
import { findRipgrep, runRipgrep } from './ripgrep.js';
import { stemsOf } from './stems.js';
import { walkSources } from './walk.js';

/**
 * ripgrep's vector search takes literals of up to 250 bytes in all (version 13: with more it is five times slower).
 */
const STEM_BUDGET = 240;

/** How to search. All members have a default. */
export interface CandidateOptions {
  /** `auto`: ripgrep if there is one. `threads`: without it. */
  readonly search?: 'auto' | 'threads';
  /** Environment for PATH and VSCODE_APP_ROOT; that of the process by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** VS Code's application root, where ripgrep lies if it is not on PATH. */
  readonly vscodeRoot?: string;
  /** The running bundle, which starts with `runSearchWorker()`; absent: no threads are started. */
  readonly workerFile?: string | null;
  readonly signal?: AbortSignal;
  /** Other strings: which files hold these but no needle is told in {@link Candidates.near}, for a later search. */
  readonly near?: readonly string[];
  /** Search these files, relative to the directory, instead of all that are there. */
  readonly among?: readonly string[];
  /** Called as files are found, and (without ripgrep) as they are searched. */
  readonly onProgress?: (progress: CandidateProgress) => void;
}

export interface CandidateProgress {
  readonly found: number;
  /** Files searched so far; null where ripgrep does not say. */
  readonly searched: number | null;
}

/** A file that was left out of the search or its result, and why. */
export interface SearchNote {
  readonly path: string;
  readonly reason: string;
  /** `skipped`: left out on purpose (binary, huge). `unreadable`: the disk said no. */
  readonly kind: 'skipped' | 'unreadable';
}

/** Paths are relative to the directory that was searched, with `/`. */
export interface Candidates {
  /** Sorted by UTF-16 code unit, each real file once. */
  readonly files: readonly string[];
  readonly notes: readonly SearchNote[];
  /** Files without a needle; all that hold a string of the option `near` are among them, unsorted. */
  readonly near: readonly string[];
  readonly by: 'ripgrep' | 'threads';
}

/**
 * The source files (`.c`, `.h`, `.S`) under a directory that hold any of the needles, as literal strings. Both
 * ways of searching give the same result: no ignore file is read, symbolic links are followed without looping,
 * of several paths to a file the one without a link is kept. A file that holds a needle but is binary or above
 * {@link HUGE_FILE} is left out with a note, and so is what cannot be read. Rejects with the signal's reason
 * when aborted, or if the directory itself cannot be read.
 */
export async function findCandidates(
  directory: string,
  needles: readonly string[],
  options: CandidateOptions = {},
): Promise<Candidates> {
  options.signal?.throwIfAborted();
  // The one failure that concerns the whole search: the rest goes on without the file concerned.
  if (!statSync(directory).isDirectory()) throw new Error(`${directory}: not a directory`);
  const notes: SearchNote[] = [];
  const unreadable = (path: string, reason: string): void => {
    notes.push({ path, reason, kind: 'unreadable' });
  };
  const { signal, onProgress, near = [] } = options;
  if (needles.every(needle => needle === '')) return { files: [], notes: [], near: [], by: 'threads' };
  let found = 0;
  const report = (searched: number | null): void => onProgress?.({ found, searched });
  const wide = [...needles, ...near];
  const listed = await listWithRipgrep(directory, stemsOf(wide, STEM_BUDGET), options, () => {
    found++;
    report(null);
  });
  for (const complaint of listed?.complaints ?? []) {
    const note = complaintAsNote(complaint);
    if (note !== null) unreadable(note.path, note.reason);
  }
  const filesHolding = (
    paths: Iterable<string>,
    texts: readonly string[],
    all: boolean,
  ): Promise<string[]> => {
    found = 0;
    return searchContent({
      directory,
      paths,
      needles: texts,
      // Threads are for a whole tree; for a few files starting them takes longer than the search.
      workerFile: all ? (options.workerFile ?? null) : null,
      signal,
      onProblem: unreadable,
      onPath: () => {
        found++;
      },
      onSearched: searched => report(all ? searched : null),
    });
  };
  // ripgrep has looked for parts of the needles; the files it lists are looked at again, for the whole.
  let suspects = options.among ?? listed?.paths ?? null;
  if (suspects === null && near.length > 0) {
    suspects = await filesHolding(sourcePaths(directory, unreadable), wide, true);
  }
  const paths = await (suspects === null
    ? filesHolding(sourcePaths(directory, unreadable), needles, true)
    : filesHolding(suspects, needles, false));
  const holding = new Set(near.length > 0 ? paths : []);
  const files: string[] = [];
  for (const path of onePathAFile(directory, paths)) {
    const reason = whyLeftOut(join(directory, path));
    if (reason === null) files.push(path);
    else notes.push({ path, ...reason });
  }
  notes.sort((a, b) => compare(a.path, b.path));
  return {
    files,
    notes,
    near: near.length === 0 ? [] : (suspects ?? []).filter(path => !holding.has(path)),
    by: listed === null ? 'threads' : 'ripgrep',
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Null if there is no ripgrep, if it is not wanted, or if it cannot do it (too old, not runnable after all): the
 * threads then can.
 */
async function listWithRipgrep(
  directory: string,
  needles: readonly string[],
  options: CandidateOptions,
  onPath: () => void,
): Promise<{ paths: readonly string[]; complaints: readonly string[] } | null> {
  if (options.search === 'threads' || options.among !== undefined) return null;
  const { signal } = options;
  const executable = findRipgrep(options.env ?? process.env, options.vscodeRoot);
  if (executable === null) return null;
  try {
    return await runRipgrep({ executable, directory, needles, glob: SOURCE_GLOB, signal, onPath });
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

function complaintAsNote(complaint: string): { path: string; reason: string } | null {
  // A loop was not entered, and a dangling or circular link (ENOENT, ELOOP here and on macOS) leads to no file:
  // nothing is missing from the result.
  if (/File system loop|os error (?:2|40|62)\)/.test(complaint)) return null;
  const match = /^(?:\.[\\/])?(.*?): (.*)$/.exec(complaint);
  if (match === null) return { path: '.', reason: complaint };
  const reason = (match[2] ?? '').replace(/ \(os error \d+\)$/, '');
  return { path: match[1] || '.', reason: reason.charAt(0).toLowerCase() + reason.slice(1) };
}

function* sourcePaths(
  directory: string,
  unreadable: (path: string, reason: string) => void,
): Generator<string> {
  for (const { path, problem } of walkSources(directory)) {
    if (problem === null) yield path;
    else unreadable(path, problem);
  }
}

/** Sorted, and of several paths to one file only the one without a link, else the first. */
function onePathAFile(directory: string, paths: readonly string[]): string[] {
  let top: string;
  try {
    top = realpathSync(directory);
  } catch {
    return [...paths].sort(compare);
  }
  const byFile = new Map<string, string>();
  for (const path of [...paths].sort(compare)) {
    let real: string;
    try {
      real = realpathSync(join(directory, path));
    } catch {
      real = join(top, path);
    }
    if (!byFile.has(real) || real === join(top, path)) byFile.set(real, path);
  }
  return [...byFile.values()].sort(compare);
}

function whyLeftOut(path: string): Omit<SearchNote, 'path'> | null {
  try {
    const { size } = statSync(path);
    if (size > HUGE_FILE) {
      return { kind: 'skipped', reason: `larger than ${HUGE_FILE / 1024 / 1024} MB` };
    }
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(Math.min(size, 8000));
      const got = readSync(file, head, 0, head.length, 0);
      return isBinary(head.subarray(0, got)) ? { kind: 'skipped', reason: 'a binary file' } : null;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { kind: 'unreadable', reason: reasonOf(error).reason };
  }
}
