/** What a file does with a function of which only the name is known: calls it, gives it away as a pointer, wraps it in a macro. */

import type { Span } from './ast.js';
import { mentionsOf } from './mentions.js';
import { openingOf, takerOf } from './pointerTaker.js';
import {
  CLOSE_PARENTHESIS,
  COMMA,
  DOT,
  EQUALS,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PARENTHESIS,
  SEMICOLON,
  STAR,
} from './punctuators.js';
import { detailsOf } from './readSource.js';
import { punctuator, Tok, type Tokens, tokenText } from './scan.js';
import type { FunctionItem, SourceFile } from './sourceFile.js';

/** One use of a function; `span` is its name as it stands there. */
export type Use =
  | { readonly kind: 'call'; readonly span: Span; readonly function: FunctionItem }
  /** `through`: what takes the pointer, as `takerOf()` says it; `function`: null at file scope. */
  | {
      readonly kind: 'pointer';
      readonly span: Span;
      readonly function: FunctionItem | null;
      readonly through: string;
    }
  /** In the body of a macro. */
  | { readonly kind: 'macro'; readonly span: Span; readonly macro: string; readonly nameSpan: Span };

/** What stands behind the name of a variable where it is declared. */
const BEHIND_DECLARED: readonly number[] = [SEMICOLON, COMMA, EQUALS, OPEN_BRACKET, CLOSE_PARENTHESIS];
const NO_TYPES: ReadonlySet<string> = new Set(['return', 'goto', 'else', 'do', 'case', 'sizeof']);

/**
 * Every use of a function in any branch of a file, in order of position. Its definition, its prototypes, and that it is
 * exported are none, nor is what has its name without being it: members, and variables where they are declared. Never throws.
 */
export function usesOf(file: SourceFile, name: string): Use[] {
  if (!file.text.includes(name)) return [];
  const { tokens } = detailsOf(file);
  const uses: Use[] = macroUses(file, tokens, name);
  const named = new Set(file.functions.map(({ nameSpan }) => nameSpan.start));
  const at = namedAt(tokens, name).filter(i => !named.has(tokens.start[i] as number));
  const variables = at.filter(i => declaresVariable(file, tokens, i));
  const owners = new Set(variables.map(i => functionHolding(file, tokens.start[i] as number)));
  for (const i of at) {
    const span = { start: tokens.start[i] as number, end: tokens.end[i] as number };
    const around = functionAround(file, span.start);
    // A variable of the file is seen in all its functions.
    if (isMember(tokens, i) || owners.has(null) || (around !== null && owners.has(around))) continue;
    const isFollowed = punctuator(tokens, i + 1) === OPEN_PARENTHESIS;
    if (isFollowed && around !== null) uses.push({ kind: 'call', span, function: around });
    if (isFollowed) continue;
    const through = takerOf(tokens, i);
    if (through !== null) uses.push({ kind: 'pointer', span, function: around, through });
  }
  return uses.sort((a, b) => a.span.start - b.span.start);
}

function namedAt(tokens: Tokens, name: string): number[] {
  const found: number[] = [];
  for (let i = 0; i < tokens.count; i++) {
    const length = (tokens.end[i] as number) - (tokens.start[i] as number);
    if (tokens.kind[i] !== Tok.identifier || length !== name.length) continue;
    if (tokenText(tokens, i) === name) found.push(i);
  }
  return found;
}

/** Whether a name is that of a member: `.name`, `->name`, `(*name)` in a structure. */
function isMember(tokens: Tokens, i: number): boolean {
  return (
    punctuator(tokens, i - 1) === DOT || tokenText(tokens, i - 1) === '->' || isPointerToFunction(tokens, i)
  );
}

function isPointerToFunction(tokens: Tokens, i: number): boolean {
  return (
    punctuator(tokens, i - 2) === OPEN_PARENTHESIS &&
    punctuator(tokens, i - 1) === STAR &&
    punctuator(tokens, i + 1) === CLOSE_PARENTHESIS
  );
}

/** Whether a name is declared or set as a variable or a parameter of a function, or as a pointer of the file. */
function declaresVariable(file: SourceFile, tokens: Tokens, i: number): boolean {
  const holder = functionHolding(file, tokens.start[i] as number);
  if (holder === null) {
    const isOfStruct = punctuator(tokens, openingOf(tokens, i - 2)) === OPEN_BRACE;
    return isPointerToFunction(tokens, i) && !isOfStruct;
  }
  if ((tokens.start[i] as number) < holder.body.start || isPointerToFunction(tokens, i)) return true;
  const before = punctuator(tokens, i - 1);
  const behind = punctuator(tokens, i + 1);
  if (before === DOT || tokenText(tokens, i - 1) === '->') return false;
  if (behind === EQUALS) return true;
  const isTyped = tokens.kind[i - 1] === Tok.identifier && !NO_TYPES.has(tokenText(tokens, i - 1));
  return (isTyped || before === STAR) && BEHIND_DECLARED.includes(behind);
}

/** The definition whose body holds an offset. */
function functionAround(file: SourceFile, offset: number): FunctionItem | null {
  return file.functions.find(({ body }) => body.start <= offset && offset < body.end) ?? null;
}

/** The definition that an offset is in, its parameters included. */
function functionHolding(file: SourceFile, offset: number): FunctionItem | null {
  return file.functions.find(({ start, body }) => start <= offset && offset < body.end) ?? null;
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
