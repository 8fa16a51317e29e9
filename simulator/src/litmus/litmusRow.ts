/** One litmus test on one kernel: what came out, beside what was expected. */

import type { Release } from '../../../kernel/src/index.js';
import type { Searching } from '../explore/depthFirst.js';
import type { Ending, FoundEnding } from '../explore/exploration.js';
import { minimise } from '../explore/minimise.js';
import type { Violation } from '../explore/program.js';
import { replay } from '../explore/replay.js';
import { formatSchedule } from '../explore/schedule.js';
import type { LitmusAnswer } from './answer.js';
import { inapplicable } from './applicable.js';
import { holdsAtEnd, valuesOf } from './conditions.js';
import { behaviourOfKernel, expectationsFor, type Kernel } from './expectations.js';
import type { Litmus, Observed, Verdict } from './litmus.js';
import type { LitmusCase } from './litmusCases.js';
import { litmusProgram } from './litmusProgram.js';
import type { LitmusRunner } from './litmusRunner.js';

/** What may be spent on a schedule with fewer turns than the one that was found. */
const SHORTENING_STATES = 20_000;

/** A run that shows something, and replays. */
export interface ShownRun {
  /** E.g. `A5 B2 A3`. */
  readonly schedule: string;
  readonly observed: Readonly<Record<string, Observed>>;
  readonly violations: readonly Pick<Violation, 'property' | 'text'>[];
  /** Names of the tasks that wait for ever. */
  readonly stuck: readonly string[];
}

/** A row of `gup-lens explore`; docs/litmus.md tells of the fields. */
export interface LitmusRow {
  readonly name: string;
  readonly discussion: string | null;
  readonly variant: Readonly<Record<string, string>>;
  readonly release: Release;
  readonly with: readonly string[];
  readonly without: readonly string[];
  /** null: the test does not apply to the release. */
  readonly verdict: Verdict | null;
  /** Why the verdict is unknown, or the test does not apply. */
  readonly reason: string | null;
  /** null: nothing is expected. */
  readonly expected: Verdict | null;
  /** null: nothing is expected. */
  readonly asExpected: boolean | null;
  readonly states: number;
  readonly runs: number;
  readonly complete: boolean;
  /** A run of which the question is true. */
  readonly witness: ShownRun | null;
  /** A run of which it is not true. */
  readonly counterexample: ShownRun | null;
}

/** Explores a test on a kernel, if it applies. */
export function* litmusRow({ file, litmus, kernel }: LitmusCase, runner: LitmusRunner): Searching<LitmusRow> {
  const { release } = kernel;
  const why = inapplicable(litmus, behaviourOfKernel(kernel));
  const answer = why === null ? yield* runner.answering(litmus, kernel) : null;
  const expectations = why === null ? expectationsFor(file, litmus, kernel) : [];
  const verdicts = expectations.map(({ verdict }) => verdict);
  return {
    name: litmus.name,
    discussion: litmus.discussion,
    variant: litmus.variant,
    release,
    with: kernel.with,
    without: kernel.without,
    verdict: answer?.verdict ?? null,
    reason: why === null ? (answer?.reason ?? null) : `v${release}: ${why}`,
    expected: verdicts.find(verdict => verdict !== answer?.verdict) ?? verdicts[0] ?? null,
    asExpected:
      answer === null || verdicts.length === 0 ? null : verdicts.every(verdict => verdict === answer.verdict),
    ...countsOf(answer),
    witness: yield* shown(litmus, kernel, answer, true),
    counterexample: yield* shown(litmus, kernel, answer, false),
  };
}

function countsOf(answer: LitmusAnswer | null): Pick<LitmusRow, 'states' | 'runs' | 'complete'> {
  if (answer === null) return { states: 0, runs: 0, complete: true };
  const { states, runs, complete } = answer.exploration;
  return { states, runs, complete };
}

/** A run of which the question is true, or not. Where both are, it is one with as few turns as any. */
function* shown(
  litmus: Litmus,
  kernel: Kernel,
  answer: LitmusAnswer | null,
  question: boolean,
): Searching<ShownRun | null> {
  const found = (question ? answer?.witness : answer?.counterexample) ?? null;
  if (found === null || answer?.verdict !== 'allowed') return found === null ? null : told(litmus, found);
  const program = litmusProgram(litmus, behaviourOfKernel(kernel));
  const wanted = (ending: Ending): boolean =>
    ending.notModelled === null && holdsAtEnd(litmus.question, ending) === question;
  const { schedule } = yield* minimise(program, found.schedule, wanted, SHORTENING_STATES);
  const run = replay(program, schedule);
  return told(litmus, 'error' in run ? found : { ...run, schedule });
}

function told({ tasks }: Litmus, run: Omit<FoundEnding, 'runs'>): ShownRun {
  return {
    schedule: formatSchedule(run.schedule),
    observed: valuesOf(run.outcome),
    violations: run.violations.map(({ property, text }) => ({ property, text })),
    stuck: run.stuck.flatMap(task => tasks[task]?.name ?? []),
  };
}
