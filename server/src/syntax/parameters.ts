/** Reads return type and parameters of a function from its header's tokens, macro definitions included. */

import type { Parameter } from './ast.js';
import type { Header } from './header.js';
import { ATTRIBUTE_CALLS, ATTRIBUTES, STORAGE_WORDS, TYPE_KEYWORDS } from './macroTables.js';
import { Tok, type Tokens, tokenText } from './scan.js';

/** Return type as written (attributes and storage words left out), and whether the function is static. */
export function returnTypeOf(tokens: Tokens, header: Header): { returnType: string; isStatic: boolean } {
  const words: string[] = [];
  let isStatic = false;
  const end = header.macro >= 0 ? header.macro : header.name;
  for (let i = header.first; i < end; i++) {
    const word = tokenText(tokens, i);
    if (word === 'static') isStatic = true;
    else if (ATTRIBUTE_CALLS.has(word)) i = groupEnd(tokens, i + 1, end);
    else if (!STORAGE_WORDS.has(word) && !ATTRIBUTES.has(word)) words.push(word);
  }
  if (words.length === 0 && header.macro >= 0) {
    return { returnType: /^(COMPAT_)?SYSCALL/.test(tokenText(tokens, header.macro)) ? 'long' : '', isStatic };
  }
  return { returnType: joinType(words), isStatic };
}

/** `struct page *` from its words. */
function joinType(words: readonly string[]): string {
  let out = '';
  for (const word of words) {
    if (out !== '' && !(word === '*' && out.endsWith('*')) && !/^[()[\],]$/.test(word) && !out.endsWith('('))
      out += ' ';
    out += word;
  }
  return out;
}

function groupEnd(tokens: Tokens, open: number, limit: number): number {
  let depth = 0;
  for (let i = open; i < limit; i++) {
    const word = tokenText(tokens, i);
    if (word === '(') depth++;
    else if (word === ')' && --depth === 0) return i;
  }
  return open - 1;
}

/**
 * The parameters. `SYSCALL_DEFINE3(name, type, a, type, b, …)` and `BPF_CALL_2` give types and names by turns.
 * @param keep whether a token of the file is in the reading
 */
export function parametersOf(tokens: Tokens, header: Header, keep: (token: number) => boolean): Parameter[] {
  const parts: number[][] = [[]];
  let depth = 0;
  for (let i = header.open + 1; i < header.close; i++) {
    if (!keep(i)) continue;
    const word = tokens.kind[i] === Tok.punctuator ? tokenText(tokens, i) : '';
    if (word === '(' || word === '[' || word === '{') depth++;
    else if (word === ')' || word === ']' || word === '}') depth--;
    if (word === ',' && depth === 0) parts.push([]);
    else (parts.at(-1) as number[]).push(i);
  }
  if (header.macro >= 0) {
    const macro = tokenText(tokens, header.macro);
    const rest = parts.slice(1);
    if (/DEFINE\d+$|^BPF_CALL_\d$|DEFINEx$/.test(macro) || rest.length % 2 === 0) {
      const out: Parameter[] = [];
      for (let k = 0; k + 1 < rest.length; k += 2) {
        const both = [...(rest[k] as number[]), ...(rest[k + 1] as number[])];
        const parameter = oneParameter(tokens, both);
        if (parameter !== null) out.push(parameter);
      }
      return out;
    }
    return rest.flatMap(part => oneParameter(tokens, part) ?? []);
  }
  if (parts.length === 1) {
    const only = parts[0] as number[];
    if (only.length === 0 || (only.length === 1 && tokenText(tokens, only[0] as number) === 'void'))
      return [];
  }
  return parts.flatMap(part => oneParameter(tokens, part) ?? []);
}

function oneParameter(tokens: Tokens, part: readonly number[]): Parameter | null {
  const first = part[0];
  const last = part.at(-1);
  if (first === undefined || last === undefined) return null;
  const words: string[] = [];
  const names: number[] = [];
  let pointers = 0;
  let bracket = 0;
  for (let k = 0; k < part.length; k++) {
    const i = part[k] as number;
    const word = tokenText(tokens, i);
    if (
      ATTRIBUTE_CALLS.has(word) &&
      part[k + 1] !== undefined &&
      tokenText(tokens, part[k + 1] as number) === '('
    ) {
      let depth = 0;
      for (k++; k < part.length; k++) {
        const mark = tokenText(tokens, part[k] as number);
        if (mark === '(') depth++;
        else if (mark === ')' && --depth === 0) break;
      }
      continue;
    }
    if (ATTRIBUTES.has(word)) continue;
    if (word === '[') bracket++;
    if (bracket === 0 && tokens.kind[i] === Tok.identifier) names.push(words.length);
    if (bracket === 0 && word === '*') pointers++;
    if (bracket === 0) words.push(word);
    if (word === ']') bracket--;
  }
  const span = { start: tokens.start[first] as number, end: tokens.end[last] as number };
  const pointer = words.findIndex((word, k) => word === '(' && words[k + 1] === '*');
  if (pointer >= 0) {
    // A pointer to a function: `int (*name)(…)`.
    const name = words[pointer + 2];
    return {
      ...span,
      name: name !== undefined && /^\w+$/.test(name) ? name : null,
      type: tokens.text.slice(span.start, span.end).replace(/\s+/g, ' '),
      pointers: 1,
    };
  }
  const at = names.at(-1);
  const tagOnly = names.length === 2 && /^(struct|union|enum|const)$/.test(words[names[0] as number] ?? '');
  const hasName =
    at !== undefined &&
    at === words.length - 1 &&
    names.length > 1 &&
    !tagOnly &&
    !TYPE_KEYWORDS.has(words[at] ?? '');
  const typeWords = (hasName ? words.slice(0, -1) : words).filter(
    word => word !== '*' && word !== 'register',
  );
  return { ...span, name: hasName ? (words[at] as string) : null, type: typeWords.join(' '), pointers };
}
