/** `lint --format json`: one object, for programs. */

import type { LintReport } from './lintReport.js';

/** The report as JSON, ending in a line end. Lines and columns count from 1, ends are behind the last character. */
export function lintJson(report: LintReport): string {
  const { version, kernels, summary, notAnalysed, problems, notes } = report;
  const findings = report.findings.map(({ sourceLine: _, ...finding }) => finding);
  return `${JSON.stringify({ tool: { name: 'gup-lens', version }, kernels, summary, findings, notAnalysed, problems, notes }, null, 2)}\n`;
}
