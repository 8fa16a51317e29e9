/** `lint --format sarif`: SARIF 2.1.0, for code scanning services and viewers. */

import type { Location, Log, Notification, Region, ReportingDescriptor, Result } from 'sarif';
import { RULES } from '../rules/index.js';
import type { LintReport } from './lintReport.js';
import type { LintFinding, Place } from './report.js';

const LEVEL = { error: 'error', warning: 'warning', info: 'note' } as const;

/** Paths in the log are relative to the directory the command ran in, which viewers bind to this name. */
const BASE = '%SRCROOT%';

/** The report as a SARIF log, ending in a line end. */
export function lintSarif(report: LintReport): string {
  const rules = RULES.map((rule): ReportingDescriptor => {
    return {
      id: rule.id,
      shortDescription: { text: rule.summary },
      fullDescription: { text: rule.why },
      help: { text: rule.remedy },
      defaultConfiguration: { level: LEVEL[rule.severity] },
    };
  });
  const notifications = [
    ...report.notAnalysed.map((item): Notification => {
      return {
        level: 'warning',
        message: { text: `${item.function ?? 'code outside functions'} was not analysed: ${item.reason}` },
        locations: [location(item.file, item)],
      };
    }),
    ...report.problems.map(({ path, reason }): Notification => {
      return { level: 'error', message: { text: `${path}: ${reason}` } };
    }),
    ...report.notes.map((note): Notification => ({ level: 'note', message: { text: note } })),
  ];
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'GUP Lens', version: report.version, rules } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.problems.length === 0,
            toolExecutionNotifications: notifications,
          },
        ],
        results: results(report.findings),
        properties: { kernels: report.kernels, summary: report.summary },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function results(findings: readonly LintFinding[]): Result[] {
  const seen = new Map<string, number>();
  return findings.map((finding): Result => {
    // The same finding after lines were added above it: rule, file and the code of its line, not the line number.
    const key = `${finding.rule}:${finding.file}:${finding.sourceLine.trim()}`;
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    const ruleIndex = RULES.findIndex(rule => rule.id === finding.rule);
    return {
      ruleId: finding.rule,
      ...(ruleIndex < 0 ? {} : { ruleIndex }),
      level: LEVEL[finding.severity],
      message: { text: finding.message },
      locations: [location(finding.file, finding)],
      ...(finding.related.length === 0
        ? {}
        : {
            relatedLocations: finding.related.map((related, index) => {
              return {
                id: index + 1,
                ...location(finding.file, related),
                message: { text: related.message },
              };
            }),
          }),
      partialFingerprints: { 'gupLensLine/v1': `${hash(key)}:${nth}` },
      ...(finding.fix === null ? {} : { fixes: [fixOf(finding, finding.fix)] }),
      properties: {
        confidence: finding.confidence,
        release: finding.release,
        ...(finding.releases === undefined ? {} : { releases: finding.releases }),
      },
    };
  });
}

function fixOf(
  finding: LintFinding,
  fix: NonNullable<LintFinding['fix']>,
): NonNullable<Result['fixes']>[number] {
  return {
    description: { text: fix.title },
    artifactChanges: [
      {
        artifactLocation: artifact(finding.file),
        replacements: fix.edits.map(edit => {
          return { deletedRegion: region(edit), insertedContent: { text: edit.newText } };
        }),
      },
    ],
  };
}

function location(file: string, place: Place): Location {
  return { physicalLocation: { artifactLocation: artifact(file), region: region(place) } };
}

function artifact(file: string): { uri: string; uriBaseId?: string } {
  const uri = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? { uri: `file://${uri}` } : { uri, uriBaseId: BASE };
}

function region(place: Place): Region {
  return {
    startLine: place.line,
    startColumn: place.column,
    endLine: place.endLine,
    endColumn: place.endColumn,
  };
}

/** FNV-1a, 32 bits: a fingerprint only has to be the same tomorrow. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value.toString(16).padStart(8, '0');
}
