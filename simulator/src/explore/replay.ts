/** Runs a program in one order, and tells every step. */

import { NotModelled } from '../notModelled.js';
import type { Step } from '../trace.js';
import type { Ending } from './exploration.js';
import { MAX_STEPS } from './player.js';
import type { Program, Run, Violation } from './program.js';
import { choicesOf, formatSchedule, type Turn, taskLetter, turnsOf } from './schedule.js';

/** A step that a task has taken. */
export interface ReplayedStep {
  readonly task: number;
  /** null: the model ends here, `ending.notModelled` says why. */
  readonly step: Step | null;
  /** Properties that do not hold from here on and held before. */
  readonly violations: readonly Violation[];
}

/** A run from its beginning to its end. */
export interface Replay {
  /** What is wrong before the first step. */
  readonly violations: readonly Violation[];
  readonly steps: readonly ReplayedStep[];
  readonly ending: Ending;
  /** The whole order, with what followed the end of the schedule asked for. */
  readonly schedule: readonly Turn[];
}

/**
 * The run of a schedule; behind its end the task that ran last goes on while it may, then the first that may. A schedule that
 * the program cannot follow gives the turn that it fails at, and why.
 */
export function replay(program: Program, schedule: readonly Turn[]): Replay | { readonly error: string } {
  const run = program.begin(data => data);
  const violated = new Set<string>();
  /** Why tasks came to the edge of the model. */
  const unmodelled = new Map<number, string>();
  const statusOf = (task: number) => (unmodelled.has(task) ? 'ended' : run.status(task));
  const tasks = [...program.tasks.keys()];
  const violations = newViolations(program, run, violated);
  const steps: ReplayedStep[] = [];
  const choices: number[] = [];
  const asked = choicesOf(schedule);
  for (;;) {
    const last = choices.at(-1);
    const next =
      asked[choices.length] ??
      (last !== undefined && statusOf(last) === 'ready'
        ? last
        : tasks.find(task => statusOf(task) === 'ready'));
    if (next === undefined) break;
    const status = statusOf(next);
    if (status !== 'ready') {
      const behind =
        choices.length === 0 ? 'at the beginning' : `behind '${formatSchedule(turnsOf(choices))}'`;
      const why = status === 'ended' ? 'it has ended' : 'it waits for another';
      return { error: `task ${taskLetter(next)} cannot go on ${behind}: ${why}` };
    }
    if (choices.length >= MAX_STEPS) return { error: `the run does not end within ${MAX_STEPS} steps` };
    choices.push(next);
    const step = take(run, next, unmodelled);
    steps.push({ task: next, step, violations: newViolations(program, run, violated) });
  }
  const ending = {
    outcome: run.outcome(),
    violated: program.properties.filter(property => violated.has(property)),
    stuck: tasks.filter(task => statusOf(task) === 'waiting'),
    notModelled: unmodelled.get(Math.min(...unmodelled.keys())) ?? null,
  };
  return { violations, steps, ending, schedule: turnsOf(choices) };
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

function newViolations(program: Program, run: Run, violated: Set<string>): Violation[] {
  const found: Violation[] = [];
  for (const [property, id] of program.properties.entries()) {
    if (violated.has(id)) continue;
    const violation = run.check(property);
    if (violation === null) continue;
    violated.add(id);
    found.push(violation);
  }
  return found;
}
