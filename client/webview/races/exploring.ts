/** Explores and replays litmus tests, as the worker and the page both do it. */

import {
  type FieldProblem,
  type LitmusFile,
  type LitmusRow,
  LitmusRunner,
  litmusCases,
  litmusRow,
  parseLitmus,
  parseSchedule,
  type ReplayedRun,
  replayedRun,
  replayLitmus,
  runSearch,
} from '../../../simulator/src/index.js';
import { questionOf, type RaceQuestion } from './question.js';

/** What crosses to the worker: the tests as JSON, and the question. */
export interface Asked {
  readonly tests: readonly unknown[];
  readonly question: RaceQuestion;
  /** A run to replay; null: explore. */
  readonly schedule: string | null;
  /** How a run is replayed. */
  readonly following?: 'exact' | 'nearest';
}

/** What comes back: any number of `at` and `row`, then one of the others. */
export type Told =
  /** The case number `done` of `cases` has got so far. */
  | {
      readonly kind: 'at';
      readonly text: string;
      readonly states: number;
      readonly done: number;
      readonly cases: number;
    }
  | { readonly kind: 'row'; readonly row: LitmusRow }
  | { readonly kind: 'done'; readonly cancelled: boolean; readonly cases: number }
  | { readonly kind: 'run'; readonly run: ReplayedRun }
  | { readonly kind: 'failed'; readonly message: string };

/** The most of one exploration, as of the command line. */
const STATES = 1_000_000;
const MILLISECONDS = 60_000;

/** What an exploration needs of where it runs. */
export interface Surroundings {
  readonly cancelled: () => boolean;
  readonly tell: (told: Told) => void;
}

/** Answers a question; everything is told, failures too. Resolves when the last thing has been told. */
export async function explore(asked: Asked, around: Surroundings): Promise<void> {
  try {
    // Whoever asks has what calls it off before the first thing is told.
    await breathe();
    if (asked.schedule === null) await exploreAll(asked, around);
    else around.tell({ kind: 'run', run: replayOne(asked, asked.schedule) });
  } catch (error) {
    around.tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

async function exploreAll(asked: Asked, { cancelled, tell }: Surroundings): Promise<void> {
  const cases = casesOf(asked);
  const runner = new LitmusRunner({ kind: 'reduced' }, true);
  for (const [done, each] of cases.entries()) {
    const text = `${each.litmus.name}, Linux ${each.kernel.release}`;
    const at = (states: number): void => tell({ kind: 'at', text, states, done, cases: cases.length });
    at(0);
    const row = await runSearch(litmusRow(each, runner), {
      states: STATES,
      milliseconds: MILLISECONDS,
      now: () => performance.now(),
      breathe,
      cancelled,
      progress: ({ states }) => at(states),
    });
    // A short exploration ends without a breath: what has arrived meanwhile is heard here.
    await breathe();
    tell({ kind: 'row', row });
    if (cancelled()) {
      tell({ kind: 'done', cancelled: true, cases: cases.length });
      return;
    }
  }
  tell({ kind: 'done', cancelled: false, cases: cases.length });
}

/** Lets the event loop take a message: that the person has called it off. */
const breathe = (): Promise<void> => new Promise(done => setTimeout(done, 0));

function replayOne(asked: Asked, schedule: string): ReplayedRun {
  const cases = casesOf(asked);
  const [only] = cases;
  if (only === undefined || cases.length > 1)
    throw new Error(`one test on one release can be replayed, ${cases.length} are asked for`);
  const parsed = parseSchedule(schedule, only.litmus.tasks.length);
  if ('error' in parsed) throw new Error(parsed.error);
  const run = replayLitmus(only.litmus, only.kernel, parsed.turns, asked.following);
  if ('error' in run) throw new Error(run.error);
  return replayedRun(only.litmus, only.kernel, run);
}

function casesOf({ tests, question }: Asked): ReturnType<typeof litmusCases> {
  const { release, with: on, without, variant } = question;
  const cases = litmusCases(tests.map(fileOf), {
    releases: release === null ? null : [release],
    with: on,
    without,
    variant,
  });
  if (cases.length === 0) throw new Error('no variant of the tests has these choices; choose others');
  return cases;
}

function fileOf(test: unknown): LitmusFile {
  const parsed = parseLitmus(test);
  if ('file' in parsed) return parsed.file;
  throw new Error(parsed.problems.map(problemText).join('; '));
}

function problemText({ field, message }: FieldProblem): string {
  return field === '' ? message : `${field}: ${message}`;
}

/** Whether a value is a question as it crosses to the worker. */
export function isAsked(value: unknown): value is Asked {
  return (
    typeof value === 'object' &&
    value !== null &&
    'tests' in value &&
    Array.isArray(value.tests) &&
    'question' in value &&
    questionOf(value.question) !== null &&
    'schedule' in value &&
    (value.schedule === null || typeof value.schedule === 'string') &&
    (!('following' in value) || value.following === 'exact' || value.following === 'nearest')
  );
}
