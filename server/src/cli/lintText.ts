/** `lint --format text`: as a compiler says it, with the source line, the way there, and what to do. */

import type { Style } from './io.js';
import { counted, type LintReport, releasesLabel } from './lintReport.js';
import type { LintFinding, NotAnalysedRow } from './report.js';

/** Text of a paragraph is wrapped here; a finding's first line is not, as tools match it. */
const WIDTH = 80;

/** The whole report, ending in a line end. */
export function lintText(report: LintReport, style: Style): string {
  const explained = new Set<string>();
  const blocks = report.findings.map(finding => {
    // Why and remedy are the rule's: said with its first finding, and not again.
    const first = !explained.has(finding.rule);
    explained.add(finding.rule);
    return findingText(finding, first, report.asked, style);
  });
  for (const item of report.notAnalysed) {
    const at = style.bold(`${item.file}:${item.line}:${item.column}:`);
    blocks.push(`${at} ${style.info('note:')} ${releasesLabel(item, report.asked)}${missedText(item)}\n`);
  }
  return [...blocks, `${summaryText(report)}\n`].join('');
}

/** A function that was left out, in one line with its place. */
export function notAnalysedText(item: NotAnalysedRow): string {
  return `${item.file}:${item.line}:${item.column}: ${missedText(item)}`;
}

/** A function that was left out, and why. */
export function missedText(item: NotAnalysedRow): string {
  const where = item.function === null ? 'code outside functions' : `function ${item.function}`;
  return `${where} was not analysed: ${item.reason}`;
}

function findingText(finding: LintFinding, explain: boolean, asked: readonly string[], style: Style): string {
  const colour = style[finding.severity];
  const at = (line: number, column: number): string => style.bold(`${finding.file}:${line}:${column}:`);
  const lines = [
    `${at(finding.line, finding.column)} ${colour(`${finding.severity}:`)} ${releasesLabel(finding, asked)}${finding.message} [${finding.rule}]`,
    ...snippet(finding, colour),
    ...finding.related.map(
      ({ line, column, message }) => `${at(line, column)} ${style.info('note:')} ${message}`,
    ),
  ];
  if (explain) {
    lines.push(...paragraph(finding.why), ...paragraph(finding.remedy));
  }
  if (finding.fix !== null) lines.push(...paragraph(`Fix: ${finding.fix.title}.`));
  return `${lines.join('\n')}\n`;
}

function snippet(finding: LintFinding, colour: (text: string) => string): string[] {
  if (finding.sourceLine.trim() === '') return [];
  const number = String(finding.line).padStart(5);
  const end = finding.endLine === finding.line ? finding.endColumn : finding.sourceLine.length + 1;
  // Tabs are kept as they are, so that the mark stands under its text whatever their width.
  const indent = finding.sourceLine.slice(0, finding.column - 1).replace(/[^\t]/g, ' ');
  const mark = `^${'~'.repeat(Math.max(0, end - finding.column - 1))}`;
  return [`${number} | ${finding.sourceLine}`, `      | ${indent}${colour(mark)}`];
}

/** A text wrapped and indented under a finding; nothing for an empty one. */
function paragraph(text: string): string[] {
  const lines: string[] = [];
  let line = '       ';
  for (const word of text.split(/\s+/).filter(part => part !== '')) {
    if (line.trim() !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '       ';
    }
    line += ` ${word}`;
  }
  if (line.trim() !== '') lines.push(line);
  return lines;
}

/** What was found, in what, and what was not looked at. */
export function summaryText({ summary, kernels }: LintReport): string {
  const found = [
    ...(summary.errors > 0 ? [counted(summary.errors, 'error')] : []),
    ...(summary.warnings > 0 ? [counted(summary.warnings, 'warning')] : []),
    ...(summary.infos > 0 ? [counted(summary.infos, 'remark')] : []),
  ];
  const hidden = [
    ...(summary.suppressed > 0 ? [`${summary.suppressed} silenced by comments`] : []),
    ...(summary.known > 0 ? [`${summary.known} in the baseline`] : []),
    ...(summary.before > 0 ? [`${summary.before} there without the change`] : []),
  ];
  const of = kernels.length > 0 ? ` for ${kernels.join(', ')}` : '';
  const missing = [
    ...(summary.functionsNotAnalysed > 0
      ? [`${counted(summary.functionsNotAnalysed, 'function')} not analysed`]
      : []),
    ...(summary.notRead > 0 ? [`${counted(summary.notRead, 'path')} not read`] : []),
  ];
  return [
    `${found.length > 0 ? found.join(', ') : 'No findings'}${hidden.length > 0 ? ` (${hidden.join(', ')})` : ''}.`,
    `${counted(summary.files, 'file')} with ${counted(summary.sites, 'site')} analysed${of};`,
    missing.length > 0 ? `${missing.join(', ')}.` : 'nothing was left out.',
  ].join(' ');
}
