/** The findings that a change causes: those that are there with it and not without. */

import { sep } from 'node:path';
import { isSourceName } from '../../workspace/index.js';
import { resolveInputs } from '../files.js';
import { contextKey } from '../findingKey.js';
import type { Io } from '../io.js';
import type { FileReport, LintFinding } from '../report.js';
import { type ScanOptions, type ScanResult, scan, threadsFor } from '../scan.js';
import { ScanThreads } from '../scanThreads.js';
import { changesOf } from './changedFiles.js';

/** A scan of the changed files as they are after the change. */
export interface ChangeScan extends ScanResult {
  /** Those of the findings that are there without the change. */
  readonly before: ReadonlySet<LintFinding>;
}

/**
 * Scans what a change touches, before and after it.
 *
 * @param diff what `--diff` was given
 * @throws UsageError if that is neither a patch nor a commit
 */
export async function scanChanges(diff: string, options: ScanOptions, io: Io): Promise<ChangeScan> {
  const { inputs, problems: inputProblems } = resolveInputs(options.paths, io.cwd);
  const places = inputs.map(input => input.absolute);
  const { files, problems, notes } = await changesOf(diff, places, io);
  const isWanted = (path: string): boolean =>
    options.paths.length === 0 ||
    places.some(place => path === place || path.startsWith(place.endsWith(sep) ? place : place + sep));
  const sources = files.filter(({ path, after }) => after !== null && isSourceName(path) && isWanted(path));
  const textsOf = (side: 'before' | 'after'): Map<string, string> => {
    const texts = new Map<string, string>();
    for (const file of sources) {
      const text = file[side];
      // Under its new name on both sides: the name is all that the tree, its release and its rules depend on.
      if (text !== null) texts.set(file.path, text);
    }
    return texts;
  };
  // Most functions are the same on both sides: what was found out of them need not be found out again.
  const threads = new ScanThreads(options.request, io, threadsFor(sources.length, options.jobs));
  try {
    const after = await scan({ ...options, threads, texts: textsOf('after') }, io);
    const found = after.reports.some(report => report.findings.length > 0);
    const old = found ? (await scan({ ...options, threads, texts: textsOf('before') }, io)).reports : [];
    return {
      ...after,
      problems: [...inputProblems, ...problems, ...after.problems],
      notes: [
        ...notes,
        ...(sources.length === 0
          ? [files.length === 0 ? 'nothing is changed' : 'no C file that is asked for is changed']
          : []),
        ...after.notes,
      ],
      before: thereBefore(after.reports, old),
    };
  } finally {
    await threads.stop();
  }
}

/** Of the findings after a change those that are known from before it, as often as they were there. */
function thereBefore(after: readonly FileReport[], before: readonly FileReport[]): Set<LintFinding> {
  const left = new Map<string, number>();
  // A change that takes the comment away brings the finding.
  const idOf = (finding: LintFinding): string =>
    `${finding.file}\0${contextKey(finding)}\0${finding.suppression === null}`;
  for (const finding of before.flatMap(report => report.findings)) {
    left.set(idOf(finding), (left.get(idOf(finding)) ?? 0) + 1);
  }
  const known = new Set<LintFinding>();
  for (const finding of after.flatMap(report => report.findings)) {
    const count = left.get(idOf(finding)) ?? 0;
    if (count === 0) continue;
    left.set(idOf(finding), count - 1);
    known.add(finding);
  }
  return known;
}
