/**
 * The token scan: one pass over the text, no tree. Comments and white space vanish, a preprocessor directive
 * (with its continuation lines) becomes one entry of `directives`, everything else becomes a token.
 */

/** What a token is. Keywords are identifiers here; a prefix (`L"…"`) belongs to its string. */
export const Tok = { identifier: 1, number: 2, string: 3, char: 4, punctuator: 5 } as const;

/** The directives that choose between branches; all others are `other`. */
export type DirectiveKind = 'if' | 'elif' | 'else' | 'endif' | 'other';

export interface Directive {
  readonly kind: DirectiveKind;
  /** As written, without `#` and the keyword's operator: `#ifdef X` has `defined(X)`-like text `ifdef X`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Index of the first token behind the directive. */
  readonly at: number;
}

/** Tokens as parallel arrays; entries from `count` on are unused. Offsets are UTF-16 units of `text`. */
export interface Tokens {
  readonly text: string;
  readonly count: number;
  readonly kind: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly directives: readonly Directive[];
  /** Comments, strings or directives that the end of the file cuts off. */
  readonly unterminated: readonly { readonly start: number; readonly what: string }[];
}

/** Bit 1: starts an identifier; bit 2: goes on in one; bit 4: digit; bit 8: white space. */
const CLASS = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c === 36;
  const digit = c >= 48 && c <= 57;
  CLASS[c] = (letter ? 3 : 0) | (digit ? 6 : 0) | (c === 32 || (c >= 9 && c <= 13) ? 8 : 0);
}

const classOf = (c: number): number => (c < 128 ? (CLASS[c] as number) : c === 0xfeff || c === 0xa0 ? 8 : 3);

/** Length of the operator that starts with `c`; `c1` and `c2` are the units behind it. */
function operatorLength(c: number, c1: number, c2: number): number {
  switch (c) {
    case 45: // - -- -= ->
      return c1 === 45 || c1 === 61 || c1 === 62 ? 2 : 1;
    case 43: // + ++ +=
      return c1 === 43 || c1 === 61 ? 2 : 1;
    case 38: // & && &=
      return c1 === 38 || c1 === 61 ? 2 : 1;
    case 124: // | || |=
      return c1 === 124 || c1 === 61 ? 2 : 1;
    case 60: // < << <= <<=
    case 62:
      return c1 === c ? (c2 === 61 ? 3 : 2) : c1 === 61 ? 2 : 1;
    case 61: // = ==
    case 33:
    case 42:
    case 47:
    case 37:
    case 94:
      return c1 === 61 ? 2 : 1;
    case 46: // . ...
      return c1 === 46 && c2 === 46 ? 3 : 1;
    case 35: // # ##
      return c1 === 35 ? 2 : 1;
    default:
      return 1;
  }
}

function directiveKind(word: string): DirectiveKind {
  switch (word) {
    case 'if':
    case 'ifdef':
    case 'ifndef':
      return 'if';
    case 'elif':
    case 'elifdef':
    case 'elifndef':
      return 'elif';
    case 'else':
      return 'else';
    case 'endif':
      return 'endif';
    default:
      return 'other';
  }
}

/** Offset behind a comment that starts at `i` (`/*` or `//`); the text's length if it does not end. */
export function skipComment(text: string, i: number): number {
  if (text.charCodeAt(i + 1) === 42) {
    const end = text.indexOf('*/', i + 2);
    return end < 0 ? text.length : end + 2;
  }
  let end = text.indexOf('\n', i);
  while (end > 0 && /\\\r?$/.test(text.slice(Math.max(i, end - 2), end))) end = text.indexOf('\n', end + 1);
  return end < 0 ? text.length : end;
}

/** Offset behind a string or character constant whose quote is at `i`; a line end closes a broken one. */
function skipQuoted(text: string, i: number): number {
  const quote = text.charCodeAt(i);
  let j = i + 1;
  for (; j < text.length; j++) {
    const c = text.charCodeAt(j);
    if (c === quote) return j + 1;
    if (c === 92) {
      if (text.charCodeAt(j + 1) === 13 && text.charCodeAt(j + 2) === 10) j++;
      j++;
    } else if (c === 10) return j;
  }
  return Math.min(j, text.length);
}

/** Offset of the end of the directive's last line; `unterminated` if a comment in it runs to the end of the file. */
function directiveEnd(text: string, from: number): number {
  let i = from;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === 10) return i;
    if (c === 92) {
      i += text.charCodeAt(i + 1) === 13 && text.charCodeAt(i + 2) === 10 ? 3 : 2;
    } else if (c === 47 && (text.charCodeAt(i + 1) === 42 || text.charCodeAt(i + 1) === 47)) {
      i = skipComment(text, i);
    } else if (c === 34) i = skipQuoted(text, i);
    else i++;
  }
  return text.length;
}

