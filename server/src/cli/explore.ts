/** `gup-lens explore`: litmus tests, on one kernel or on all that something is expected of. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type LitmusCase,
  type LitmusFile,
  type LitmusRow,
  LitmusRunner,
  litmusCases,
  litmusLibrary,
  litmusNamed,
  litmusNames,
  litmusRow,
  type Mode,
  parseLitmus,
  parseSchedule,
  replayedRun,
  replayLitmus,
  runSearch,
  type SearchBudget,
  variantText,
} from '../../../simulator/src/index.js';
import type { KernelChoice } from '../ide/index.js';
import { readLitmusFiles, reasonOf } from '../workspace/index.js';
import { litmusListText, replayText, rowsText } from './exploreText.js';
import { EXIT, type Io, Progress, styleFor, UsageError } from './io.js';
import { kernelList } from './kernelOption.js';
import { nearestNames } from './nearest.js';
import { reportProblems } from './stderrReport.js';
import { switchChanges } from './switchOptions.js';

export interface ExploreOptions {
  /** Releases, or `auto` for those that something is expected of. */
  readonly kernel: string;
  readonly with: readonly string[];
  readonly without: readonly string[];
  /** `AXIS=CHOICE`, each of which a variant has to have. */
  readonly variant: readonly string[];
  readonly mode: Mode['kind'];
  readonly schedule?: string;
  readonly seed: number;
  readonly runs: number;
  readonly preemptions: number;
  readonly states: number;
  /** Seconds for one exploration. */
  readonly time: number;
  readonly format: 'text' | 'json';
}

/** Runs the command: `target` is a file, the name of a test or of a discussion; without one the tests are listed. */
export async function exploreCommand(
  target: string | undefined,
  options: ExploreOptions,
  io: Io,
): Promise<number> {
  const style = styleFor(io.stdout, io.env);
  if (target === undefined) {
    const library = litmusLibrary(await readLitmusFiles(io.bundleDir));
    const list = library.map(({ name, discussion, about }) => ({ name, discussion, about }));
    const text =
      options.format === 'json' ? `${JSON.stringify(list, null, 2)}\n` : litmusListText(library, style);
    await io.stdout.write(text);
    return EXIT.nothingFound;
  }
  const files = await filesOf(target, io);
  const kernels = options.kernel === 'auto' ? null : kernelList(options.kernel);
  const cases = casesOf(files, kernels, options, target);
  await reportProblems(
    io,
    [],
    (kernels ?? []).flatMap(({ note }) => note ?? []),
  );
  if (options.schedule !== undefined) return await replayCase(cases, options.schedule, options.format, io);
  const rows = await explored(cases, options, io);
  const text =
    options.format === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : rowsText(cases, rows, style);
  await io.stdout.write(text);
  io.signal?.throwIfAborted();
  return rows.some(({ asExpected }) => asExpected === false) ? EXIT.findings : EXIT.nothingFound;
}

async function filesOf(target: string, io: Io): Promise<readonly LitmusFile[]> {
  if (/[/\\]|\.json$/.test(target)) return [readLitmus(resolve(io.cwd, target), target)];
  const library = litmusLibrary(await readLitmusFiles(io.bundleDir));
  const files = litmusNamed(library, target);
  if (files.length > 0) return files;
  const like = nearestNames(target, litmusNames(library));
  const hint = like.length > 0 ? `did you mean ${like.join(', ')}?` : 'gup-lens explore lists them';
  throw new UsageError(`explore ${target}: no litmus test or discussion of that name; ${hint}`);
}

function readLitmus(path: string, given: string): LitmusFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? `not JSON: ${error.message}` : reasonOf(error).reason;
    throw new UsageError(`${given}: ${reason}`);
  }
  const parsed = parseLitmus(value);
  if ('file' in parsed) return parsed.file;
  const texts = parsed.problems.map(({ field, message }) =>
    field === '' ? message : `${field}: ${message}`,
  );
  throw new UsageError(texts.map(text => `${given}: ${text}`).join('\n'));
}

function casesOf(
  files: readonly LitmusFile[],
  kernels: readonly KernelChoice[] | null,
  options: ExploreOptions,
  target: string,
): readonly LitmusCase[] {
  const { variant } = options;
  const cases = litmusCases(files, {
    releases: kernels?.map(({ release }) => release) ?? null,
    ...switchChanges(options),
    variant: Object.fromEntries(variant.map(choiceOf)),
  });
  if (cases.length > 0 || variant.length === 0) return cases;
  const all = files.flatMap(file => file.variants.map(variantText));
  throw new UsageError(
    `explore ${target}: no variant has --variant ${variant.join(' --variant ')}; there are ${all.filter(text => text !== '').join(', ') || 'none'}`,
  );
}

function choiceOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at <= 0)
    throw new UsageError(`--variant ${text}: write AXIS=CHOICE, such as memory.page_state=swapped_out`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function modeOf({ mode, seed, runs, preemptions }: ExploreOptions): Mode {
  if (mode === 'random') return { kind: mode, seed, runs };
  if (mode === 'bounded') return { kind: mode, preemptions };
  return { kind: mode };
}

async function explored(
  cases: readonly LitmusCase[],
  options: ExploreOptions,
  io: Io,
): Promise<readonly LitmusRow[]> {
  const runner = new LitmusRunner(modeOf(options), true);
  const progress = new Progress(io.stderr);
  const rows: LitmusRow[] = [];
  for (const each of cases) {
    const { litmus, kernel } = each;
    const budget: SearchBudget = {
      states: options.states,
      milliseconds: options.time * 1000,
      now: () => performance.now(),
      breathe: () => new Promise(done => setImmediate(done)),
      cancelled: () => io.signal?.aborted === true,
      progress: ({ states, runs }) =>
        progress.show(`${litmus.name}, v${kernel.release}: ${states} states, ${runs} runs`),
    };
    rows.push(await runSearch(litmusRow(each, runner), budget));
    if (io.signal?.aborted === true) break;
  }
  progress.clear();
  return rows;
}

async function replayCase(
  cases: readonly LitmusCase[],
  schedule: string,
  format: ExploreOptions['format'],
  io: Io,
): Promise<number> {
  const [only] = cases;
  if (only === undefined || cases.length > 1)
    throw new UsageError(
      `--schedule replays one test of one release; ${cases.length} are asked for: name the test, --kernel and, if it has variants, --variant`,
    );
  const { litmus, kernel } = only;
  const parsed = parseSchedule(schedule, litmus.tasks.length);
  if ('error' in parsed) throw new UsageError(`--schedule: ${parsed.error}`);
  const run = replayLitmus(litmus, kernel, parsed.turns);
  if ('error' in run) throw new UsageError(`--schedule: ${run.error}`);
  const text =
    format === 'json'
      ? `${JSON.stringify(replayedRun(litmus, kernel, run), null, 2)}\n`
      : replayText(litmus, kernel, run, styleFor(io.stdout, io.env));
  await io.stdout.write(text);
  return EXIT.nothingFound;
}
