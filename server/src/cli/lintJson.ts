/** `lint --format json`: an array of findings, for programs. */

import type { LintReport } from './lintReport.js';
import type { LintFinding } from './report.js';

/** The findings as JSON, ending in a line end. Lines and columns count from 1, ends are behind the last character. */
export function lintJson(report: LintReport): string {
  return `${JSON.stringify(report.findings.map(jsonFinding), null, 2)}\n`;
}

function jsonFinding(finding: LintFinding): object {
  const { file, line, column, endLine, endColumn, rule, severity, confidence } = finding;
  const { message, release, releases, related, fix } = finding;
  return {
    file,
    line,
    column,
    endLine,
    endColumn,
    rule,
    severity,
    confidence,
    message,
    release,
    // Only where several releases were asked for.
    ...(releases === undefined ? {} : { releases }),
    related,
    ...(fix === null ? {} : { fix }),
  };
}
