/** A trace for a terminal of 80 columns: a bar that shows mmap_lock, a lane a task, flags where they change. */

import type { FolioState } from './pageWatch.js';
import type { Simulation } from './simulate.js';
import type { LockMode } from './state/index.js';
import type { TraceStep } from './trace.js';

const LOCK_BAR: Readonly<Record<LockMode, string>> = { none: ' ', read: '|', write: '#' };
/** Where the lane of the other task begins, in columns behind the caller's. */
const LANE = 24;
const WIDTH = 80;

/**
 * The steps of a run as lines: number, lock bar (`|` held shared, `#` held exclusively, blank not held), the caller's
 * lane and, further right, the monitor's. Below a step stand the flags it works with, if they are not those of the
 * step before it: all of them at first, then what came (`+`) and went (`-`); and the folio that the page's entry maps, where
 * it is another one or its counts have changed. Plain ASCII, no colours. Empty for a
 * situation that is not modelled.
 */
export function renderTrace(simulation: Simulation): string {
  if (!simulation.modelled) return '';
  const { trace } = simulation;
  const digits = String(Math.max(trace.length - 1, 0)).length;
  const margin = digits + ' L '.length;
  const monitor = trace.some(step => step.task > 0) ? `${' '.repeat(LANE - 'caller'.length)}monitor` : '';
  const lines = [`${' '.repeat(digits)} L caller${monitor}`];
  const before: Shown = { gup: null, fault: null };
  for (const step of trace) {
    const lane = step.task === 0 ? 0 : LANE;
    const page = step.page === undefined ? '' : ` [page ${step.page}]`;
    const head = `${String(step.step).padStart(digits)} ${LOCK_BAR[step.lock]} ${' '.repeat(lane)}`;
    lines.push(...wrapped(head, margin + lane, `${step.routine}${page}: ${step.text}`));
    const bar = `${' '.repeat(digits)} ${LOCK_BAR[step.lock]} `;
    for (const change of [...flagLines(step, before), ...folioLines(step)])
      lines.push(...wrapped(`${bar}    `, margin + 8, change));
  }
  return [...lines, ''].join('\n');
}

/** The sets that were shown last. */
interface Shown {
  gup: readonly string[] | null;
  fault: readonly string[] | null;
}

function flagLines(step: TraceStep, before: Shown): string[] {
  const lines: string[] = [];
  if (step.gupFlags !== undefined) {
    const change = changed('gup_flags', step.gupFlags, before.gup);
    if (change !== null) lines.push(change);
    before.gup = step.gupFlags;
  }
  if (step.faultFlags !== undefined) {
    const change = changed('fault flags', step.faultFlags, before.fault);
    if (change !== null) lines.push(change);
    before.fault = step.faultFlags;
  }
  return lines;
}

function folioLines({ folio }: TraceStep): string[] {
  return folio === undefined ? [] : [`folio ${folioText(folio)}`];
}

/** A folio as a timeline shows it: `2 ref 1026 map 1 pin 1 exclusive`. */
export function folioText({ folio, ref, map, pin, exclusive }: FolioState): string {
  const counts = `${folio} ref ${ref ?? '?'} map ${map}`;
  return `${counts}${pin > 0 ? ` pin ${pin}` : ''}${exclusive ? ' exclusive' : ''}`;
}

/** null: the same flags as before. */
function changed(name: string, now: readonly string[], before: readonly string[] | null): string | null {
  const short = (flag: string): string => flag.replace(/^(FOLL|FAULT_FLAG)_/, '');
  if (before === null) return `${name} ${now.length === 0 ? 'none' : now.map(short).join(' ')}`;
  const came = now.filter(flag => !before.includes(flag)).map(flag => `+${short(flag)}`);
  const went = before.filter(flag => !now.includes(flag)).map(flag => `-${short(flag)}`);
  return came.length + went.length === 0 ? null : [name, ...came, ...went].join(' ');
}

/** The words behind `head`, in lines of 80 columns; the second line and those after it are indented. */
function wrapped(head: string, indent: number, text: string): string[] {
  const lines: string[] = [];
  let line = head;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ' '.repeat(indent + 2);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
