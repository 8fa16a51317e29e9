/** What a statement or a declaration that begins with a name, a label, a storage class or a struct may be. */

import type { BodyState } from './bodyState.js';
import {
  ADDRESS_SPACES,
  ATTRIBUTE_CALLS,
  ATTRIBUTES,
  isLoopName,
  looksLikeType,
  STATEMENT_KEYWORDS,
  TYPE_OF,
} from './macroTables.js';
import { Tok } from './scan.js';

/** `static DEFINE_MUTEX(x);`: the storage class belongs to what the macro declares. */
export function onStorage(s: BodyState, i: number): void {
  const { t } = s;
  if (!s.isName(i + 1) || TYPE_OF.has(t.text[i + 1] as string)) return;
  const close = s.paren(i + 2);
  if (close > 0 && (s.is(close + 1, ';') || s.is(close + 1, '='))) s.blank(i, i, 'storage');
}

/** Members of a local struct are of no use to the analysis, and their macros would only confuse the parser. */
export function onStruct(s: BodyState, i: number): void {
  const { t } = s;
  let at = i + 1;
  while (s.isWord(at)) {
    const close = s.paren(at + 1);
    if (close > 0 && !ATTRIBUTE_CALLS.has(t.text[at] as string)) return;
    at = close > 0 ? close + 1 : at + 1;
  }
  if (!s.is(at, '{')) return;
  const close = t.match[at] as number;
  if (close < 0) return;
  const tagged =
    at > i + 1 && !ATTRIBUTES.has(t.text[i + 1] as string) && !ATTRIBUTE_CALLS.has(t.text[i + 1] as string);
  s.out.replace(at, close, tagged ? '' : 'S_', 'struct-body');
}

/** `case a ... b:` becomes `case R_(a, b):`; behind the colon a statement can begin. `i` is `case` or `default`. */
export function onCase(s: BodyState, i: number): void {
  const { t } = s;
  let questions = 0;
  let range = -1;
  for (let k = i + 1; k < t.count; k++) {
    const open = t.match[k] as number;
    if (open > k) {
      k = open;
      continue;
    }
    if (t.kind[k] !== Tok.punctuator) continue;
    const mark = t.text[k];
    if (mark === '?') questions++;
    else if (mark === '...') range = k;
    else if (mark === ':' && questions-- === 0) {
      s.statement[k + 1] = 1;
      if (range > 0) {
        s.out.insertBefore(i + 1, 'R_', { kind: 'case-range' });
        s.out.insertBefore(i + 1, '(');
        s.out.replace(range, range, ',', null);
        s.out.insertAfter(k - 1, ')');
      }
      if (s.is(k + 1, '}')) s.out.insertAfter(k, ';');
      return;
    } else if (mark === ';' || mark === '{' || mark === '}') return;
  }
}

/** A statement that begins with a name. */
export function onStatement(s: BodyState, i: number, word: string, close: number): void {
  const { t } = s;
  if (close < 0) {
    if (looksLikeType(word) && ADDRESS_SPACES.has(t.text[i + 1] ?? '') && s.is(i + 2, '(')) {
      s.out.replace(i, i, 'int', 'type');
      return;
    }
    if (s.is(i + 1, ':') && !s.is(i + 2, ':')) {
      s.statement[i + 2] = 1;
      if (s.is(i + 2, '}')) s.out.insertAfter(i + 1, ';');
    } else if (s.is(i + 1, '}') || isBareMacro(s, i, word)) {
      s.out.insertAfter(i, ';');
      s.statement[i + 1] = 1;
    }
    return;
  }
  const next = close + 1;
  if (s.is(next, ';')) {
    // `f(g(a * b));` could declare a function f of a g; the kernel never does.
    s.out.insertBefore(i, '0', { kind: 'expression' });
    s.out.insertBefore(i, ',');
    return;
  }
  if (s.is(i + 2, '*') && s.isName(i + 3) && close === i + 4 && (s.is(next, '[') || s.is(next, '('))) {
    // `u8 (*p)[4];` declares, whatever the grammar thinks of an unknown type's name.
    if (looksLikeType(word)) s.out.replace(i, i, 'int', 'type');
    return;
  }
  if (s.is(next, '{')) {
    loop(s, i, close, word);
    return;
  }
  if (s.is(next, '}')) {
    s.out.insertAfter(close, ';');
    return;
  }
  if (s.is(next, '=') && s.is(next + 1, '{')) {
    s.list[next + 1] = 1;
    s.out.insertBefore(next + 1, '(int)', { kind: 'initializer' });
    return;
  }
  const beginsStatement =
    s.isWord(next) ||
    (isLoopName(word) && (s.is(next, '*') || s.is(next, '(') || s.is(next, '++') || s.is(next, '--')));
  if (!beginsStatement) return;
  const nextWord = t.text[next] as string;
  if (ATTRIBUTES.has(nextWord) || ATTRIBUTE_CALLS.has(nextWord)) return;
  if (isLoopName(word) && nextWord !== 'else') {
    loop(s, i, close, word);
    return;
  }
  const declares =
    s.isName(next) && !s.newLineBetween(close, next) && /^([=;,]|\[)$/.test(t.text[next + 1] ?? '');
  if (declares) {
    s.out.replace(i, close, 'int', 'type');
    return;
  }
  s.out.insertAfter(close, ';');
  s.statement[next] = 1;
}

/** A macro alone on its line that stands for a whole statement. */
function isBareMacro(s: BodyState, i: number, word: string): boolean {
  const { t } = s;
  if (!s.isWord(i + 1) || !s.newLineBetween(i, i + 1)) return false;
  if (STATEMENT_KEYWORDS.has(t.text[i + 1] as string)) return true;
  if (s.is(i + 2, ':')) return true;
  return /^[A-Z][A-Z0-9_]+$/.test(word) && /^(\(|=|->|\.|\+\+|--)$/.test(t.text[i + 2] ?? '');
}

/** Whether the token is the `}` of `do { … }`. */
export function closesDo(s: BodyState, i: number): boolean {
  const open = s.is(i, '}') ? (s.t.match[i] as number) : -1;
  return open > 0 && s.t.text[open - 1] === 'do';
}

function loop(s: BodyState, i: number, close: number, macro: string): void {
  s.out.insertBefore(i, 'while', { kind: 'macro-loop', macro });
  s.out.insertBefore(i, '(');
  s.out.insertAfter(close, ')');
  s.statement[close + 1] = 1;
}
