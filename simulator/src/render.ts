/** A trace for a terminal: one line a step, a lane a task, and a bar that shows mmap_lock. */

import type { Simulation } from './simulate.js';
import type { LockMode, TraceStep } from './trace.js';

const LOCK_BAR: Readonly<Record<LockMode, string>> = { none: ' ', read: '|', write: '#' };
const LANE = '                        ';

/**
 * The steps of a run as lines: number, lock bar (`|` held shared, `#` held exclusively, blank not held), the caller's
 * lane and, further right, the monitor's. Plain ASCII, no colours. Empty for a situation that is not modelled.
 */
export function renderTrace(simulation: Simulation): string {
  if (!simulation.modelled) return '';
  const { trace } = simulation;
  const digits = String(Math.max(trace.length - 1, 0)).length;
  const lines = trace.map(step => renderStep(step, digits));
  const head = `${' '.repeat(digits)} L caller${trace.some(step => step.task > 0) ? `${LANE}  monitor` : ''}`;
  return [head, ...lines, ''].join('\n');
}

function renderStep(step: TraceStep, digits: number): string {
  const number = String(step.step).padStart(digits);
  const page = step.page === undefined ? '' : ` [page ${step.page}]`;
  const flags = step.faultFlags ?? step.gupFlags;
  const set = flags === undefined || flags.length === 0 ? '' : ` {${flags.join('|')}}`;
  const lane = step.task === 0 ? '' : `${LANE}        `;
  return `${number} ${LOCK_BAR[step.lock]} ${lane}${step.routine}${page}: ${step.text}${set}`;
}
