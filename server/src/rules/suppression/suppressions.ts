/**
 * Findings that the author of the code answers for, by a comment with a reason:
 *
 *     put_page(page); // gup-lens: ignore gup-pin-put-mismatch -- the driver turned the pin into a reference
 *
 * Beside code it speaks of its line, alone of the next line of code, and alone in front of a function of the whole
 * function. Several rules are joined by commas.
 */

import type { Span } from '../../syntax/ast.js';
import { type Comment, commentsWith, type SourceFile } from '../../syntax/index.js';

const MARK = 'gup-lens:';

/** What a comment silences. */
export interface Suppression {
  /** The comment. */
  readonly span: Span;
  readonly rules: readonly string[];
  /** Why the finding is not one, as its author says; empty: nothing is said, and nothing is silenced. */
  readonly reason: string;
  /** What of the file it speaks of. */
  readonly scope: Span;
}

/** A comment that was meant to silence something and does not. */
export interface SuppressionProblem {
  readonly span: Span;
  readonly message: string;
}

/** What the comments of a file silence, in order of position. */
export function suppressionsOf(file: SourceFile): {
  readonly suppressions: readonly Suppression[];
  readonly problems: readonly SuppressionProblem[];
} {
  const suppressions: Suppression[] = [];
  const problems: SuppressionProblem[] = [];
  for (const comment of commentsWith(file, MARK)) {
    const said = wordsOf(comment.text);
    if (said === null) continue;
    const span = { start: comment.start, end: comment.end };
    const match = /^ignore\s+([a-z][\w-]*(?:\s*,\s*[a-z][\w-]*)*)(?:\s+--(?:\s+(.*))?)?$/s.exec(said);
    if (match === null) {
      const form = 'write "gup-lens: ignore RULE -- why it is right here"';
      problems.push({ span, message: `this comment silences nothing: ${form}` });
      continue;
    }
    const rules = (match[1] ?? '').split(',').map(rule => rule.trim());
    const reason = (match[2] ?? '').trim();
    const scope = scopeOf(comment, file);
    if (reason === '') {
      const message = `this comment silences nothing: it gives no reason; write "ignore ${rules.join(', ')} -- why it is right here"`;
      problems.push({ span, message });
    } else if (scope === null) {
      problems.push({ span, message: 'this comment silences nothing: there is no code behind it' });
    } else suppressions.push({ span, rules, reason, scope });
  }
  return { suppressions, problems };
}

/** What follows the mark in a comment, on one line; null where the mark only stands inside other prose. */
function wordsOf(comment: string): string | null {
  const inside = comment
    .replace(/^\/[*/]+/, '')
    .replace(/\*+\/$/, '')
    .replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ')
    .trim();
  return inside.startsWith(MARK) ? inside.slice(MARK.length).trim() : null;
}

function scopeOf({ start, tokenBefore, tokenBehind }: Comment, file: SourceFile): Span | null {
  const { lines } = file;
  const lineOf = (offset: number): number => lines.positionAt(offset).line;
  const spanOfLine = (line: number): Span => ({
    start: lines.offsetAt({ line, character: 0 }),
    end: lines.offsetAt({ line: line + 1, character: 0 }),
  });
  const line = lineOf(start);
  if (tokenBefore !== null && lineOf(tokenBefore) === line) return spanOfLine(line);
  if (tokenBehind === null) return null;
  const fn = file.functions.find(
    item => item.start <= tokenBehind && tokenBehind < item.body.start && start < item.body.start,
  );
  return fn === undefined ? spanOfLine(lineOf(tokenBehind)) : { start: fn.start, end: fn.end };
}

/** The suppression that speaks of a finding; null: there is none. */
export function suppressionOf(
  finding: { readonly span: Span; readonly rule: string },
  suppressions: readonly Suppression[],
): Suppression | null {
  const { start } = finding.span;
  return (
    suppressions.find(
      ({ rules, scope }) => rules.includes(finding.rule) && scope.start <= start && start < scope.end,
    ) ?? null
  );
}
