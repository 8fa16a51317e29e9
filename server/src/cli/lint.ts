/** `gup-lens lint`: the rules, over files and trees. */

import { parseSettings } from '../config/index.js';
import { RULES } from '../rules/index.js';
import { EXIT, type Io, styleFor, UsageError } from './io.js';
import { kernelTitles } from './kernelOption.js';
import { lintGithub } from './lintGithub.js';
import { lintJson } from './lintJson.js';
import { lintReport } from './lintReport.js';
import { lintSarif } from './lintSarif.js';
import { lintText } from './lintText.js';
import { nearestNames } from './nearest.js';
import { scan } from './scan.js';
import { reportProblems } from './stderrReport.js';

export interface LintOptions {
  readonly kernel: string;
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  /** Ids of the rules to run; empty: all. */
  readonly rule: readonly string[];
}

/** Runs the command; the exit code is 1 if there is a finding, 2 if something could not be read. */
export async function lintCommand(
  paths: readonly string[],
  options: LintOptions,
  version: string,
  io: Io,
): Promise<number> {
  const only = new Set(options.rule);
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
  const { settings } = parseSettings({
    diagnostics: { rules: Object.fromEntries(off.map(rule => [rule.id, 'off'])) },
  });
  const { reports, problems, notes } = await scan(
    { paths, kernel: options.kernel, naming: 'as-given', request: { rules: settings } },
    io,
  );
  const kernels = kernelTitles(reports);
  const report = lintReport(reports, { version, problems, notes, kernels });
  const write = {
    text: () => lintText(report, styleFor(io.stdout, io.env)),
    json: () => lintJson(report),
    sarif: () => lintSarif(report),
    github: () => lintGithub(report),
  }[options.format];
  await io.stdout.write(write());
  await reportProblems(io, problems, notes);
  if (problems.length > 0) return EXIT.badInput;
  return report.findings.length > 0 ? EXIT.findings : EXIT.nothingFound;
}
