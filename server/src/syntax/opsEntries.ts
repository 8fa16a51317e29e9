/** Finds `.op = handler` in initialisers of `struct vm_operations_struct`, in every branch of every `#if`. */

import { punctuator, Tok, type Tokens, tokenText } from './scan.js';
import type { OpsEntry } from './sourceFile.js';

const STRUCT = 'vm_operations_struct';

/**
 * All entries of the file, in order. Read from the raw tokens, so that an entry in a dropped branch is found too.
 * @param enclosing name of the function whose body holds an offset, or null
 */
export function opsEntriesOf(tokens: Tokens, enclosing: (offset: number) => string | null): OpsEntry[] {
  const entries: OpsEntry[] = [];
  const { text } = tokens;
  for (let at = text.indexOf(STRUCT); at >= 0; at = text.indexOf(STRUCT, at + 1)) {
    const i = tokenAt(tokens, at);
    if (i < 1 || tokenText(tokens, i) !== STRUCT || tokenText(tokens, i - 1) !== 'struct') continue;
    const found = initialiserBehind(tokens, i + 1);
    if (found === null) continue;
    readEntries(tokens, found.open, found.variable, enclosing, entries);
  }
  return entries;
}

/** The identifier that starts at an offset; -1 if none does. */
function tokenAt(tokens: Tokens, offset: number): number {
  let low = 0;
  let high = tokens.count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens.start[middle] as number) < offset) low = middle + 1;
    else high = middle;
  }
  return tokens.start[low] === offset && tokens.kind[low] === Tok.identifier ? low : -1;
}

/** From behind the struct's name to the `{` of its initialiser; null for a pointer, a prototype, a bare declaration. */
function initialiserBehind(tokens: Tokens, from: number): { open: number; variable: string | null } | null {
  let variable: string | null = null;
  for (let i = from; i < tokens.count && i < from + 40; i++) {
    const c = punctuator(tokens, i);
    if (tokens.kind[i] === Tok.identifier) {
      const name = tokenText(tokens, i);
      if (variable === null && name !== 'const' && !/^__[a-z]/.test(name)) variable = name;
      continue;
    }
    if (c === 41 && variable === null) {
      // (struct vm_operations_struct) { … }
      return punctuator(tokens, i + 1) === 123 ? { open: i + 1, variable: null } : null;
    }
    if (c === 61) return punctuator(tokens, i + 1) === 123 ? { open: i + 1, variable } : null;
    if (c === 91 || c === 93 || tokens.kind[i] === Tok.number) continue;
    if (c === 40 && /^__/.test(tokenText(tokens, i - 1))) {
      // Attributes with arguments.
      let depth = 0;
      for (; i < tokens.count; i++) {
        const d = punctuator(tokens, i);
        if (d === 40) depth++;
        else if (d === 41 && --depth === 0) break;
      }
      continue;
    }
    return null;
  }
  return null;
}

function readEntries(
  tokens: Tokens,
  open: number,
  variable: string | null,
  enclosing: (offset: number) => string | null,
  entries: OpsEntry[],
): void {
  let depth = 0;
  for (let i = open; i < tokens.count; i++) {
    const c = punctuator(tokens, i);
    if (c === 123) depth++;
    else if (c === 125) {
      if (--depth === 0) return;
    } else if (c === 59 && depth === 1) return;
    else if (c === 46 && tokens.kind[i + 1] === Tok.identifier && punctuator(tokens, i + 2) === 61) {
      const previous = punctuator(tokens, i - 1);
      if (previous !== 123 && previous !== 44 && tokens.kind[i - 1] === Tok.punctuator) continue;
      let at = i + 3;
      // A handler may be given as `&handler`, `(handler)` or with a cast in front.
      while (at < tokens.count && !isEnd(punctuator(tokens, at))) at++;
      let handler = -1;
      for (let k = i + 3; k < at; k++) if (tokens.kind[k] === Tok.identifier) handler = k;
      if (handler < 0) continue;
      const name = tokenText(tokens, handler);
      if (name === 'NULL') continue;
      entries.push({
        op: tokenText(tokens, i + 1),
        opSpan: { start: tokens.start[i + 1] as number, end: tokens.end[i + 1] as number },
        handler: name,
        handlerSpan: { start: tokens.start[handler] as number, end: tokens.end[handler] as number },
        variable,
        enclosingFunction: enclosing(tokens.start[i] as number),
      });
    }
  }
}

const isEnd = (c: number): boolean => c === 44 || c === 125 || c === 59;
