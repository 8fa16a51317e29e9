/** Runs a program in one order, and tells every step. */

import { NotModelled } from '../notModelled.js';
import type { LockMode } from '../state/index.js';
import type { Step } from '../trace.js';
import type { Ending } from './exploration.js';
import { MAX_STEPS } from './player.js';
import type { Program, Run, Violation } from './program.js';
import { choicesOf, type Turn, taskLetter, turnsOf } from './schedule.js';

/** A step that a task has taken. */
export interface ReplayedStep {
  readonly task: number;
  /** null: the model ends here, `Ending.notModelled` says why. */
  readonly step: Step | null;
  /** How the task holds an mmap_lock after it. */
  readonly lock: LockMode;
  /** Properties that did not hold after this step for the first time. */
  readonly violations: readonly Violation[];
}

/** A run from its beginning to its end. */
export interface Replay extends Ending {
  readonly steps: readonly ReplayedStep[];
  /** The whole run: the schedule with what followed behind its end. */
  readonly schedule: readonly Turn[];
  /** Of each property that was violated what was wrong at first, those that did not hold at the beginning included. */
  readonly violations: readonly Violation[];
}

/**
 * What a schedule is to a run. exact: each step of it is taken. nearest: steps of tasks that cannot go on are left out, so that
 * a schedule of another kernel can be followed as far as this one allows.
 */
export type Following = 'exact' | 'nearest';

/**
 * The run of a schedule; behind its end the task that ran last goes on while it may, then the first that may. `error`: a task
 * is to run that cannot, or the run does not end.
 */
export function replay(
  program: Program,
  schedule: readonly Turn[],
  following: Following = 'exact',
): Replay | { readonly error: string } {
  const run = program.begin(data => data);
  const asked = choicesOf(schedule);
  const taken: number[] = [];
  const steps: ReplayedStep[] = [];
  const violations: Violation[] = newViolations(program, run, []);
  /** Why tasks came to the edge of the model. */
  const unmodelled = new Map<number, string>();
  const isReady = (task: number): boolean => !unmodelled.has(task) && run.status(task) === 'ready';
  for (let at = 0; ; ) {
    while (following === 'nearest' && at < asked.length && !isReady(asked[at] ?? -1)) at += 1;
    const task = asked[at] ?? goesOn(program, taken.at(-1), isReady);
    at += 1;
    if (task < 0) break;
    if (!isReady(task)) {
      const is = !unmodelled.has(task) && run.status(task) === 'waiting' ? 'waits' : 'has ended';
      return { error: `step ${taken.length + 1}: ${taskLetter(task)} (${program.tasks[task]}) ${is}` };
    }
    if (taken.length >= MAX_STEPS) return { error: `the run does not end within ${MAX_STEPS} steps` };
    taken.push(task);
    const step = take(run, task, unmodelled);
    const found = newViolations(program, run, violations);
    violations.push(...found);
    steps.push({ task, step, lock: run.lockHeld(task), violations: found });
  }
  return {
    steps,
    schedule: turnsOf(taken),
    violations,
    outcome: run.outcome(),
    violated: program.properties.filter(id => violations.some(({ property }) => property === id)),
    stuck: [...program.tasks.keys()].filter(task => !unmodelled.has(task) && run.status(task) === 'waiting'),
    notModelled: unmodelled.get(Math.min(...unmodelled.keys())) ?? null,
  };
}

function goesOn({ tasks }: Program, last: number | undefined, isReady: (task: number) => boolean): number {
  if (last !== undefined && isReady(last)) return last;
  return tasks.findIndex((_, task) => isReady(task));
}

function take(run: Run, task: number, unmodelled: Map<number, string>): Step | null {
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
