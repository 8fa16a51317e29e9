/** `lint --format sarif`: SARIF 2.1.0, for code scanning services and viewers. */

import type { Location, Log, Notification, Region, ReportingDescriptor, Result } from 'sarif';
import { RULES, type Rule } from '../rules/index.js';
import { findingKeys } from './findingKey.js';
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
      help: { text: rule.remedy, markdown: prose(rule) },
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
        results: resultsOf(report),
        properties: { kernels: report.kernels, summary: report.summary },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** All findings, those included that are not shown: a viewer hides what is suppressed or known. */
function resultsOf({ findings, suppressed, known }: LintReport): Result[] {
  const all = [...findings, ...suppressed, ...(known ?? [])];
  const keys = findingKeys(all);
  const isKnown = new Set(known);
  return all.map((finding): Result => {
    const { suppression } = finding;
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
      partialFingerprints: { 'gupLensContext/v1': keys.get(finding) ?? '' },
      ...(known === null ? {} : { baselineState: isKnown.has(finding) ? 'unchanged' : 'new' }),
      ...(suppression === null
        ? {}
        : {
            suppressions: [
              {
                kind: 'inSource',
                status: 'accepted',
                justification: suppression.reason,
                location: location(finding.file, suppression),
              },
            ],
          }),
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

/** A rule's page, as far as a viewer has room for it. */
function prose({ why, remedy, examples }: Rule): string {
  const [example] = examples;
  const code = (title: string, text: string): string => `${title}\n\n\`\`\`c\n${text.trimEnd()}\n\`\`\``;
  const shown = example === undefined ? [] : [code('Reported:', example.bad), code('Right:', example.good)];
  return [why, remedy, ...shown].join('\n\n');
}
