/** What a run of `gup-lens lint` found, for every format to write. */

import type { InputProblem } from './files.js';
import { releaseSpan } from './releaseSpan.js';
import type { FileReport, LintFinding, NotAnalysedRow } from './report.js';

export interface LintReport {
  readonly version: string;
  readonly findings: readonly LintFinding[];
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
}

/** Puts a report together from those of the files. */
export function lintReport(
  reports: readonly FileReport[],
  rest: Pick<LintReport, 'version' | 'problems' | 'notes' | 'kernels'>,
): LintReport {
  const findings = reports.flatMap(report => report.findings);
  const notAnalysed = reports.flatMap(report => report.notAnalysed);
  const count = (severity: LintFinding['severity']): number =>
    findings.filter(finding => finding.severity === severity).length;
  return {
    ...rest,
    asked: reports[0]?.kernels.map(kernel => kernel.release) ?? [],
    findings,
    notAnalysed,
    summary: {
      files: reports.length,
      sites: reports.reduce((sum, report) => sum + report.sites.length, 0),
      functionsNotAnalysed: notAnalysed.length,
      notRead: rest.problems.length,
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
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
