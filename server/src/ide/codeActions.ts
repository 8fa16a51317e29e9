/** What can be done about a finding: its fix, a comment that silences it, its explanation. */

import { SUPPRESSION_RULE, type TextEdit } from '../rules/index.js';
import type { Position } from '../syntax/index.js';
import type { AnalysedFile } from './analysedFile.js';
import { isCode } from './codePosition.js';
import type { CodeAction, Diagnostic } from './types.js';

/** The actions for one finding of a file, the most helpful first. Never empty: every finding can be explained. */
export function codeActionsOf(file: AnalysedFile, diagnostic: Diagnostic): CodeAction[] {
  const { fix, rule } = diagnostic;
  const comment = suppressingComment(file, diagnostic);
  return [
    ...(fix === null ? [] : [{ kind: 'fix', title: fix.title, diagnostic, edits: fix.edits } as const]),
    ...(comment === null ? [] : [{ kind: 'suppress', diagnostic, ...comment } as const]),
    { kind: 'explain', title: `Explain ${rule}`, diagnostic },
  ];
}

/**
 * The comment on a line of its own that silences a finding, still without a reason: it silences nothing until its author
 * gives one, and the rule for such comments says so. Nobody's judgement is made by a click.
 *
 * @returns null where no comment can stand, and for what is said of such comments themselves
 */
function suppressingComment(
  file: AnalysedFile,
  { rule, span }: Diagnostic,
): { readonly title: string; readonly edits: readonly TextEdit[]; readonly reason: Position } | null {
  if (rule === SUPPRESSION_RULE) return null;
  const { source, input } = file;
  const lineStart = (offset: number): number =>
    source.lines.offsetAt({ line: source.lines.positionAt(offset).line, character: 0 });
  const indentAt = (offset: number): string =>
    /^[ \t]*/.exec(input.text.slice(offset, offset + 200))?.[0] ?? '';
  const own = lineStart(span.start);
  const first = own + indentAt(own).length;
  // In front of a function a comment speaks of all of it: docs/lint.md.
  const fn = source.functions.find(item => item.start <= first && first < item.body.start);
  const at = fn === undefined ? own : lineStart(fn.start);
  const before = input.text.slice(0, at);
  if (/\\\r?\n$/.test(before) || !isCode(input.text, at)) return null;
  const indent = indentAt(at);
  const head = `${indent}/* gup-lens: ignore ${rule} -- `;
  const end = /\r\n/.test(input.text) ? '\r\n' : '\n';
  return {
    title:
      fn === undefined
        ? `Suppress ${rule} here with a reason`
        : `Suppress ${rule} in ${fn.name}() with a reason`,
    edits: [{ span: { start: at, end: at }, newText: `${head} */${end}` }],
    reason: { line: source.lines.positionAt(at).line, character: head.length },
  };
}
