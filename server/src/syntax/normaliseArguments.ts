/** The arguments of a call, which in the kernel may be types, operators, statements or nothing at all. */

import type { BodyTokens } from './bodyTokens.js';
import { KEYWORDS, STATEMENT_KEYWORDS, TYPE_KEYWORDS, TYPE_OF } from './macroTables.js';
import type { AsmNames, Rewrite } from './rewrite.js';
import { Tok } from './scan.js';

const isMark = (t: BodyTokens, i: number, mark: string): boolean =>
  i >= 0 && i < t.count && t.kind[i] === Tok.punctuator && t.text[i] === mark;

/** Binary operators that cannot begin an expression. */
const BINARY_ONLY = new Set(
  '/ % << >> < > <= >= == != ^ | && || = += -= *= /= %= <<= >>= &= |= ^='.split(' '),
);

/**
 * Whether the `(` at `open`, behind a name, holds the parameters of a declaration: `extern int f(struct x *);`.
 * @param statement 1 where a statement begins
 */
export function isDeclaringParen(t: BodyTokens, open: number, statement: Uint8Array): boolean {
  const callee = open - 1;
  if (statement[callee] === 1) return false;
  const before = t.text[callee - 1] ?? '';
  if (t.kind[callee - 1] === Tok.identifier) {
    return !KEYWORDS.has(before) || TYPE_KEYWORDS.has(before);
  }
  if (before !== '*') return false;
  // `extern struct x *f(…)`: a type keyword begins the statement, and nothing but names and stars follow.
  for (let i = callee - 1; i >= 0; i--) {
    const word = t.text[i] as string;
    if (t.kind[i] === Tok.identifier) {
      if (statement[i] === 1) return TYPE_KEYWORDS.has(word) || word === 'extern' || word === 'static';
    } else if (word !== '*') return false;
  }
  return false;
}

/** Rewrites the arguments between the brackets `open` and `close`; outer calls are rewritten before inner ones. */
export function normaliseArguments(
  t: BodyTokens,
  open: number,
  close: number,
  out: Rewrite,
  statement: Uint8Array,
  list: Uint8Array,
): void {
  let from = open + 1;
  if (from === close) return;
  let colon = -1;
  let question = false;
  for (let i = open + 1; i <= close; i++) {
    const partner = t.match[i] as number;
    if (partner > i) {
      i = partner;
      continue;
    }
    if (i === close || isMark(t, i, ',')) {
      argument(t, from, i - 1, out, statement, list);
      from = i + 1;
    } else if (isMark(t, i, '?')) question = true;
    else if (isMark(t, i, ':') && colon < 0) colon = i;
  }
  // Operand lists with colons are inline assembly by another name.
  if (colon > 0 && !question && t.kind[open + 1] === Tok.string) {
    out.replace(open - 1, close, 'A_', 'asm', { kind: 'asm', ...asmNames(t, open, close) });
  }
}

/** What inline assembly in parentheses names: written operands behind the first colon, labels behind the fourth. */
export function asmNames(t: BodyTokens, open: number, close: number): AsmNames {
  let colons = 0;
  const targets: string[] = [];
  const outputs: string[] = [];
  let depth = 0;
  for (let i = open + 1; i < close; i++) {
    if (depth === 0 && isMark(t, i, ':')) colons++;
    else if (depth === 0 && isMark(t, i, '::')) colons += 2;
    else if (isMark(t, i, '(')) depth++;
    else if (isMark(t, i, ')')) depth--;
    else if (t.kind[i] !== Tok.identifier) continue;
    else if (colons === 1 && depth > 0) outputs.push(t.text[i] as string);
    else if (colons === 4) targets.push(t.text[i] as string);
  }
  return { targets, outputs };
}

function argument(
  t: BodyTokens,
  from: number,
  to: number,
  out: Rewrite,
  statement: Uint8Array,
  list: Uint8Array,
): void {
  if (to < from) {
    // FOO(a, , b): the empty argument keeps its place.
    out.insertAfter(from - 1, 'Q_', { kind: 'type-query' });
    return;
  }
  const first = t.text[from] as string;
  if (t.kind[from] === Tok.punctuator) {
    if (first === '{') {
      if (
        t.match[from] === to &&
        !hasSemicolon(t, from + 1, to - 1) &&
        !STATEMENT_KEYWORDS.has(t.text[from + 1] ?? '')
      ) {
        list[from] = 1;
        out.insertBefore(from, '(int)', { kind: 'initializer' });
      }
      return;
    }
    if (first === '[') {
      // `[name] "constraint" (operand)`, passed on to inline assembly.
      out.replace(from, to, 'Q_', 'asm', { kind: 'type-query' });
      return;
    }
    if (first === '.' && t.kind[from + 1] === Tok.identifier) {
      out.insertBefore(from, '(int)', { kind: 'initializer' });
      out.insertBefore(from, '{');
      out.insertAfter(to, '}');
      return;
    }
    if (BINARY_ONLY.has(first) || (from === to && /^[-+*&]$/.test(first))) {
      if (from === to) out.replace(from, to, 'Q_', 'operator', { kind: 'type-query' });
      else out.insertBefore(from, 'Q_', { kind: 'type-query' });
      return;
    }
  }
  if (isStatement(t, from, to)) {
    out.insertBefore(from, '(');
    out.insertBefore(from, '{');
    out.insertAfter(to, ')');
    out.insertAfter(to, '}');
    if (!isMark(t, to, ';') && !isMark(t, to, '}')) out.insertAfter(to, ';');
    statement[from] = 1;
    return;
  }
  if (isType(t, from, to)) out.replace(from, to, 'Q_', 'type', { kind: 'type-query' });
}

function hasSemicolon(t: BodyTokens, from: number, to: number): boolean {
  for (let i = from; i <= to; i++) {
    const partner = t.match[i] as number;
    if (partner > i) i = partner;
    else if (isMark(t, i, ';')) return true;
  }
  return false;
}

function isStatement(t: BodyTokens, from: number, to: number): boolean {
  if (t.kind[from] === Tok.identifier && STATEMENT_KEYWORDS.has(t.text[from] as string)) return true;
  if (hasSemicolon(t, from, to)) return true;
  // A loop macro with its block: DEBUG(list_for_each_entry(…) { … }).
  if (t.kind[from] !== Tok.identifier || !isMark(t, from + 1, '(')) return false;
  const block = (t.match[from + 1] as number) + 1;
  return block > from && block <= to && isMark(t, block, '{');
}

/** Whether an argument is a type: it begins with a word of types and holds nothing else, or ends in `*`. */
function isType(t: BodyTokens, from: number, to: number): boolean {
  if (t.kind[from] !== Tok.identifier) return false;
  const first = t.text[from] as string;
  if (isMark(t, to, '*')) return true;
  if (TYPE_OF.has(first)) {
    const close = isMark(t, from + 1, '(') ? (t.match[from + 1] as number) : -1;
    if (close < 0) return false;
    for (let i = close + 1; i <= to; i++) if (!isMark(t, i, '*')) return false;
    return true;
  }
  if (!TYPE_KEYWORDS.has(first)) return false;
  for (let i = from; i <= to; i++) {
    if (t.kind[i] === Tok.identifier || t.kind[i] === Tok.number) continue;
    const mark = t.text[i] as string;
    if (mark === '*' || mark === '[' || mark === ']' || mark === '(' || mark === ')' || mark === '{') {
      if (mark === '{') i = Math.max(i, t.match[i] as number);
      continue;
    }
    if (mark === ',') continue;
    return false;
  }
  return true;
}
