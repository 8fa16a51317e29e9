/** What takes a function as a pointer: a member of a table of operations, a variable, the call that it is given to. */

import {
  AMPERSAND,
  CLOSE_BRACE,
  CLOSE_BRACKET,
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
import { punctuator, Tok, type Tokens, tokenText } from './scan.js';

const OPEN: readonly number[] = [OPEN_PARENTHESIS, OPEN_BRACKET, OPEN_BRACE];
const CLOSE: readonly number[] = [CLOSE_PARENTHESIS, CLOSE_BRACKET, CLOSE_BRACE];

/**
 * What takes the function that token `at` names: `file_operations.open of demo_fops`, `.run of o` where the structure has no
 * name, `.run`, `work`, `INIT_WORK()`; null where that is nothing to tell of.
 */
export function takerOf(tokens: Tokens, at: number): string | null {
  const member = memberBefore(tokens, at);
  const open = openingOf(tokens, at);
  if (punctuator(tokens, open) === OPEN_BRACE) {
    const table = initialised(tokens, open);
    if (table !== null && member !== null) return `${table.struct ?? ''}.${member} of ${table.variable}`;
    if (table !== null) return table.variable;
  }
  if (member !== null) return `.${member}`;
  if (punctuator(tokens, at - 1) === EQUALS && tokens.kind[at - 2] === Tok.identifier) {
    return tokenText(tokens, at - 2);
  }
  if (punctuator(tokens, open) !== OPEN_PARENTHESIS || tokens.kind[open - 1] !== Tok.identifier) return null;
  // `int fn` and `int *fn` name a parameter of a prototype.
  if (tokens.kind[at - 1] === Tok.identifier || punctuator(tokens, at - 1) === STAR) return null;
  const taker = tokenText(tokens, open - 1);
  return /^_*EXPORT_|^(?:if|while|switch|return|sizeof)$/.test(taker) ? null : `${taker}()`;
}

/** The innermost bracket that is open at a token; -1 where none is. */
export function openingOf(tokens: Tokens, at: number): number {
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    const c = punctuator(tokens, i);
    if (CLOSE.includes(c)) depth++;
    else if (OPEN.includes(c) && depth-- === 0) return i;
  }
  return -1;
}

/** The member of `.member = name` and `->member = name`; null for anything else. */
function memberBefore(tokens: Tokens, at: number): string | null {
  // Its address is the function too.
  const i = punctuator(tokens, at - 1) === AMPERSAND ? at - 2 : at - 1;
  if (punctuator(tokens, i) !== EQUALS || tokens.kind[i - 1] !== Tok.identifier) return null;
  const isMember = punctuator(tokens, i - 2) === DOT || tokenText(tokens, i - 2) === '->';
  return isMember ? tokenText(tokens, i - 1) : null;
}

interface Initialised {
  readonly variable: string;
  /** Of which structure its innermost braces are; null: of a member of it, or that is not written. */
  readonly struct: string | null;
}

/** The variable that the braces around a token initialise, those of an array or of a member included; null for other braces. */
function initialised(tokens: Tokens, brace: number): Initialised | null {
  let open = brace;
  let isOfMember = false;
  for (;;) {
    const before = punctuator(tokens, open - 1);
    if (before === EQUALS) {
      let i = open - 2;
      while (punctuator(tokens, i) === CLOSE_BRACKET) i = openingOf(tokens, i) - 1;
      const isIndex = i >= 0 && tokens.kind[i] !== Tok.identifier;
      if (!isIndex && punctuator(tokens, i - 1) !== DOT) {
        const struct = isOfMember ? null : structBefore(tokens, i);
        return i < 0 ? null : { variable: tokenText(tokens, i), struct };
      }
      // `[3] = {` is an entry of an array, `.member = {` of another structure.
      if (!isIndex) isOfMember = true;
    } else if (before !== OPEN_BRACE && before !== COMMA) return null;
    open = openingOf(tokens, open);
    if (punctuator(tokens, open) !== OPEN_BRACE) return null;
  }
}

/** The structure that the declaration of a variable names; null where it names none. */
function structBefore(tokens: Tokens, variable: number): string | null {
  for (let i = variable - 1; i > 0; i--) {
    const c = punctuator(tokens, i);
    if (c === SEMICOLON || c === CLOSE_BRACE || c === OPEN_BRACE) return null;
    if (tokens.kind[i] === Tok.identifier && tokenText(tokens, i - 1) === 'struct')
      return tokenText(tokens, i);
  }
  return null;
}
