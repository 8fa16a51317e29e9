/** `lint --format github`: workflow commands, which GitHub shows as annotations at the line. */

import { type LintReport, releasesLabel } from './lintReport.js';
import { missedText, summaryText } from './lintText.js';

const COMMAND = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** The report as workflow commands, ending in a line end. */
export function lintGithub(report: LintReport): string {
  const lines = report.findings.map(finding => {
    const way = finding.related.map(({ line, message }) => `line ${line}: ${message}`);
    const text = [
      `${releasesLabel(finding, report.asked)}${finding.message}`,
      ...way,
      finding.why,
      finding.remedy,
    ]
      .filter(part => part !== '')
      .join('\n');
    const end =
      finding.endLine === finding.line
        ? `,endColumn=${finding.endColumn}`
        : `,endLine=${finding.endLine},endColumn=${finding.endColumn}`;
    const place = `file=${property(finding.file)},line=${finding.line},col=${finding.column}${end}`;
    return `::${COMMAND[finding.severity]} ${place},title=${property(finding.rule)}::${data(text)}`;
  });
  for (const item of report.notAnalysed) {
    const text = missedText(item);
    lines.push(`::notice file=${property(item.file)},line=${item.line},title=not analysed::${data(text)}`);
  }
  for (const { path, reason } of report.problems) {
    lines.push(`::error file=${property(path)},title=not read::${data(`${path}: ${reason}`)}`);
  }
  return `${[...lines, summaryText(report)].join('\n')}\n`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
