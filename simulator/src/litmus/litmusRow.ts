/** One litmus test on one kernel: what came out, beside what was expected. */

import type { Release } from '../../../kernel/src/index.js';
import type { Searching } from '../explore/depthFirst.js';
import type { FoundEnding } from '../explore/exploration.js';
import type { Violation } from '../explore/program.js';
import { formatSchedule } from '../explore/schedule.js';
import type { LitmusAnswer } from './answer.js';
import { inapplicable } from './applicable.js';
import { valuesOf } from './conditions.js';
import { behaviourOfKernel, expectationsFor } from './expectations.js';
import type { Litmus, Observed, Verdict } from './litmus.js';
import type { LitmusCase } from './litmusCases.js';
import type { LitmusRunner } from './litmusRunner.js';

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
    witness: shown(litmus, answer?.witness ?? null),
    counterexample: shown(litmus, answer?.counterexample ?? null),
  };
}

function countsOf(answer: LitmusAnswer | null): Pick<LitmusRow, 'states' | 'runs' | 'complete'> {
  if (answer === null) return { states: 0, runs: 0, complete: true };
  const { states, runs, complete } = answer.exploration;
  return { states, runs, complete };
}

function shown({ tasks }: Litmus, run: FoundEnding | null): ShownRun | null {
  if (run === null) return null;
  return {
    schedule: formatSchedule(run.schedule),
    observed: valuesOf(run.outcome),
    violations: run.violations.map(({ property, text }) => ({ property, text })),
    stuck: run.stuck.flatMap(task => tasks[task]?.name ?? []),
  };
}
