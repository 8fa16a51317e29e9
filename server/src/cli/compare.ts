/** `gup-lens compare --from A --to B [PATH…]`: what changes from one release to another, and which calls notice. */

import { compareProfiles, type Release, resolveRelease } from '../../../kernel/src/index.js';
import { compareSites } from './compareSites.js';
import { compareText } from './compareText.js';
import { EXIT, type Io, styleFor, UsageError } from './io.js';
import { reportProblems } from './stderrReport.js';

export interface CompareOptions {
  readonly from: string;
  readonly to: string;
  readonly format: 'text' | 'json';
}

/**
 * Runs the command. A difference is no finding: the exit code is 0, or 2 if something could not be read.
 *
 * @throws UsageError for a release that nobody knows; the message names the nearest ones
 */
export async function compareCommand(
  paths: readonly string[],
  options: CompareOptions,
  io: Io,
): Promise<number> {
  const notes: string[] = [];
  const from = releaseOf('--from', options.from, notes);
  const to = releaseOf('--to', options.to, notes);
  const differences = compareProfiles(from, to);
  const sites =
    paths.length === 0 ? null : await compareSites(paths, { from, to, differences }, options.format, io);
  const comparison = { from, to, differences, calls: sites?.calls ?? null };
  await io.stdout.write(
    options.format === 'json'
      ? `${JSON.stringify(comparison, null, 2)}\n`
      : compareText(comparison, styleFor(io.stdout, io.env)),
  );
  await reportProblems(io, sites?.problems ?? [], [...new Set([...notes, ...(sites?.notes ?? [])])]);
  return (sites?.problems.length ?? 0) > 0 ? EXIT.badInput : EXIT.nothingFound;
}

function releaseOf(option: string, text: string, notes: string[]): Release {
  const resolved = resolveRelease(text);
  if ('error' in resolved) {
    const { error, nearest } = resolved;
    const named = nearest.length === 0 || nearest.some(release => error.includes(release));
    throw new UsageError(
      `${option} ${text}: ${error}${named ? '' : `; the nearest are ${nearest.join(', ')}`}`,
    );
  }
  if (resolved.note !== null) notes.push(resolved.note);
  return resolved.release;
}
