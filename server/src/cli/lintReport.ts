/** What a run of `gup-lens lint` found, for every format to write. */

import { releaseSpan } from '../../../kernel/src/index.js';
import type { InputProblem } from './files.js';
import type { FileReport, LintFinding, NotAnalysedRow } from './report.js';

export interface LintReport {
  readonly version: string;
  /** To be shown, in order of the files and of position. */
  readonly findings: readonly LintFinding[];
  /** Silenced by a comment in the code. */
  readonly suppressed: readonly LintFinding[];
  /** Of a baseline, and not to be shown again; null: there is no baseline. */
  readonly known: readonly LintFinding[] | null;
  readonly notAnalysed: readonly NotAnalysedRow[];
  readonly problems: readonly InputProblem[];
  readonly notes: readonly string[];
  /** `Linux 6.1.192 (Makefile)`, each release of the files looked at once. */
  readonly kernels: readonly string[];
  /** The releases of the first file: those of every file, if `--kernel` named them. */
  readonly asked: readonly string[];
  readonly summary: LintSummary;
}

/** What was and what was not looked at. */
export interface LintSummary {
  readonly files: number;
  readonly sites: number;
  /** Functions that hold a call site and could not be analysed. */
  readonly functionsNotAnalysed: number;
  /** PATHs and files that could not be read. */
  readonly notRead: number;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  /** Findings that a comment silences. */
  readonly suppressed: number;
  /** Findings that the baseline has. */
  readonly known: number;
  /** Findings that a change did not cause; 0 if all are asked for. */
  readonly before: number;
}

/**
 * Puts a report together.
 *
 * @param reports those of the files
 * @param found their findings, as far as they are asked for
 * @param rest `known`: which of the findings a baseline has; null: there is none. `before`: how many more there are
 *   that a change did not cause
 */
export function lintReport(
  reports: readonly FileReport[],
  found: readonly LintFinding[],
  rest: Pick<LintReport, 'version' | 'problems' | 'notes' | 'kernels'> & {
    readonly known: ReadonlySet<LintFinding> | null;
    readonly before: number;
  },
): LintReport {
  const suppressed = found.filter(finding => finding.suppression !== null);
  const open = found.filter(finding => finding.suppression === null);
  const findings = open.filter(finding => rest.known?.has(finding) !== true);
  const notAnalysed = reports.flatMap(report => report.notAnalysed);
  const count = (severity: LintFinding['severity']): number =>
    findings.filter(finding => finding.severity === severity).length;
  return {
    ...rest,
    asked: reports[0]?.kernels.map(kernel => kernel.release) ?? [],
    findings,
    suppressed,
    known: rest.known === null ? null : [...rest.known],
    notAnalysed,
    summary: {
      files: reports.length,
      sites: reports.reduce((sum, report) => sum + report.sites.length, 0),
      functionsNotAnalysed: notAnalysed.length,
      notRead: rest.problems.length,
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
      suppressed: suppressed.length,
      known: rest.known?.size ?? 0,
      before: rest.before,
    },
  };
}

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `[5.15–6.1] ` in front of what does not hold for the release of the file alone; else nothing. */
export function releasesLabel(
  of: { readonly releases?: readonly string[] },
  asked: readonly string[],
): string {
  return of.releases === undefined ? '' : `[${releaseSpan(of.releases, asked)}] `;
}
