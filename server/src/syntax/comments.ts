/** Comments that hold a word, and the code they stand beside. */

import { detailsOf } from './readSource.js';
import { skipComment } from './scan.js';
import type { SourceFile } from './sourceFile.js';

/** A comment of a file. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  /** With its delimiters, as written. */
  readonly text: string;
  /** End of the last token before it; null: there is none. Directives are no tokens. */
  readonly tokenBefore: number | null;
  /** Start of the first token behind it; null: there is none. */
  readonly tokenBehind: number | null;
}

/** The comments in which a text stands, in order; those inside directives are left out. */
export function commentsWith(file: SourceFile, needle: string): Comment[] {
  const { text } = file;
  const found: Comment[] = [];
  let at = text.indexOf(needle);
  if (at < 0) return found;
  const { tokens } = detailsOf(file);
  while (at >= 0) {
    const next = firstBehind(tokens.start, tokens.count, at);
    const before = next === 0 ? null : (tokens.end[next - 1] as number);
    const behind = next === tokens.count ? null : (tokens.start[next] as number);
    const comment = before !== null && before > at ? null : commentAt(file, before ?? 0, at);
    if (comment !== null) {
      found.push({
        ...comment,
        text: text.slice(comment.start, comment.end),
        tokenBefore: before,
        tokenBehind: behind,
      });
    }
    at = text.indexOf(needle, comment?.end ?? at + needle.length);
  }
  return found;
}

/** Index of the first of `count` sorted offsets that is greater than one. */
function firstBehind(offsets: Int32Array, count: number, offset: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The comment around an offset, where nothing but comments, white space and directives is from `from` on. */
function commentAt(
  file: SourceFile,
  from: number,
  offset: number,
): { readonly start: number; readonly end: number } | null {
  const { text } = file;
  const { directives } = detailsOf(file).tokens;
  let at = from;
  while (at <= offset) {
    const directive = text[at] === '#' ? directives.find(({ start }) => start === at) : undefined;
    if (directive !== undefined) at = directive.end;
    else if (text[at] === '/' && (text[at + 1] === '*' || text[at + 1] === '/')) {
      const end = skipComment(text, at);
      if (offset < end) return { start: at, end };
      at = end;
    } else at++;
  }
  return null;
}
