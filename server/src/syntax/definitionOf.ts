/** Whether a file says itself what a name is, and for whom. */

import { mentionsOf } from './mentions.js';
import { CLOSE_BRACE, OPEN_BRACE, OPEN_PARENTHESIS, SEMICOLON } from './punctuators.js';
import { detailsOf } from './readSource.js';
import { punctuator, tokenText } from './scan.js';
import type { FunctionItem, SourceFile } from './sourceFile.js';

/** What a declaration begins behind. */
const DECLARATION_ENDS: readonly number[] = [SEMICOLON, OPEN_BRACE, CLOSE_BRACE];

/** `static`: a function for this file (of a header: for those that include it) alone; `extern`: for others too. */
export type Definition = 'static' | 'extern' | 'macro';

/** Whether a function is for its own file alone. */
export function isStatic(file: SourceFile, { start, nameSpan }: FunctionItem): boolean {
  return /\bstatic\b/.test(file.text.slice(start, nameSpan.start));
}

/**
 * How a file defines a name; null: it does not. A macro that stands for what has its name does not either, nor what stands in
 * for a function of another file that the configuration leaves out.
 */
export function definitionOf(file: SourceFile, name: string): Definition | null {
  if (!file.text.includes(name)) return null;
  const functions = file.functions.filter(item => item.name === name && item.macro === null);
  if (functions.some(item => !isStatic(file, item))) return 'extern';
  if (functions.length > 0) return declaresForOthers(file, name) ? null : 'static';
  const macro = new RegExp(`^#\\s*define\\s+${name}\\b`);
  const spans = mentionsOf(file.text, name);
  const isMacro = detailsOf(file).tokens.directives.some(({ start, end }) => {
    if (!macro.test(file.text.slice(start, end))) return false;
    return spans.filter(span => start <= span.start && span.end <= end).length === 1;
  });
  return isMacro ? 'macro' : null;
}

/** Whether the file declares a function at file scope that is not static. */
function declaresForOthers(file: SourceFile, name: string): boolean {
  const { tokens } = detailsOf(file);
  for (let i = 0; i < tokens.count; i++) {
    if (punctuator(tokens, i + 1) !== OPEN_PARENTHESIS || tokenText(tokens, i) !== name) continue;
    const at = tokens.start[i] as number;
    if (file.functions.some(({ start, body }) => start <= at && at < body.end)) continue;
    let first = i;
    while (first > 0 && !DECLARATION_ENDS.includes(punctuator(tokens, first - 1))) first--;
    const head = file.text.slice(tokens.start[first] as number, at);
    if (!/\bstatic\b/.test(head)) return true;
  }
  return false;
}

/** What the file includes, as written between the quotes or brackets, in order; in every branch. */
export function includesOf(file: SourceFile): string[] {
  return detailsOf(file).tokens.directives.flatMap(({ start, end }) => {
    const [, path] = /^#\s*include\s*["<]([^">]+)[">]/.exec(file.text.slice(start, end)) ?? [];
    return path === undefined ? [] : [path];
  });
}
