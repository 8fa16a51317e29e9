/** Reads a function's header backwards from its `{`: name, parameter list, where the header begins. */

import { ATTRIBUTE_CALLS, KEYWORDS, looksLikeAttribute, TYPE_OF } from './macroTables.js';
import { punctuator, Tok, type Tokens, tokenText } from './scan.js';

/** What the header says, in token indices. */
export interface Header {
  /** First token of the return type, attributes included. */
  readonly first: number;
  /** The token that names the function. */
  readonly name: number;
  /** The parentheses of the parameters, or of the arguments of the macro that defines the function. */
  readonly open: number;
  readonly close: number;
  /** The macro that defines the function, as a token; -1 for a plain definition. */
  readonly macro: number;
}

const OPEN = 40;
const CLOSE = 41;
const STAR = 42;
const COMMA = 44;

/**
 * @param list indices of the tokens since the last top-level `;` or `}`, in order, directly before a `{`
 * @returns null if that `{` opens no function body
 */
export function readHeader(tokens: Tokens, list: readonly number[]): Header | null {
  const word = (k: number): string => {
    const at = list[k];
    return at !== undefined && tokens.kind[at] === Tok.identifier ? tokenText(tokens, at) : '';
  };
  const mark = (k: number): number => (k < 0 || k >= list.length ? 0 : punctuator(tokens, list[k] as number));
  const opening = (close: number): number => {
    let depth = 0;
    for (let k = close; k >= 0; k--) {
      const c = mark(k);
      if (c === CLOSE) depth++;
      else if (c === OPEN && --depth === 0) return k;
    }
    return -1;
  };
  const attributeCall = (name: string): boolean => ATTRIBUTE_CALLS.has(name);

  let open = -1;
  let close = -1;
  let k = list.length - 1;
  while (k >= 0 && open < 0) {
    if (mark(k) === CLOSE) {
      const from = opening(k);
      if (from <= 0) return null;
      const before = word(from - 1);
      if (attributeCall(before)) k = from - 2;
      else if (before !== '' && (!KEYWORDS.has(before) || before === 'asm')) {
        open = from;
        close = k;
      } else if (mark(from - 1) === CLOSE) {
        // A function that returns a pointer to a function: `void (*name(int a))(int)`.
        const outer = opening(from - 1);
        if (outer < 0 || mark(outer + 1) !== STAR || mark(outer + 3) !== OPEN) return null;
        open = outer + 3;
        close = from - 2;
        if (opening(close) !== open) return null;
      } else return null;
    } else if (word(k) !== '' && !KEYWORDS.has(word(k)) && looksLikeAttribute(word(k))) k--;
    else return null;
  }
  if (open < 0) return null;

  let first = open - 1;
  let typeWords = 0;
  for (let j = open - 2; j >= 0; j--) {
    const c = mark(j);
    const text = word(j);
    if (c === STAR || (c === OPEN && mark(j + 1) === STAR && j + 2 === open - 1)) {
      typeWords++;
      first = j;
    } else if (c === CLOSE) {
      const from = opening(j);
      const before = from > 0 ? word(from - 1) : '';
      if (!attributeCall(before) && !TYPE_OF.has(before)) break;
      if (TYPE_OF.has(before)) typeWords++;
      j = from - 1;
      first = j;
    } else if (text !== '') {
      if (text === 'else' || text === 'do') return null;
      if (
        !/^(static|inline|__always_inline|extern|asmlinkage|noinline|notrace|noinstr)$/.test(text) &&
        !/^__[a-z]+$/.test(text)
      ) {
        typeWords++;
      }
      first = j;
    } else break;
  }
  const at = (index: number): number => list[index] as number;
  const argument = word(open + 1);
  const behind = mark(open + 2);
  const isMacro =
    typeWords === 0 && argument !== '' && !KEYWORDS.has(argument) && (behind === COMMA || behind === CLOSE);
  return {
    first: at(first),
    name: isMacro ? at(open + 1) : at(open - 1),
    open: at(open),
    close: at(close),
    macro: isMacro ? at(open - 1) : -1,
  };
}
