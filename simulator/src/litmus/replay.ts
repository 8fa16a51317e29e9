/** One run of a litmus test, as a schedule tells it, step by step. */

import type { Ending } from '../explore/exploration.js';
import type { Program, Run, Violation, Watch } from '../explore/program.js';
import { choicesOf, type Turn, taskLetter, turnsOf } from '../explore/schedule.js';
import { NotModelled } from '../notModelled.js';
import type { Step } from '../trace.js';
import { behaviourOfKernel, type Kernel } from './expectations.js';
import type { Litmus } from './litmus.js';
import { litmusProgram } from './litmusProgram.js';

export interface ReplayedStep {
  readonly task: number;
  /** null: the model ends here. */
  readonly step: Step | null;
  /** Properties that did not hold after this step for the first time. */
  readonly violations: readonly Violation[];
}

export interface Replay extends Ending {
  readonly steps: readonly ReplayedStep[];
  /** The whole run: the schedule with what followed behind its end. */
  readonly schedule: readonly Turn[];
  readonly violations: readonly Violation[];
}

/** More steps than this no run takes. */
const MAX_STEPS = 20_000;

const UNWATCHED: Watch = data => data;

/**
 * The run of a test on a kernel that a schedule tells; `error` names what keeps it from being replayed.
 */
export function replayLitmus(
  litmus: Litmus,
  kernel: Kernel,
  schedule: readonly Turn[],
): Replay | { readonly error: string } {
  try {
    return replay(litmusProgram(litmus, behaviourOfKernel(kernel)), schedule);
  } catch (error) {
    if (!(error instanceof NotModelled)) throw error;
    return { error: `not modelled: ${error.message}` };
  }
}

/**
 * Replays a schedule; behind its end the task that ran last goes on while it may, then the first that is ready. `error`: a
 * task is to run that cannot.
 */
function replay(program: Program, schedule: readonly Turn[]): Replay | { readonly error: string } {
  const run = program.begin(UNWATCHED);
  const choices = choicesOf(schedule);
  const taken: number[] = [];
  const steps: ReplayedStep[] = [];
  const violations: Violation[] = [];
  const unmodelled = new Map<number, string>();
  const isReady = (task: number): boolean => !unmodelled.has(task) && run.status(task) === 'ready';
  for (;;) {
    const asked = choices[taken.length];
    const task = asked ?? following(program, taken.at(-1), isReady);
    if (task < 0 || taken.length >= MAX_STEPS) break;
    if (!isReady(task)) {
      const is = run.status(task) === 'waiting' ? 'waits' : 'has ended';
      return { error: `step ${taken.length + 1}: ${taskLetter(task)} (${program.tasks[task]}) ${is}` };
    }
    taken.push(task);
    const step = stepOf(run, task, unmodelled);
    const found = newViolations(program, run, violations);
    violations.push(...found);
    steps.push({ task, step, violations: found });
  }
  return {
    steps,
    schedule: turnsOf(taken),
    violations,
    outcome: run.outcome(),
    violated: program.properties.filter(id => violations.some(({ property }) => property === id)),
    stuck: [...program.tasks.keys()].filter(task => !unmodelled.has(task) && run.status(task) === 'waiting'),
    notModelled: [...unmodelled].sort(([a], [b]) => a - b)[0]?.[1] ?? null,
  };
}

function following({ tasks }: Program, last: number | undefined, isReady: (task: number) => boolean): number {
  if (last !== undefined && isReady(last)) return last;
  return tasks.findIndex((_, task) => isReady(task));
}

function stepOf(run: Run, task: number, unmodelled: Map<number, string>): Step | null {
  try {
    return run.step(task);
  } catch (error) {
    if (!(error instanceof NotModelled)) throw error;
    unmodelled.set(task, error.message);
    return null;
  }
}

function newViolations(program: Program, run: Run, known: readonly Violation[]): Violation[] {
  return program.properties.flatMap((id, property) => {
    if (known.some(violation => violation.property === id)) return [];
    return run.check(property) ?? [];
  });
}
