/** `gup-lens lint`: the rules, over files and trees. */

import { parseSettings, type Settings } from '../config/index.js';
import { RULES, type Severity } from '../rules/index.js';
import { Baseline } from './baseline.js';
import { scanChanges } from './diff/lintChanges.js';
import { EXIT, type Io, styleFor, UsageError } from './io.js';
import { kernelTitles } from './kernelOption.js';
import { lintGithub } from './lintGithub.js';
import { lintJson } from './lintJson.js';
import { counted, type LintReport, lintReport } from './lintReport.js';
import { lintSarif } from './lintSarif.js';
import { lintText, notAnalysedText, summaryText } from './lintText.js';
import { nearestNames } from './nearest.js';
import type { LintFinding } from './report.js';
import { type ScanOptions, scan } from './scan.js';
import { reportProblems } from './stderrReport.js';

/** From the most severe on. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

export interface LintOptions {
  readonly kernel: string;
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  /** Ids of the rules to run; empty: all. */
  readonly rule: readonly string[];
  /** The least severity to report. */
  readonly severity: Severity;
  /** A patch, `-` or a revision: only what that change causes is reported. */
  readonly diff?: string;
  /** Threads to scan with; absent: as many as pay off. */
  readonly jobs?: number;
  /** A file of findings that are known and not reported. */
  readonly baseline?: string;
  /** Write the findings to the baseline instead of reporting them. */
  readonly writeBaseline?: boolean;
}

/** Runs the command; the exit code is 1 if there is a finding, 2 if something could not be read. */
export async function lintCommand(
  paths: readonly string[],
  options: LintOptions,
  version: string,
  io: Io,
): Promise<number> {
  const { baseline: baselineFile, writeBaseline = false, jobs } = options;
  if (writeBaseline && baselineFile === undefined) {
    throw new UsageError('--write-baseline: name the file to write with --baseline FILE');
  }
  const settings = settingsFor(options.rule);
  if (paths.length === 0 && options.diff === undefined) {
    throw new UsageError('give files or directories to lint, or a change with --diff');
  }
  const scanOptions: ScanOptions = {
    paths,
    kernel: options.kernel,
    naming: 'as-given',
    request: { rules: settings },
    ...(jobs === undefined ? {} : { jobs }),
  };
  const { reports, problems, notes, before } =
    options.diff === undefined
      ? { ...(await scan(scanOptions, io)), before: new Set<LintFinding>() }
      : await scanChanges(options.diff, scanOptions, io);
  const asked = reports
    .flatMap(report => report.findings)
    .filter(finding => SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(options.severity));
  const found = asked.filter(finding => !before.has(finding));
  const open = found.filter(finding => finding.suppression === null);
  const files = reports.map(report => report.file);
  const baseline = baselineFile === undefined ? null : new Baseline(baselineFile, io.cwd);
  if (baseline !== null && writeBaseline) {
    const count = baseline.write(open, files);
    await reportProblems(io, problems, [...notes, `${baselineFile}: ${counted(count, 'finding')} written`]);
    return problems.length > 0 ? EXIT.badInput : EXIT.nothingFound;
  }
  const { known, gone } = baseline?.known(open, files) ?? { known: null, gone: 0 };
  if (gone > 0) {
    const what = `${counted(gone, 'finding')} of it ${gone === 1 ? 'is' : 'are'} not there any more`;
    notes.push(`${baselineFile}: ${what}; --write-baseline takes ${gone === 1 ? 'it' : 'them'} out`);
  }
  const report = lintReport(reports, found, {
    version,
    problems,
    notes,
    known,
    before: asked.length - found.length,
    kernels: kernelTitles(reports),
  });
  const write = {
    text: () => lintText(report, styleFor(io.stdout, io.env)),
    json: () => lintJson(report),
    sarif: () => lintSarif(report),
    github: () => lintGithub(report),
  }[options.format];
  await io.stdout.write(write());
  await reportProblems(io, problems, [...notes, ...besideData(report, options.format)]);
  if (problems.length > 0) return EXIT.badInput;
  return report.findings.length > 0 ? EXIT.findings : EXIT.nothingFound;
}

/** The settings with which only some rules run; all if none is named. */
function settingsFor(rules: readonly string[]): Settings {
  const only = new Set(rules);
  for (const id of only) {
    if (RULES.some(rule => rule.id === id)) continue;
    const like = nearestNames(
      id,
      RULES.map(rule => rule.id),
    );
    const known = (like.length > 0 ? like : RULES.map(rule => rule.id)).join(', ');
    throw new UsageError(`--rule ${id}: no such rule; there ${like.length > 0 ? 'is' : 'are'} ${known}`);
  }
  const off = only.size === 0 ? [] : RULES.filter(rule => !only.has(rule.id));
  return parseSettings({
    diagnostics: { rules: Object.fromEntries(off.map(rule => [rule.id, 'off'])) },
  }).settings;
}

/** What a format for programs has no place for: what was analysed, and what was not. */
function besideData(report: LintReport, format: LintOptions['format']): readonly string[] {
  if (format === 'text' || format === 'github') return [];
  if (format === 'sarif') return [summaryText(report)];
  return [...report.notAnalysed.map(notAnalysedText), summaryText(report)];
}
