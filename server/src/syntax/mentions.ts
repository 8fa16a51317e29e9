/** Where a C text names something, and where it defines a constant: by tokens, whatever branches are read. */

import type { Span } from './ast.js';
import { CLOSE_BRACE, COMMA, EQUALS, OPEN_BRACE } from './punctuators.js';
import { type Directive, punctuator, scan, skipComment, Tok, type Tokens, tokenText } from './scan.js';

/** Every place in the code of a text that names an identifier, directives included, comments and literals not; in order. */
export function mentionsOf(text: string, name: string): Span[] {
  // Many texts are asked, few have it.
  return text.includes(name) ? mentionsOfAny(text, new Set([name])) : [];
}

/** The same for several identifiers. */
export function mentionsOfAny(text: string, names: ReadonlySet<string>): Span[] {
  const tokens = scan(text);
  const found = tokens.directives.flatMap(directive => namesIn(text, directive, names));
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kind[i] === Tok.identifier && names.has(tokenText(tokens, i))) found.push(spanAt(tokens, i));
  }
  return found.sort((a, b) => a.start - b.start);
}

/**
 * The names that `#define` and enumerators of a text give to a constant, in order: several where conditions choose
 * between them. A macro with parameters is none.
 */
export function constantDefinitions(text: string, name: string): Span[] {
  if (!text.includes(name)) return [];
  const tokens = scan(text);
  const macro = new RegExp(`^#\\s*define\\s+${name}(?![\\w(])`);
  const found = tokens.directives
    .filter(({ start, end }) => macro.test(text.slice(start, end)))
    .flatMap(directive => namesIn(text, directive, new Set([name])).slice(0, 1));
  for (let i = 0; i < tokens.count; i++) {
    if (isName(tokens, i, name) && isEnumerator(tokens, i)) found.push(spanAt(tokens, i));
  }
  return found.sort((a, b) => a.start - b.start);
}

function isName(tokens: Tokens, i: number, name: string): boolean {
  const length = (tokens.end[i] as number) - (tokens.start[i] as number);
  return tokens.kind[i] === Tok.identifier && length === name.length && tokenText(tokens, i) === name;
}

function spanAt(tokens: Tokens, i: number): Span {
  return { start: tokens.start[i] as number, end: tokens.end[i] as number };
}

function namesIn(text: string, { start, end }: Directive, names: ReadonlySet<string>): Span[] {
  const found: Span[] = [];
  // The scan drops what is in a directive: comments are stepped over here.
  for (let at = start; at < end; at++) {
    if (text[at] === '/' && (text[at + 1] === '*' || text[at + 1] === '/')) at = skipComment(text, at) - 1;
    else if (text[at] === '"') at = behindString(text, at, end) - 1;
    else if (/\w/.test(text.charAt(at))) {
      const word = /^\w+/.exec(text.slice(at, end))?.[0] ?? '';
      if (names.has(word)) found.push({ start: at, end: at + word.length });
      at += word.length - 1;
    }
  }
  return found;
}

function behindString(text: string, from: number, end: number): number {
  let at = from + 1;
  while (at < end && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Whether a name is one of the list of an `enum`: begun by a brace or comma, and not merely part of a value. */
function isEnumerator(tokens: Tokens, at: number): boolean {
  const behind = punctuator(tokens, at + 1);
  if (behind !== EQUALS && behind !== COMMA && behind !== CLOSE_BRACE) return false;
  const before = punctuator(tokens, at - 1);
  if (before !== OPEN_BRACE && before !== COMMA) return false;
  let open = at - 1;
  for (; open >= 0 && punctuator(tokens, open) !== OPEN_BRACE; open--) {
    if (punctuator(tokens, open) === CLOSE_BRACE) return false;
  }
  // `enum {` or `enum name {`; an attribute may stand between.
  for (let i = open - 1; i >= 0 && tokens.kind[i] === Tok.identifier; i--) {
    if (tokenText(tokens, i) === 'enum') return true;
  }
  return false;
}
