/** `gupLens/litmusTests` and `gupLens/explore`: litmus tests, as `gup-lens explore` has them. */

import { CancellationToken, type Connection } from 'vscode-languageserver';
import { isSwitchName, resolveRelease, type SwitchName } from '../../../kernel/src/index.js';
import {
  conditionText,
  type FieldProblem,
  type LitmusCase,
  type LitmusFile,
  type LitmusRow,
  LitmusRunner,
  litmusCases,
  litmusLibrary,
  litmusNamed,
  litmusRow,
  parseLitmus,
  parseSchedule,
  replayedRun,
  replayLitmus,
  runSearch,
  taskText,
} from '../../../simulator/src/index.js';
import {
  EXPLORE,
  type ExploreParams,
  type ExploreResult,
  LITMUS_TESTS,
  type LitmusTest,
  type LitmusTestsResult,
} from '../../protocol/index.js';
import type { Dispatcher } from './dispatch.js';
import type { Runtime } from './runtime.js';

/** What the requests are answered with. */
export interface LitmusRequestsOptions {
  readonly connection: Connection;
  readonly dispatcher: Dispatcher;
  readonly runtime: Runtime;
}

/** The most of one exploration that does not say it, as of the command line. */
const STATES = 1_000_000;
const SECONDS = 60;

/** Installs the handlers of both requests. */
export function registerLitmusRequests({ connection, dispatcher, runtime }: LitmusRequestsOptions): void {
  connection.onRequest<LitmusTestsResult, never>(LITMUS_TESTS, () =>
    dispatcher.run<LitmusTestsResult>(LITMUS_TESTS, { tests: [] }, CancellationToken.None, async () => {
      const stored = await runtime.litmusFiles();
      const tests = litmusLibrary(stored).map((file, index) => testOf(file, stored[index]?.litmus));
      return { tests };
    }),
  );
  connection.onRequest<ExploreResult, never>(EXPLORE, (params: ExploreParams, token: CancellationToken) => {
    const failed: ExploreResult = {
      problems: [{ field: '', message: 'the explorer failed; see the log' }],
    };
    return dispatcher.run<ExploreResult>(EXPLORE, failed, token, async () => {
      const asked = await casesOf(params, runtime);
      if ('problems' in asked) return asked;
      if (params.schedule !== undefined) return replayed(asked.cases, params.schedule);
      return { rows: await explored(asked.cases, params, token, connection, runtime) };
    });
  });
}

function testOf({ name, discussion, about, variants }: LitmusFile, litmus: unknown): LitmusTest {
  const axes: Record<string, string[]> = {};
  for (const { variant } of variants) {
    for (const [axis, choice] of Object.entries(variant)) {
      axes[axis] = [...new Set([...(axes[axis] ?? []), choice])];
    }
  }
  const [first] = variants;
  return {
    name,
    discussion,
    about,
    axes,
    tasks: first?.tasks.map(task => ({ name: task.name, does: taskText(task) })) ?? [],
    question: first === undefined ? '' : conditionText(first.question),
    litmus,
  };
}

type Problems = { readonly problems: readonly FieldProblem[] };

async function casesOf(
  params: ExploreParams,
  runtime: Runtime,
): Promise<{ readonly cases: readonly LitmusCase[] } | Problems> {
  const files = await filesOf(params.test, runtime);
  if ('problems' in files) return files;
  const problems: FieldProblem[] = [];
  const release = params.kernel === undefined ? null : resolveRelease(params.kernel);
  if (release !== null && 'error' in release) problems.push({ field: 'kernel', message: release.error });
  const [on, without] = (['with', 'without'] as const).map(field => switchesOf(params, field, problems));
  if (problems.length > 0) return { problems };
  const cases = litmusCases(files.files, {
    releases: release === null || 'error' in release ? null : [release.release],
    with: on ?? [],
    without: without ?? [],
    variant: params.variant ?? {},
  });
  if (cases.length > 0) return { cases };
  return { problems: [{ field: 'variant', message: 'no variant of the test has these choices' }] };
}

async function filesOf(
  test: unknown,
  runtime: Runtime,
): Promise<{ readonly files: readonly LitmusFile[] } | Problems> {
  if (typeof test !== 'string') {
    const parsed = parseLitmus(test);
    return 'file' in parsed ? { files: [parsed.file] } : parsed;
  }
  const files = litmusNamed(litmusLibrary(await runtime.litmusFiles()), test);
  if (files.length > 0) return { files };
  const message = `no litmus test or discussion has the name ${JSON.stringify(test)}; ${LITMUS_TESTS} lists them`;
  return { problems: [{ field: 'test', message }] };
}

function switchesOf(
  params: ExploreParams,
  field: 'with' | 'without',
  problems: FieldProblem[],
): readonly SwitchName[] {
  return (params[field] ?? []).flatMap(name => {
    if (isSwitchName(name)) return name;
    problems.push({ field, message: `there is no switch ${JSON.stringify(name)}; docs/releases lists them` });
    return [];
  });
}

function replayed(cases: readonly LitmusCase[], schedule: string): ExploreResult {
  const wrong = (message: string): ExploreResult => ({ problems: [{ field: 'schedule', message }] });
  const [only] = cases;
  if (only === undefined || cases.length > 1)
    return wrong(`one test of one release can be replayed, ${cases.length} are asked for`);
  const parsed = parseSchedule(schedule, only.litmus.tasks.length);
  if ('error' in parsed) return wrong(parsed.error);
  const run = replayLitmus(only.litmus, only.kernel, parsed.turns);
  return 'error' in run ? wrong(run.error) : { run: replayedRun(only.litmus, only.kernel, run) };
}

async function explored(
  cases: readonly LitmusCase[],
  { states = STATES, seconds = SECONDS, workDoneToken }: ExploreParams,
  token: CancellationToken,
  connection: Connection,
  runtime: Runtime,
): Promise<readonly LitmusRow[]> {
  const progress = connection.window.attachWorkDoneProgress(workDoneToken);
  const runner = new LitmusRunner({ kind: 'reduced' }, true);
  const rows: LitmusRow[] = [];
  progress.begin('GUP Lens: litmus tests', 0, undefined, true);
  try {
    for (const [index, each] of cases.entries()) {
      const { litmus, kernel } = each;
      const row = await runSearch(litmusRow(each, runner), {
        states,
        milliseconds: seconds * 1000,
        now: () => runtime.now(),
        breathe: () => runtime.yield(),
        cancelled: () => token.isCancellationRequested,
        progress: at =>
          progress.report(
            (100 * index) / cases.length,
            `${litmus.name}, v${kernel.release}: ${at.states} states`,
          ),
      });
      // Whoever cancels wants no answer: the dispatcher says so.
      if (token.isCancellationRequested) throw new Error('cancelled');
      rows.push(row);
    }
    return rows;
  } finally {
    progress.done();
  }
}
