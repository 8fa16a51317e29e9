/** The tokens of one function body in one reading of its `#if` branches, with their brackets matched. */

import { Tok, type Tokens } from './scan.js';

/** Parallel arrays over the kept tokens of a body, `{` and `}` included. */
export interface BodyTokens {
  readonly count: number;
  readonly text: readonly string[];
  readonly kind: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Index of the partner of a bracket; -1 for everything else and for a bracket without one. */
  readonly match: Int32Array;
  /** The file's text, for white space between tokens. */
  readonly file: string;
}

/**
 * @param keep one byte a token of the file from `from` to `to` (both included): 1 = in this reading
 */
export function bodyTokens(
  tokens: Tokens,
  from: number,
  to: number,
  keep: (token: number) => boolean,
): BodyTokens {
  const size = Math.max(0, to - from + 1);
  const text: string[] = [];
  const kind = new Uint8Array(size);
  const start = new Int32Array(size);
  const end = new Int32Array(size);
  const match = new Int32Array(size).fill(-1);
  const stack: number[] = [];
  let count = 0;
  for (let i = from; i <= to; i++) {
    if (!keep(i)) continue;
    const k = tokens.kind[i] as number;
    const s = tokens.start[i] as number;
    const e = tokens.end[i] as number;
    kind[count] = k;
    start[count] = s;
    end[count] = e;
    const word = tokens.text.slice(s, e);
    text.push(word);
    if (k === Tok.punctuator && e - s === 1) {
      if (word === '(' || word === '[' || word === '{') stack.push(count);
      else if (word === ')' || word === ']' || word === '}') {
        const want = word === ')' ? '(' : word === ']' ? '[' : '{';
        const top = stack.at(-1);
        if (top !== undefined && text[top] === want) {
          stack.pop();
          match[top] = count;
          match[count] = top;
        } else if (word === '}') {
          // A stray parenthesis must not swallow the rest of the block.
          let depth = stack.length - 1;
          while (depth >= 0 && text[stack[depth] as number] !== '{') depth--;
          if (depth >= 0) {
            match[stack[depth] as number] = count;
            match[count] = stack[depth] as number;
            stack.length = depth;
          }
        }
      }
    }
    count++;
  }
  return { count, text, kind, start, end, match, file: tokens.text };
}