/** The words of a directive: comments dropped, continuations joined, white space folded. */
function directiveText(raw: string): string {
  // Most are in one line, without a comment and with single blanks.
  if (!/[\\/]|[^\S ]| {2}/.test(raw)) return raw.trim();
  return raw
    .replace(/\\\r?\n/g, ' ')
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Scans a whole file. Never throws; what is cut off by the end of the file is listed in `unterminated`. */
export function scan(text: string): Tokens {
  const length = text.length;
  let capacity = (length >> 2) + 16;
  let kind = new Uint8Array(capacity);
  let start = new Int32Array(capacity);
  let end = new Int32Array(capacity);
  const directives: Directive[] = [];
  const unterminated: { start: number; what: string }[] = [];
  let count = 0;
  let lineStart = true;
  let i = 0;
  while (i < length) {
    const c = text.charCodeAt(i);
    const cls = c < 128 ? (CLASS[c] as number) : classOf(c);
    if (cls === 8) {
      if (c === 10) lineStart = true;
      i++;
      continue;
    }
    if (c === 47) {
      const next = text.charCodeAt(i + 1);
      if (next === 42 || next === 47) {
        const behind = skipComment(text, i);
        if (next === 42 && behind === length && !text.endsWith('*/')) {
          unterminated.push({ start: i, what: 'comment' });
        }
        i = behind;
        continue;
      }
    }
    if (c === 35 && lineStart) {
      const behind = directiveEnd(text, i);
      const words = directiveText(text.slice(i + 1, behind));
      const word = /^[a-z]*/.exec(words)?.[0] ?? '';
      directives.push({ kind: directiveKind(word), text: words, start: i, end: behind, at: count });
      i = behind;
      continue;
    }
    if (c === 92 || c === 0) {
      // A continued line outside a directive, or a stray unit: white space to us.
      i++;
      continue;
    }
    lineStart = false;
    let type: number = Tok.punctuator;
    let j = i + 1;
    if ((cls & 1) !== 0) {
      for (; j < length; j++) {
        const d = text.charCodeAt(j);
        // Without a call for each character: most of a file is names.
        if (((d < 128 ? (CLASS[d] as number) : classOf(d)) & 2) === 0) break;
      }
      type = Tok.identifier;
      const q = text.charCodeAt(j);
      if ((q === 34 || q === 39) && j - i <= 2 && /^(L|u|U|u8)$/.test(text.slice(i, j))) {
        j = skipQuoted(text, j);
        type = q === 34 ? Tok.string : Tok.char;
      }
    } else if ((cls & 4) !== 0 || (c === 46 && (classOf(text.charCodeAt(j)) & 4) !== 0 && j < length)) {
      type = Tok.number;
      while (j < length) {
        const d = text.charCodeAt(j);
        if ((classOf(d) & 2) !== 0 || d === 46) j++;
        else if (
          (d === 43 || d === 45) &&
          /[eEpP]/.test(text[j - 1] as string) &&
          !/^0[xX]/.test(text.slice(i, i + 2))
        )
          j++;
        else break;
      }
    } else if (c === 34 || c === 39) {
      j = skipQuoted(text, i);
      type = c === 34 ? Tok.string : Tok.char;
    } else {
      j = i + operatorLength(c, text.charCodeAt(i + 1), text.charCodeAt(i + 2));
    }
    if (count === capacity) {
      capacity *= 2;
      const grow = <T extends Uint8Array | Int32Array>(old: T, fresh: T): T => {
        fresh.set(old);
        return fresh;
      };
      kind = grow(kind, new Uint8Array(capacity));
      start = grow(start, new Int32Array(capacity));
      end = grow(end, new Int32Array(capacity));
    }
    kind[count] = type;
    start[count] = i;
    end[count] = j;
    count++;
    i = j;
  }
  return { text, count, kind, start, end, directives, unterminated };
}

/** The text of token `i`. */
export function tokenText(tokens: Tokens, i: number): string {
  return tokens.text.slice(tokens.start[i] as number, tokens.end[i] as number);
}

/** The single UTF-16 unit of a one-unit punctuator, 0 for everything else (also behind the last token). */
export function punctuator(tokens: Tokens, i: number): number {
  if (i < 0 || i >= tokens.count || tokens.kind[i] !== Tok.punctuator) return 0;
  const at = tokens.start[i] as number;
  return (tokens.end[i] as number) - at === 1 ? tokens.text.charCodeAt(at) : 0;
}
