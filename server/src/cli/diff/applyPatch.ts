/** Applies the hunks of a patch to a text. */

import type { Hunk } from './filePatch.js';

/**
 * The text with all hunks applied. A hunk may have moved, but its lines have to be there as they are, except for
 * carriage returns: mailers take them away.
 *
 * @returns the new text, or the number (from 1) of the first hunk that does not apply
 */
export function applyHunks(
  text: string,
  hunks: readonly Hunk[],
): { readonly text: string } | { readonly failed: number; readonly line: number } {
  const lines = text === '' ? [] : text.split('\n');
  let open = text !== '' && lines.at(-1) !== '';
  if (!open && lines.length > 0) lines.pop();
  const end = lines.some(line => line.endsWith('\r')) ? '\r' : '';
  const bare = lines.map(line => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const done: string[] = [];
  // Lines up to here are in `done`.
  let taken = 0;
  let moved = 0;
  for (const [index, hunk] of hunks.entries()) {
    // An empty old side names the line before the insertion.
    const wanted = (hunk.old.length === 0 ? hunk.line : hunk.line - 1) + moved;
    const at = nearest(bare, hunk.old, wanted, taken);
    if (at === null) return { failed: index + 1, line: hunk.line };
    done.push(...lines.slice(taken, at), ...hunk.new.map(line => line + end));
    taken = at + hunk.old.length;
    moved = at - (wanted - moved);
    if (taken === lines.length) open = hunk.new.length > 0 && hunk.newOpen;
  }
  done.push(...lines.slice(taken));
  if (done.length === 0) return { text: '' };
  return { text: done.join('\n') + (open ? '' : '\n') };
}

/** Where `wanted` lines are in `lines`, nearest to an index and not before `least`; null: nowhere. */
function nearest(
  lines: readonly string[],
  wanted: readonly string[],
  around: number,
  least: number,
): number | null {
  const last = lines.length - wanted.length;
  const fits = (at: number): boolean =>
    at >= least && at <= last && wanted.every((line, i) => lines[at + i] === line);
  if (wanted.length === 0) return around >= least && around <= lines.length ? around : null;
  for (let away = 0; away <= Math.max(around, last - around, 0); away++) {
    if (fits(around - away)) return around - away;
    if (fits(around + away)) return around + away;
  }
  return null;
}
