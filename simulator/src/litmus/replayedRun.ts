/** A replayed run for programs: plain JSON. */

import type { Violation } from '../explore/program.js';
import type { Replay } from '../explore/replay.js';
import { formatSchedule } from '../explore/schedule.js';
import type { LockMode } from '../state/index.js';
import { holdsAtEnd, valuesOf } from './conditions.js';
import type { Kernel } from './expectations.js';
import type { Litmus, Observed } from './litmus.js';

type Told = Pick<Violation, 'property' | 'text'>;

/** One step of a replayed run. Without a routine: the model ends here. */
export interface RunStep {
  /** Name of the task. */
  readonly task: string;
  readonly routine?: string;
  readonly text?: string;
  /** Number of the page in the mm. */
  readonly page?: number;
  /** How the task holds an mmap_lock after the step. */
  readonly lock: LockMode;
  readonly violations: readonly Told[];
}

/** One run of a litmus test; docs/litmus.md tells of the fields. */
export interface ReplayedRun extends Kernel {
  readonly name: string;
  readonly discussion: string | null;
  readonly variant: Readonly<Record<string, string>>;
  readonly schedule: string;
  /** The question is true of it. */
  readonly question: boolean;
  readonly observed: Readonly<Record<string, Observed>>;
  readonly violations: readonly Told[];
  /** Names of the tasks that wait for ever. */
  readonly stuck: readonly string[];
  readonly notModelled: string | null;
  readonly steps: readonly RunStep[];
}

/** The run. */
export function replayedRun(litmus: Litmus, kernel: Kernel, run: Replay): ReplayedRun {
  const nameOf = (task: number): string => litmus.tasks[task]?.name ?? '';
  return {
    name: litmus.name,
    discussion: litmus.discussion,
    variant: litmus.variant,
    ...kernel,
    schedule: formatSchedule(run.schedule),
    question: holdsAtEnd(litmus.question, run),
    observed: valuesOf(run.outcome),
    violations: run.violations.map(told),
    stuck: run.stuck.map(nameOf),
    notModelled: run.notModelled,
    steps: run.steps.map(({ task, step, lock, violations }) => ({
      task: nameOf(task),
      ...(step !== null && { routine: step.routine, text: step.text }),
      ...(step?.page !== undefined && { page: step.page }),
      lock,
      violations: violations.map(told),
    })),
  };
}

function told({ property, text }: Violation): Told {
  return { property, text };
}
