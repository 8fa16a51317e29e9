/** One report of a file out of those for several releases: what is equal is said once, with the releases it is for. */

import { oldestFirst, releaseSpan } from '../../../kernel/src/index.js';
import { SUPPRESSION_RULE } from '../rules/index.js';
import type { FileReport, LintFinding, NotAnalysedRow } from './report.js';
import type { SiteRow } from './siteRow.js';

interface Placed {
  readonly line: number;
  readonly column: number;
  readonly releases?: readonly string[];
}

/**
 * Merges reports of the same text.
 *
 * @param reports one for each release, in the order asked for; with a single one, that is the result
 */
export function mergeReports(reports: readonly FileReport[]): FileReport {
  const [first, ...more] = reports;
  if (first === undefined) throw new TypeError('there is no report to merge');
  if (more.length === 0) return first;
  const kernels = reports.flatMap(report => report.kernels);
  const asked = kernels.map(kernel => kernel.release);
  // Rows of one place stand together, in order of place.
  const merged = <T extends Placed>(
    rowsOf: (report: FileReport) => readonly T[],
    plain: (row: T) => unknown,
  ): (T & { readonly releases: readonly string[] })[] => {
    const byText = new Map<string, { readonly row: T; readonly releases: Set<string> }>();
    for (const report of reports) {
      for (const row of rowsOf(report)) {
        const key = JSON.stringify(plain(row));
        const known = byText.get(key) ?? { row, releases: new Set<string>() };
        for (const name of row.releases ?? report.kernels.map(kernel => kernel.release)) {
          known.releases.add(name);
        }
        byText.set(key, known);
      }
    }
    return [...byText.values()]
      .map(({ row, releases }) => ({ ...row, releases: oldestFirst(releases) }))
      .sort((a, b) => a.line - b.line || a.column - b.column);
  };
  return {
    file: first.file,
    kernels,
    note: first.note,
    sites: merged<SiteRow>(report => report.sites, withoutReleases),
    findings: merged<LintFinding>(report => report.findings, withoutRelease)
      // A comment that one of the releases needs is needed.
      .filter(({ rule, severity, releases }) => {
        return rule !== SUPPRESSION_RULE || severity !== 'info' || releases.length === kernels.length;
      })
      .map(finding => {
        const { message, release, releases } = finding;
        // A sentence that names its release holds for all of them.
        const all = `Linux ${releaseSpan(releases, asked)}`;
        return { ...finding, message: message.replaceAll(`Linux ${release}`, all) };
      }),
    notAnalysed: merged<NotAnalysedRow>(report => report.notAnalysed, withoutReleases),
  };
}

function withoutReleases<T extends Placed>({ releases: _, ...rest }: T): Omit<T, 'releases'> {
  return rest;
}

function withoutRelease(finding: LintFinding): object {
  const { releases: _, release, message, ...rest } = finding;
  return { ...rest, message: message.replaceAll(`Linux ${release}`, 'Linux') };
}
