/** The name of ours that a place in a file holds. */

import { SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import type { Span } from '../syntax/ast.js';
import type { AnalysedFile } from './analysedFile.js';
import { isCode } from './codePosition.js';

const FLAG = /^(?:FOLL|FAULT_FLAG|VM_FAULT)_[A-Z0-9_]+$/;
const WORD = /[A-Za-z0-9_]/;

/** A flag, or a function of the family. */
export interface KnownName {
  readonly name: string;
  readonly span: Span;
  readonly kind: 'flag' | 'function';
}

/** The flag or the function of the family at an offset of the code; null for every other word, and in comments. */
export function nameAt(file: AnalysedFile, offset: number): KnownName | null {
  const span = wordAt(file.input.text, offset);
  if (span === null) return null;
  const name = file.textOf(span);
  const kind = isFlagName(name) ? 'flag' : SITE_FUNCTIONS.has(name) ? 'function' : null;
  return kind === null || !isCode(file.input.text, span.start) ? null : { name, span, kind };
}

/** Whether a word is written as the flags of the kernel's fault path are. */
export function isFlagName(word: string): boolean {
  return FLAG.test(word);
}

/** The word around an offset, or directly before it; null where there is none. */
export function wordAt(text: string, offset: number): Span | null {
  let start = offset;
  let end = offset;
  while (start > 0 && WORD.test(text.charAt(start - 1))) start--;
  while (end < text.length && WORD.test(text.charAt(end))) end++;
  return start === end ? null : { start, end };
}
