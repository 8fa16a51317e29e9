/** What happened, step by step: the trace of a simulated call. */

import { FAULT_SET, FOLL_SET } from './flagSets.js';
import type { FolioState } from './pageWatch.js';
import type { LockMode, Wait } from './state/index.js';

/** One atomic step of one routine; `lock` is how the calling task holds mmap_lock after it. */
export interface TraceStep {
  /** From 0. */
  readonly step: number;
  /** 0: the caller; 1: the userfaultfd monitor. */
  readonly task: number;
  /** As the kernel names it. */
  readonly routine: string;
  readonly text: string;
  /** FOLL_ names in force. */
  readonly gupFlags?: readonly string[];
  /** FAULT_FLAG_ names, without the prefix. */
  readonly faultFlags?: readonly string[];
  readonly lock: LockMode;
  /** As in the recordings: start_read, acquired_read, release_read. */
  readonly lockEvent?: string;
  /** Result of a fault: VM_FAULT_ names without the prefix; present on the step that ends one. */
  readonly fault?: readonly string[];
  /** Index of the page in the range asked for. */
  readonly page?: number;
  /** The entry of that page after the step, in words, where it is not what was told of it before. */
  readonly pte?: string;
  /** What the entry of that page maps after the step, where it is not what was told of it before. */
  readonly folio?: FolioState;
}

/** What a routine says of a step it has just done; sets are masks of flagSets.ts. */
export interface Step {
  readonly routine: string;
  readonly text: string;
  readonly task?: number;
  readonly gup?: number;
  readonly faultFlags?: number;
  readonly lockEvent?: string;
  readonly fault?: readonly string[];
  /** Number of the page in the mm. */
  readonly page?: number;
  /** The task goes on only once this holds (enabled()). */
  readonly wait?: Wait;
}

/**
 * A kernel routine: it does one atomic action between two yields and returns what the C function returns. One such
 * generator alone is one thread; several, resumed in turn, are an interleaving.
 */
export type Op<T> = Generator<Step, T, void>;

/**
 * The trace step of a step, with the lock state after it and what is new of the page's entry and folio; `start` is the first
 * page of the range asked for.
 */
export function traceStep(
  index: number,
  step: Step,
  lock: LockMode,
  start: number,
  { pte, folio }: { readonly pte?: string | undefined; readonly folio?: FolioState | undefined },
): TraceStep {
  // Field by field, in the order in which they are shown: spreading them took a fifth of the time of a simulation.
  const { routine, text, task = 0, gup, faultFlags, lockEvent, fault, page } = step;
  const traced: { -readonly [Field in keyof TraceStep]?: TraceStep[Field] } = {
    step: index,
    task,
    routine,
    text,
  };
  if (gup !== undefined) traced.gupFlags = FOLL_SET.list(gup);
  if (faultFlags !== undefined) traced.faultFlags = FAULT_SET.list(faultFlags);
  traced.lock = lock;
  if (lockEvent !== undefined) traced.lockEvent = lockEvent;
  if (fault !== undefined) traced.fault = fault;
  if (page !== undefined) traced.page = page - start;
  if (pte !== undefined) traced.pte = pte;
  if (folio !== undefined) traced.folio = folio;
  return traced as TraceStep;
}
