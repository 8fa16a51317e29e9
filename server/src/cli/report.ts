/** What a scan says of one file, as plain data that can cross threads. Lines and columns count from 1. */

import type { NotAnalysed } from '../analysis/index.js';
import type { Diagnostic, KernelChoice } from '../ide/index.js';
import type { LineIndex } from '../syntax/index.js';
import type { SiteRow } from './siteRow.js';

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface LintFinding extends Place {
  readonly file: string;
  /** The function it is in; null outside functions. */
  readonly function: string | null;
  /** The text of the statement it is in, whatever its white space; what a finding is known by, see findingKey.ts. */
  readonly statement: string;
  readonly rule: string;
  readonly severity: Diagnostic['severity'];
  readonly confidence: Diagnostic['confidence'];
  readonly message: string;
  readonly why: string;
  readonly remedy: string;
  readonly release: string;
  /** The releases it holds for, oldest first; only there as in {@link SiteRow}. */
  readonly releases?: readonly string[];
  readonly related: readonly (Place & { readonly message: string })[];
  readonly fix: {
    readonly title: string;
    readonly edits: readonly (Place & { readonly newText: string })[];
  } | null;
  /** The line of source it is on, without its line end. */
  readonly sourceLine: string;
  /** The comment that silences it, and why; null: it is to be shown. */
  readonly suppression: (Place & { readonly reason: string }) | null;
}

export interface NotAnalysedRow extends Place {
  readonly file: string;
  readonly function: string | null;
  readonly reason: string;
  /** As in {@link SiteRow}. */
  readonly releases?: readonly string[];
}

export interface FileReport {
  /** The name to report. */
  readonly file: string;
  /** What it was read for; more than one if so asked. */
  readonly kernels: readonly KernelChoice[];
  /** Something to know about the reading, e.g. that the file was read as Latin-1; null: nothing. */
  readonly note: string | null;
  readonly sites: readonly SiteRow[];
  /** In order of position, with what comments silence. */
  readonly findings: readonly LintFinding[];
  readonly notAnalysed: readonly NotAnalysedRow[];
}

function place(lines: LineIndex, span: { readonly start: number; readonly end: number }): Place {
  const start = lines.positionAt(span.start);
  const end = lines.positionAt(span.end);
  return {
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
}

/** A diagnostic of a file as a finding to report. `text` is that of the file. */
export function lintFinding(
  file: string,
  text: string,
  lines: LineIndex,
  diagnostic: Diagnostic,
  enclosing: Pick<LintFinding, 'function' | 'statement'>,
): LintFinding {
  const at = place(lines, diagnostic.span);
  const lineStart = lines.offsetAt({ line: at.line - 1, character: 0 });
  return {
    file,
    ...enclosing,
    ...at,
    rule: diagnostic.rule,
    severity: diagnostic.severity,
    confidence: diagnostic.confidence,
    message: diagnostic.message,
    why: diagnostic.why,
    remedy: diagnostic.remedy,
    release: diagnostic.release,
    related: diagnostic.related.map(({ span, message }) => ({ ...place(lines, span), message })),
    fix:
      diagnostic.fix === null
        ? null
        : {
            title: diagnostic.fix.title,
            edits: diagnostic.fix.edits.map(({ span, newText }) => ({ ...place(lines, span), newText })),
          },
    suppression:
      diagnostic.suppression === null
        ? null
        : { ...place(lines, diagnostic.suppression.span), reason: diagnostic.suppression.reason },
    sourceLine: /^[^\r\n]*/.exec(text.slice(lineStart, lineStart + 400))?.[0] ?? '',
  };
}

/** A function that could not be analysed as a row to report. */
export function notAnalysedRow(file: string, lines: LineIndex, item: NotAnalysed): NotAnalysedRow {
  return { file, ...place(lines, item.span), function: item.function, reason: item.reason };
}
