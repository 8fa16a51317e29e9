/** The calls of files and trees, read for two releases and compared. */

import { join } from 'node:path';
import { type ProfileDifference, profileFor, type Release } from '../../../kernel/src/index.js';
import { isInMm, type Reason, readingOf, reasonsFor } from '../ide/index.js';
import { ConfigFiles } from './configFiles.js';
import { type InputProblem, resolveInputs } from './files.js';
import type { Io } from './io.js';
import { kernelChooser } from './kernelOption.js';
import { type ScanResult, scan } from './scan.js';
import type { SiteRow } from './siteRow.js';

/** A call that is affected, and why. Lines and columns count from 1. */
export interface AffectedCall {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly function: string | null;
  readonly callee: string;
  readonly kind: SiteRow['kind'];
  readonly reasons: readonly Reason[];
}

export interface ComparedCalls {
  /** Calls and handlers that were compared. */
  readonly compared: number;
  /** Those that only one of the releases has, for a condition on the version stands around them. */
  readonly onlyFrom: number;
  readonly onlyTo: number;
  /** In the order in which they were read. */
  readonly affected: readonly AffectedCall[];
}

export interface ComparedSites {
  readonly calls: ComparedCalls;
  readonly problems: readonly InputProblem[];
  readonly notes: readonly string[];
}

/** @param format a program joins names to the directory that it gave, a person goes there from where they are */
export async function compareSites(
  paths: readonly string[],
  step: { readonly from: Release; readonly to: Release; readonly differences: readonly ProfileDifference[] },
  format: 'text' | 'json',
  io: Io,
): Promise<ComparedSites> {
  const naming = format === 'json' ? 'from-directory' : 'as-given';
  // One scan reads for both: what is equal comes once, with both releases.
  const both = await scan({ paths, kernel: `${step.from},${step.to}`, naming, request: { rules: null } }, io);
  const before = new Map(rowsOf(both, step.from).map(row => [keyOf(row), row]));
  const reading = readingFor(paths, step, io);
  const profiles = {
    from: profileFor(step.from),
    to: profileFor(step.to),
    differences: step.differences,
  };
  const affected: AffectedCall[] = [];
  let compared = 0;
  let onlyTo = 0;
  for (const after of rowsOf(both, step.to)) {
    const row = before.get(keyOf(after));
    if (row === undefined) {
      onlyTo++;
      continue;
    }
    compared++;
    const reasons = reasonsFor({ before: row, after, reading }, profiles, isInMm(after.file));
    if (reasons.length === 0) continue;
    const { file, line, column, function: inside, callee, kind } = after;
    affected.push({ file, line, column, function: inside, callee, kind, reasons });
  }
  return {
    calls: { compared, onlyFrom: before.size - compared, onlyTo, affected },
    problems: both.problems,
    notes: both.notes,
  };
}

/** The rows for one release, without what a condition on the version rules out and is read for another instead. */
function rowsOf({ reports }: ScanResult, release: Release): readonly SiteRow[] {
  return reports.flatMap(({ sites }) =>
    sites.filter(({ releases }) => releases === undefined || releases.includes(release)),
  );
}

function keyOf({ file, line, column, callee, kind }: SiteRow): string {
  return [file, line, column, callee, kind].join('\0');
}

/** For which of the two the source was written: that which is nearer to the release of the tree. */
function readingFor(
  paths: readonly string[],
  { from, to }: { readonly from: Release; readonly to: Release },
  io: Io,
): 'before' | 'after' {
  const [first] = resolveInputs(paths, io.cwd).inputs;
  if (first === undefined) return 'after';
  const inside = first.kind === 'file' ? first.absolute : join(first.absolute, 'x');
  const { release, source } = kernelChooser('auto', new ConfigFiles(io.cwd)).choose(inside);
  return readingOf(source === 'makefile' ? release : null, from, to);
}
