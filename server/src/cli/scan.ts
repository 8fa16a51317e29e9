/** Scanning files and trees: which files, in two passes, analysed in as many threads as pay off. */

import { availableParallelism } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { CORE_HANDLERS, SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import { directoryOf, type HandlerOp, NOTHING_ASKED, uniteAsked } from '../analysis/index.js';
import { findCandidates } from '../workspace/index.js';
import { ConfigFiles } from './configFiles.js';
import type { ScanFile, ScanRequest } from './engine.js';
import { type Input, type InputProblem, type Naming, reportedName, resolveInputs } from './files.js';
import { type Io, Progress } from './io.js';
import { type KernelChooser, kernelChooser } from './kernelOption.js';
import { Neighbours } from './neighbours.js';
import type { FileReport } from './report.js';
import { ScanThreads } from './scanThreads.js';

/** Below this number of files starting threads costs more than it saves. */
const FILES_FOR_THREADS = 24;

/** More threads than this wait for memory, not for the processor. */
const MOST_THREADS = 4;

/** Searched for in the first pass: calls, and the structure that installs handlers. */
const NEEDLES: readonly string[] = [
  ...SITE_FUNCTIONS.keys(),
  ...CORE_HANDLERS.keys(),
  'vm_operations_struct',
];

/** What the names of handlers end in, nearly all of them. */
const HANDLER_ENDINGS: readonly string[] = ['_fault', '_mkwrite', '_map_pages'];

export interface ScanOptions {
  readonly paths: readonly string[];
  readonly kernel: string;
  readonly naming: Naming;
  readonly request: ScanRequest;
  /** Texts to scan in place of what the PATHs name: absolute path, text. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Threads to scan in, which the caller stops: what an earlier scan found out of the same functions is kept in them. */
  readonly threads?: ScanThreads;
  /** Threads to scan with, 1: none beside this one; absent: as many as pay off. */
  readonly jobs?: number;
}

export interface ScanResult {
  /** In order of the PATHs given, then of the files' names. */
  readonly reports: readonly FileReport[];
  /** What could not be read; makes the exit code 2. */
  readonly problems: readonly InputProblem[];
  /** What was left out on purpose, and other things to know; for stderr. */
  readonly notes: string[];
  readonly kernels: KernelChooser;
}

/**
 * Scans the PATHs: a file is analysed as it is; of a directory, the files that hold a name of the family, an
 * installed handler, or (second pass) a call by name of a handler that another of its files installs. A file
 * reached by several PATHs is reported once, under the first. Rejects only if the engine cannot run at all.
 *
 * @throws UsageError for a `--kernel` that names no release
 */
export async function scan(options: ScanOptions, io: Io): Promise<ScanResult> {
  const configs = new ConfigFiles(io.cwd);
  const kernels = kernelChooser(options.kernel, configs);
  const { inputs, problems: inputProblems } = resolveInputs(
    options.texts === undefined ? options.paths : [],
    io.cwd,
  );
  const problems = [...inputProblems];
  const notes: string[] = [];
  const progress = new Progress(io.stderr);
  const order = new Map<string, number>();
  const seen = new Set<string>();
  const neighbours = new Neighbours();

  const levelsOf = (absolute: string): ScanFile['levels'] => configs.of(absolute).diagnosticsRules;
  const scanFile = (input: Input, inside: string): ScanFile | null => {
    const absolute = inside === '' ? input.absolute : join(input.absolute, inside);
    if (seen.has(absolute)) return null;
    seen.add(absolute);
    const file = reportedName(input, inside, options.naming);
    // With one directory the short name cannot be mistaken; with more it needs the directory in front.
    const name = inputs.length > 1 ? reportedName(input, inside, 'as-given') : file;
    order.set(name, inputs.indexOf(input));
    const inTree = kernels.pathInTree(absolute) ?? name;
    if (input.kind === 'directory') {
      const beside = directoryOf(inside);
      neighbours.add(directoryOf(inTree), dirname(absolute), source => {
        return scanFile(input, beside === '' ? source : `${beside}/${source}`);
      });
    }
    return { file: name, absolute, inTree, kernels: kernels.chooseAll(absolute), levels: levelsOf(absolute) };
  };

  // Per directory: files without a needle that may hold a handler's name, noted in passing by the first search.
  const near = new Map<Input, readonly string[]>();
  const search = async (needles: readonly string[], where: 'everywhere' | 'near'): Promise<ScanFile[]> => {
    const files: ScanFile[] = [];
    for (const input of inputs) {
      if (input.kind === 'file' || needles.length === 0) continue;
      const among = near.get(input);
      const found = await findCandidates(input.absolute, needles, {
        env: io.env,
        workerFile: io.bundle,
        ...(io.signal === undefined ? {} : { signal: io.signal }),
        ...(among === undefined ? { near: HANDLER_ENDINGS } : where === 'near' ? { among } : {}),
        onProgress: ({ found: count }) => progress.show(`searching ${input.given}: ${count} files so far`),
      });
      if (among === undefined) near.set(input, found.near);
      for (const note of found.notes) {
        const name = reportedName(input, note.path, 'as-given');
        if (note.kind === 'unreadable') problems.push({ path: name, reason: note.reason });
        else notes.push(`${name}: not read: ${note.reason}`);
      }
      for (const inside of found.files) {
        const file = scanFile(input, inside);
        if (file !== null) files.push(file);
      }
    }
    return files;
  };
  const searchHandlers = async (names: readonly string[]): Promise<ScanFile[]> => {
    const usual = (name: string): boolean => HANDLER_ENDINGS.some(ending => name.includes(ending));
    const files = await search(names.filter(usual), 'near');
    // Only a handler with an odd name costs a second search of everything.
    files.push(
      ...(await search(
        names.filter(name => !usual(name)),
        'everywhere',
      )),
    );
    return files;
  };

  const files: ScanFile[] = [];
  for (const input of inputs) {
    const file = input.kind === 'file' ? scanFile(input, '') : null;
    if (file !== null) files.push(file);
  }
  files.push(...(await search(NEEDLES, 'everywhere')));
  for (const [absolute, text] of options.texts ?? []) {
    const file = relative(io.cwd, absolute).split(sep).join('/');
    const inTree = kernels.pathInTree(absolute) ?? file;
    files.push({
      file,
      absolute,
      inTree,
      kernels: kernels.chooseAll(absolute),
      levels: levelsOf(absolute),
      text,
    });
  }
  const threads =
    options.threads ?? new ScanThreads(options.request, io, threadsFor(files.length, options.jobs));
  try {
    const total = (): string => `${seen.size} files`;
    const first = await threads.read(files, count => progress.show(`reading ${count} of ${total()}`));
    problems.push(...first.problems);
    const handlers = new Map<string, HandlerOp>(first.handlers);
    // The second search runs while the threads analyse what is known already.
    const [analysed, more] = await Promise.all([
      threads.analyse(handlers),
      searchHandlers([...handlers.keys()]),
    ]);
    const all = [analysed];
    if (more.length > 0) {
      progress.show(`reading ${more.length} more files`);
      problems.push(...(await threads.read(more)).problems);
      const rest = await threads.analyse(handlers);
      all.push(rest);
    }
    const known = await threads.learn(uniteAsked(all.map(({ asked }) => asked)), async wanted => {
      const besides = neighbours.of(wanted);
      if (besides.length === 0) return NOTHING_ASKED;
      problems.push(...(await threads.read(besides)).problems);
      const rest = await threads.analyse(handlers);
      all.push(rest);
      return rest.asked;
    });
    const again = await threads.again(known);
    const byFile = new Map(
      [...all.flatMap(part => part.reports), ...again].map(report => [report.file, report]),
    );
    const reports = [...byFile.values()];
    reports.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || compare(a.file, b.file));
    notes.push(...threads.takeLog());
    for (const { file, note } of reports) if (note !== null) notes.push(`${file}: ${note}`);
    return {
      reports,
      problems: distinct([...problems, ...configs.problems()]),
      notes: [...new Set([...kernels.notes(), ...notes])],
      kernels,
    };
  } finally {
    progress.clear();
    if (options.threads === undefined) await threads.stop();
  }
}

/**
 * How many threads pay off beside this one.
 * @param jobs as {@link ScanOptions} has it
 */
export function threadsFor(files: number, jobs: number | undefined): number {
  if (jobs !== undefined) return jobs < 2 ? 0 : Math.min(jobs, files);
  if (files < FILES_FOR_THREADS) return 0;
  return Math.min(MOST_THREADS, availableParallelism());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function distinct(problems: readonly InputProblem[]): InputProblem[] {
  const byText = new Map(problems.map(problem => [`${problem.path}\0${problem.reason}`, problem]));
  return [...byText.values()];
}
