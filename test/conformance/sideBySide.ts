/** What a kernel did and what the simulator did, event beside step. */

import type { TraceStep } from '../../simulator/src/index.js';

/** Columns of the recorded trace. */
const LEFT = 52;

/** Whether both traces show the same moment: the routine of a recorded event (`>f` entry, `<f` return), or what the lock does. */
function isMoment(event: string, { routine, lockEvent }: TraceStep): boolean {
  if (lockEvent !== undefined) return event === `mmap_lock:${lockEvent}`;
  return /^[<>]?(\w+)/.exec(event)?.[1] === routine;
}

/**
 * Lines of two columns, the recorded trace and the steps of the simulation; a step stands beside the next entry into its
 * routine, or beside the same event of mmap_lock, if there is one. Empty if nothing was recorded.
 */
export function sideBySide(recorded: unknown, steps: readonly TraceStep[]): string[] {
  if (!Array.isArray(recorded) || recorded.length === 0) return [];
  const events = recorded.map(String);
  const rows: [string, string][] = [];
  let next = 0;
  for (const step of steps) {
    const beside = events.findIndex((event, index) => index >= next && isMoment(event, step));
    const text = stepText(step);
    if (beside < 0) {
      rows.push(['', text]);
      continue;
    }
    for (; next < beside; next++) rows.push([events[next] ?? '', '']);
    rows.push([events[next++] ?? '', text]);
  }
  for (; next < events.length; next++) rows.push([events[next] ?? '', '']);
  const head: [string, string] = ['kernel', 'simulator'];
  return [head, ...rows].map(([left, right]) =>
    `    ${left.slice(0, LEFT).padEnd(LEFT)} | ${right}`.trimEnd(),
  );
}

function stepText({ routine, text, page }: TraceStep): string {
  return `${routine}${page === undefined ? '' : ` [${page}]`}: ${text}`;
}
