/** What a file does with a function of which only the name is known: calls it, gives it away as a pointer, wraps it in a macro. */

import type { Span } from './ast.js';
import { mentionsOf } from './mentions.js';
import { detailsOf } from './readSource.js';
import { punctuator, Tok, type Tokens, tokenText } from './scan.js';
import type { FunctionItem, SourceFile } from './sourceFile.js';

/** One use of a function; `span` is its name as it stands there. */
export type Use =
  | { readonly kind: 'call'; readonly span: Span; readonly function: FunctionItem }
  /** `through`: what takes the pointer, such as `.ioctl of demo_fops` or `INIT_WORK()`; `function`: null at file scope. */
  | {
      readonly kind: 'pointer';
      readonly span: Span;
      readonly function: FunctionItem | null;
      readonly through: string;
    }
  /** In the body of a macro. */
  | { readonly kind: 'macro'; readonly span: Span; readonly macro: string; readonly nameSpan: Span };

const OPEN_PARENTHESIS = 40;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const AMPERSAND = 38;
const COMMA = 44;
const DOT = 46;
const EQUALS = 61;
const OPEN: readonly number[] = [OPEN_PARENTHESIS, 91, OPEN_BRACE];
const CLOSE: readonly number[] = [41, CLOSE_BRACKET, 125];

/**
 * Every use of a function in any branch of a file, in order of position. Its definition, its prototypes, and that it is
 * exported are none. Never throws.
 */
export function usesOf(file: SourceFile, name: string): Use[] {
  if (!file.text.includes(name)) return [];
  const { tokens } = detailsOf(file);
  const uses: Use[] = macroUses(file, tokens, name);
  const named = new Set(file.functions.map(({ nameSpan }) => nameSpan.start));
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kind[i] !== Tok.identifier || tokenText(tokens, i) !== name) continue;
    const span = { start: tokens.start[i] as number, end: tokens.end[i] as number };
    if (named.has(span.start)) continue;
    const around = functionAround(file, span.start);
    const isFollowed = punctuator(tokens, i + 1) === OPEN_PARENTHESIS;
    if (isFollowed && around !== null) uses.push({ kind: 'call', span, function: around });
    if (isFollowed) continue;
    const through = takerOf(tokens, i);
    if (through !== null) uses.push({ kind: 'pointer', span, function: around, through });
  }
  return uses.sort((a, b) => a.span.start - b.span.start);
}

/** The definition whose body holds an offset. */
function functionAround(file: SourceFile, offset: number): FunctionItem | null {
  return file.functions.find(({ body }) => body.start <= offset && offset < body.end) ?? null;
}

function macroUses(file: SourceFile, tokens: Tokens, name: string): Use[] {
  const spans = mentionsOf(file.text, name);
  return tokens.directives.flatMap(({ start, end }): Use[] => {
    const define = /^#\s*define\s+(\w+)/.exec(file.text.slice(start, end));
    const [head = '', macro = ''] = define ?? [];
    if (macro === '' || macro === name) return [];
    const at = start + head.length - macro.length;
    const nameSpan = { start: at, end: at + macro.length };
    return spans
      .filter(span => start <= span.start && span.end <= end)
      .map(span => ({ kind: 'macro', span, macro, nameSpan }));
  });
}

/** What takes the function that token `at` names as a pointer; null where that is nothing to tell of. */
function takerOf(tokens: Tokens, at: number): string | null {
  const field = fieldBefore(tokens, at);
  const open = opening(tokens, at);
  if (punctuator(tokens, open) === OPEN_BRACE) {
    const variable = initialised(tokens, open);
    if (variable !== null) return field === null ? variable : `.${field} of ${variable}`;
  }
  if (field !== null) return `.${field}`;
  if (punctuator(tokens, at - 1) === EQUALS && tokens.kind[at - 2] === Tok.identifier) {
    return tokenText(tokens, at - 2);
  }
  if (punctuator(tokens, open) !== OPEN_PARENTHESIS || tokens.kind[open - 1] !== Tok.identifier) return null;
  const taker = tokenText(tokens, open - 1);
  return /^_*EXPORT_|^(?:if|while|switch|return|sizeof)$/.test(taker) ? null : `${taker}()`;
}

/** The member of `.member = name` and `->member = name`; null for anything else. */
function fieldBefore(tokens: Tokens, at: number): string | null {
  // Its address is the function too.
  const i = punctuator(tokens, at - 1) === AMPERSAND ? at - 2 : at - 1;
  if (punctuator(tokens, i) !== EQUALS || tokens.kind[i - 1] !== Tok.identifier) return null;
  const isMember = punctuator(tokens, i - 2) === DOT || tokenText(tokens, i - 2) === '->';
  return isMember ? tokenText(tokens, i - 1) : null;
}

/** The innermost bracket that is open at a token; -1 where none is. */
function opening(tokens: Tokens, at: number): number {
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    const c = punctuator(tokens, i);
    if (CLOSE.includes(c)) depth++;
    else if (OPEN.includes(c) && depth-- === 0) return i;
  }
  return -1;
}

/** The variable that the braces around a token initialise, those of an array or of a member included; null for other braces. */
function initialised(tokens: Tokens, brace: number): string | null {
  let open = brace;
  for (;;) {
    const before = punctuator(tokens, open - 1);
    if (before === EQUALS) {
      let i = open - 2;
      while (punctuator(tokens, i) === CLOSE_BRACKET) i = opening(tokens, i) - 1;
      if (tokens.kind[i] !== Tok.identifier) return null;
      if (punctuator(tokens, i - 1) !== DOT) return tokenText(tokens, i);
    } else if (before !== OPEN_BRACE && before !== COMMA) return null;
    open = opening(tokens, open);
    if (punctuator(tokens, open) !== OPEN_BRACE) return null;
  }
}
