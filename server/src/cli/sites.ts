/** `gup-lens sites`: every call site and handler. */

import { handsOn, type MarkdownSite, passesOneOf, sitesMarkdown } from '../ide/index.js';
import { flagsAsked, withOverrides } from './flagOption.js';
import { EXIT, type Io, styleFor } from './io.js';
import { kernelTitles } from './kernelOption.js';
import { scan } from './scan.js';
import { type SiteRow, siteRowLine } from './siteRow.js';
import { sitesSummary, sitesTable } from './sitesTable.js';
import { reportProblems } from './stderrReport.js';

export interface SitesOptions {
  readonly kernel: string;
  readonly format: 'table' | 'markdown' | 'jsonl';
  /** Only calls that may pass one of these; empty: all. */
  readonly flag: readonly string[];
}

/** Runs the command. A list is not a finding: the exit code is 0, or 2 if something could not be read. */
export async function sitesCommand(paths: readonly string[], options: SitesOptions, io: Io): Promise<number> {
  const flags = flagsAsked(options.flag);
  // A program joins the names to its directory, a table is read elsewhere; a person goes there from where they are.
  const naming = options.format === 'table' ? 'as-given' : 'from-directory';
  const { reports, problems, notes } = await scan(
    { paths, kernel: options.kernel, naming, request: { rules: null } },
    io,
  );
  const audit = flags.includes('FOLL_FORCE');
  const handing = reports.flatMap(({ sites }) =>
    sites.filter(row => handsOn(row) && !passesOneOf(row, flags)),
  );
  const rows = reports.flatMap(({ sites, kernels }) => {
    const asked = sites.filter(row => passesOneOf(row, flags));
    const [kernel] = kernels;
    return audit && kernel !== undefined ? asked.map(row => withOverrides(row, kernel.release)) : asked;
  });
  if (options.format === 'jsonl') {
    await io.stdout.write(rows.map(siteRowLine).join(''));
  } else if (options.format === 'markdown') {
    await io.stdout.write(sitesMarkdown(rows.map(markdownRow)));
  } else {
    const kernels = kernelTitles(reports.filter(report => report.sites.length > 0));
    const asked = reports[0]?.kernels.map(kernel => kernel.release) ?? [];
    const heading = kernels.length > 0 ? ` · ${kernels.join(', ')}` : '';
    const table = sitesTable(rows, io.stdout.columns, styleFor(io.stdout, io.env), asked);
    const more =
      flags.length > 0 && handing.length > 0
        ? ` · besides, ${handing.length} hand on what they are given`
        : '';
    await io.stdout.write(`${table}${table === '' ? '' : '\n'}${sitesSummary(rows)}${heading}${more}\n`);
  }
  await reportProblems(io, problems, [
    ...notes,
    ...reports.flatMap(report =>
      report.notAnalysed.map(item => {
        return `${item.file}:${item.line}: not analysed: ${item.function ?? 'file scope'}: ${item.reason}`;
      }),
    ),
  ]);
  return problems.length > 0 ? EXIT.badInput : EXIT.nothingFound;
}

function markdownRow(row: SiteRow): MarkdownSite {
  const { releases = [], overrides = [] } = row;
  const only = releases.length === 0 ? [] : [`Linux ${releases.join(', ')}`];
  return { ...row, notes: [...only, ...overrides.map(clause => `overrides: ${clause}`)] };
}
