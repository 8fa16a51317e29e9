/** The statement around an offset, as text that comments, white space and line breaks do not change. */

import { detailsOf } from './readSource.js';
import { tokenText } from './scan.js';
import type { SourceFile } from './sourceFile.js';

const ENDS: ReadonlySet<string> = new Set([';', '{', '}']);

/**
 * The tokens between the `;`, `{` or `}` before an offset and the one behind it, joined by spaces. Empty where no
 * token is there.
 */
export function statementText(file: SourceFile, offset: number): string {
  const { tokens } = detailsOf(file);
  let at = 0;
  for (let high = tokens.count; at < high; ) {
    const middle = (at + high) >> 1;
    if ((tokens.end[middle] as number) > offset) high = middle;
    else at = middle + 1;
  }
  let from = at;
  while (from > 0 && !ENDS.has(tokenText(tokens, from - 1))) from--;
  const words: string[] = [];
  for (let i = from; i < tokens.count; i++) {
    const word = tokenText(tokens, i);
    words.push(word);
    if (i >= at && ENDS.has(word)) break;
  }
  return words.join(' ');
}
