/**
 * Rewrites the tokens of a function body into C that the grammar knows: macro loops become `while`, attributes
 * go, a type given as an argument becomes one word. What is changed is remembered as marks and annotations, so
 * that the tree says what the author wrote. Unknown constructs are left to the parser, which reports them.
 */

import { BodyState } from './bodyState.js';
import type { BodyTokens } from './bodyTokens.js';
import {
  ADDRESS_SPACES,
  ASM,
  ATTRIBUTE_CALLS,
  ATTRIBUTES,
  KEYWORDS,
  looksLikeType,
  STATEMENT_KEYWORDS,
  STORAGE_WORDS,
  TYPE_KEYWORDS,
  TYPE_OF,
  TYPE_QUERIES,
} from './macroTables.js';
import { asmNames, isDeclaringParen, normaliseArguments } from './normaliseArguments.js';
import { closesDo, onCase, onStatement, onStorage, onStruct } from './normaliseStatements.js';
import type { Rewrite, Rewritten } from './rewrite.js';
import { Tok } from './scan.js';

/** Text before the body, so that the parser sees a function. */
const HEAD = 'void f ( void ) ';

/** Spellings that the grammar does not know, and one that it does. */
const RESPELT: ReadonlyMap<string, string> = new Map([
  ['__signed__', 'signed'],
  ['__const', 'const'],
  ['__volatile__', 'volatile'],
  ['__restrict', 'restrict'],
  ['__restrict__', 'restrict'],
  ['__int128', 'int'],
  ['__inline', 'inline'],
  ['__inline__', 'inline'],
  ['__always_inline', 'inline'],
]);

/** What the grammar takes as a number. */
const NUMBER =
  /^(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+|(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?|0[xX][0-9a-fA-F.]+[pP][-+]?\d+)[uUlLwWfFbBdD]*$/;

/** Rewrites a body. Never throws. */
export function normalise(tokens: BodyTokens): Rewritten {
  return new Normaliser(tokens).run();
}

class Normaliser {
  readonly #s: BodyState;
  readonly #t: BodyTokens;
  readonly #out: Rewrite;
  /** The brackets that are open, outermost first. */
  readonly #brackets: number[] = [];

  constructor(tokens: BodyTokens) {
    this.#s = new BodyState(tokens);
    this.#t = tokens;
    this.#out = this.#s.out;
  }

  run(): Rewritten {
    const { count, text, kind } = this.#t;
    for (let i = 0; i < count; i++) {
      const word = text[i] as string;
      let to = this.#out.replacedTo(i);
      if (to < 0) {
        const type = kind[i];
        if (type === Tok.identifier) this.#onWord(i, word);
        else if (type === Tok.string) this.#pasteString(i, i);
        else if (type === Tok.number) this.#onNumber(i, word);
        else if (type === Tok.punctuator) this.#onPunctuator(i, word);
        to = this.#out.replacedTo(i);
        if (to >= 0 && this.#s.statement[i] === 1 && this.#s.isBlank(i)) this.#s.statement[to + 1] = 1;
      }
      if (to > i) i = to;
    }
    return this.#out.write(HEAD);
  }

  #onPunctuator(i: number, mark: string): void {
    const t = this.#t;
    const brackets = this.#brackets;
    switch (mark) {
      case '{': {
        const parent = brackets.at(-1) ?? -1;
        brackets.push(i);
        if (this.#isList(i, parent)) this.#s.list[i] = 1;
        else this.#s.statement[i + 1] = 1;
        return;
      }
      case '(':
      case '[':
        brackets.push(i);
        if (mark === '(') this.#onParen(i);
        return;
      case '}': {
        const open = t.match[i] as number;
        this.#popTo(open);
        if (open < 0 || this.#s.list[open] === 0) this.#s.statement[i + 1] = 1;
        return;
      }
      case ')':
      case ']':
        this.#popTo(t.match[i] as number);
        return;
      case ';': {
        const parent = brackets.at(-1) ?? -1;
        if (parent < 0 || this.#s.head[parent] !== 1) this.#s.statement[i + 1] = 1;
        return;
      }
      case '&&':
        // `&&label`, the address of a label.
        if (this.#s.isName(i + 1) && this.#cannotEndOperand(i - 1)) {
          this.#out.replace(i, i, '&', 'operator');
        }
        return;
      default:
    }
  }

  /** Whether the token is one behind which only a new operand can follow. */
  #cannotEndOperand(i: number): boolean {
    const t = this.#t;
    if (['=', ',', '{', '(', '[', '?', ':'].some(mark => this.#s.is(i, mark))) return true;
    if (!this.#s.is(i, ')')) return false;
    // The `)` of a cast.
    return TYPE_KEYWORDS.has(t.text[i - 1] as string) || this.#s.is(i - 1, '*');
  }

  #popTo(open: number): void {
    const brackets = this.#brackets;
    if (open < 0) return;
    while (brackets.length > 0 && (brackets.at(-1) as number) >= open) brackets.pop();
  }

  /** Whether the `{` at `i` opens a list of values, not of statements. */
  #isList(i: number, parent: number): boolean {
    if (this.#s.list[i] !== 0) return true;
    const t = this.#t;
    if (parent >= 0 && this.#s.list[parent] !== 0) return true;
    if (this.#s.is(i - 1, '=') || this.#s.is(i - 1, ']')) return true;
    if (this.#s.isWord(i - 1)) {
      const word = t.text[i - 1] as string;
      if (word === 'enum' || (this.#s.isWord(i - 2) && t.text[i - 2] === 'enum')) return true;
      return word === 'return';
    }
    if (!this.#s.is(i - 1, ')')) return false;
    // `(struct x) { … }` has no name before its parenthesis, `if (…) {` and `for_each_x (…) {` have.
    const open = t.match[i - 1] as number;
    if (open < 0) return false;
    if (this.#s.is(open - 1, ')') || this.#s.is(open - 1, ']')) return false;
    return !this.#s.isWord(open - 1) || t.text[open - 1] === 'return' || t.text[open - 1] === 'sizeof';
  }

  #onParen(i: number): void {
    const t = this.#t;
    const close = t.match[i] as number;
    if (close < 0) return;
    if (this.#s.isName(i - 1)) {
      if (!isDeclaringParen(t, i, this.#s.statement))
        normaliseArguments(t, i, close, this.#out, this.#s.statement, this.#s.list);
      return;
    }
    if (this.#s.isWord(i - 1) && t.text[i - 1] !== 'return' && t.text[i - 1] !== 'case') return;
    if (this.#s.is(i - 1, ')') || this.#s.is(i - 1, ']')) return;
    // `!(f(x)) && y`: the grammar may take a call in parentheses for a type made by a macro.
    if (
      this.#s.isName(i + 1) &&
      this.#s.paren(i + 2) === close - 1 &&
      /^(&&|[&*+(-])$/.test(t.text[close + 1] ?? '')
    ) {
      this.#out.insertBefore(i + 1, '0', { kind: 'expression' });
      this.#out.insertBefore(i + 1, ',');
      return;
    }
    // `(name)` before something that could also be an operand of a binary operator: a cast if the name is a type's.
    if (close === i + 2 && this.#s.isName(i + 1)) {
      const name = t.text[i + 1] as string;
      const behind = t.text[close + 1] ?? '';
      const unsure =
        behind === '(' ||
        behind === '*' ||
        behind === '&' ||
        behind === '-' ||
        behind === '+' ||
        behind === '{';
      if (unsure && (looksLikeType(name) || (behind === '(' && /^[A-Z][A-Z0-9_]*$/.test(name)))) {
        this.#out.replace(i + 1, i + 1, 'int', 'type');
      }
    }
  }

  /** `F(3DNOW)`: a piece of a name, to be pasted by a macro. */
  #onNumber(i: number, word: string): void {
    if (!NUMBER.test(word)) this.#out.replace(i, i, '0', null);
  }

  /** Strings and names side by side are one literal: `"a" PRIx64 "b"`. */
  #pasteString(from: number, first: number): void {
    const t = this.#t;
    let to = first;
    for (;;) {
      const next = to + 1;
      if (next >= t.count) break;
      if (t.kind[next] === Tok.string) to = next;
      else if (this.#s.isName(next)) {
        const close = this.#s.paren(next + 1);
        to = close > 0 ? close : next;
      } else break;
    }
    if (to > from) this.#out.replace(from, to, '""', 'string');
  }

  #onWord(i: number, word: string): void {
    const t = this.#t;
    const close = this.#s.paren(i + 1);
    if (KEYWORDS.has(word)) this.#onKeyword(i, word, close);
    if (this.#out.replacedTo(i) >= 0) return;
    if (this.#onAttribute(i, word, close)) return;
    if (ASM.has(word) && this.#onAsm(i, word)) return;
    if (
      close > 0 &&
      TYPE_QUERIES.has(word) &&
      !this.#s.is(close + 1, '->') &&
      !this.#s.is(close + 1, '.') &&
      !this.#s.is(close + 1, '[') &&
      !this.#s.is(close + 1, '{')
    ) {
      this.#out.replace(i, close, 'Q_', 'type-query', { kind: 'type-query' });
      return;
    }
    if (close > 0 && TYPE_OF.has(word)) {
      this.#out.replace(i, close, 'int', 'type');
      return;
    }
    const respelt = RESPELT.get(word);
    if (respelt !== undefined) {
      this.#out.replace(i, i, respelt, null);
      return;
    }
    if (!this.#s.isName(i)) return;
    if (t.kind[i + 1] === Tok.string && i + 1 < t.count) {
      this.#pasteString(i, i + 1);
      return;
    }
    if (close > 0 && close + 1 < t.count && t.kind[close + 1] === Tok.string) {
      this.#pasteString(i, close + 1);
      return;
    }
    if (word.startsWith('KERN_') && this.#s.isName(i + 1)) {
      this.#pasteString(i, i);
      return;
    }
    if (close > 0 && closesDo(this.#s, i - 1)) {
      // do { … } while_each_thread(g, t);
      this.#out.insertBefore(i, 'while');
      this.#out.insertBefore(i, '(');
      this.#out.insertAfter(close, ')');
      return;
    }
    const list = this.#brackets.at(-1);
    const behind = close > 0 ? close + 1 : i + 1;
    if (list !== undefined && this.#s.list[list] === 1 && this.#s.isName(behind)) {
      // { FIRST_ENTRIES SECOND_ENTRIES }: macros that end in a comma.
      this.#out.insertAfter(behind - 1, ',');
      return;
    }
    if (this.#s.statement[i] === 1) onStatement(this.#s, i, word, close);
  }

  #onKeyword(i: number, word: string, close: number): void {
    const t = this.#t;
    switch (word) {
      case 'if':
      case 'while':
      case 'switch':
      case 'for':
        if (close > 0) {
          this.#s.statement[close + 1] = 1;
          this.#s.head[i + 1] = 1;
        }
        return;
      case 'else':
      case 'do':
        this.#s.statement[i + 1] = 1;
        return;
      case 'case':
      case 'default':
        onCase(this.#s, i);
        return;
      case 'struct':
      case 'union':
        onStruct(this.#s, i);
        return;
      case '__alignof__':
      case '__alignof':
      case '_Alignof':
        // The grammar wants parentheses here, gcc does not.
        if (close < 0 || this.#s.is(close + 1, '->')) this.#out.replace(i, i, 'sizeof', null);
        return;
      case 'goto':
        if (this.#s.is(i + 1, '*')) this.#onComputedGoto(i);
        return;
      case '__extension__':
        this.#s.blank(i, i, 'attribute');
        return;
      case '__label__': {
        let end = i;
        while (end + 1 < t.count && !this.#s.is(end + 1, ';')) end++;
        this.#out.blank(i, end, 'label-declaration');
        return;
      }
      default:
        if (STORAGE_WORDS.has(word) && this.#s.statement[i] === 1) onStorage(this.#s, i);
    }
  }

  #onComputedGoto(i: number): void {
    let end = i;
    while (end + 1 < this.#t.count && !this.#s.is(end + 1, ';') && !this.#s.is(end + 1, '}')) end++;
    this.#out.replace(i, end, 'G_', 'computed-goto', { kind: 'computed-goto' });
  }

  /** True if the word was an attribute and is gone. */
  #onAttribute(i: number, word: string, close: number): boolean {
    if (close > 0 && ATTRIBUTE_CALLS.has(word)) {
      const kind = word === '__free' || word === '__cleanup' ? 'cleanup' : 'attribute';
      if (word.startsWith('__attribute') || this.#besideType(i, close)) {
        this.#s.blank(i, close, kind);
        return true;
      }
      return false;
    }
    if (word.startsWith('__') && this.#s.is(i - 1, ']') && this.#s.is(i + 1, '=')) {
      // Nothing else can stand between the brackets of an array and its initialiser.
      this.#s.blank(i, i, 'attribute');
      return true;
    }
    if (!ATTRIBUTES.has(word) || (close > 0 && !ADDRESS_SPACES.has(word))) return false;
    if (!ADDRESS_SPACES.has(word) && !this.#besideType(i, i)) return false;
    this.#s.blank(i, i, 'attribute');
    return true;
  }

  /** Whether the words `from` … `to` stand where no operand can: next to another name, or between `*` and `)`. */
  #besideType(from: number, to: number): boolean {
    const t = this.#t;
    const before = t.text[from - 1] ?? '';
    if (this.#s.isWord(from - 1)) return !STATEMENT_KEYWORDS.has(before) && before !== 'sizeof';
    if (this.#s.isWord(to + 1)) return true;
    if (before === ']' || before === ')') return true;
    if (before === '}' && this.#s.statement[from] === 0) return true;
    if (before === '*') return this.#s.is(to + 1, '*') || this.#s.is(to + 1, ')') || this.#s.is(to + 1, ',');
    return false;
  }

  #onAsm(i: number, word: string): boolean {
    const t = this.#t;
    let at = i + 1;
    while (this.#s.isWord(at) && /^(__)?(volatile|inline|goto)(__)?$|^asm_/.test(t.text[at] as string)) at++;
    const close = this.#s.paren(at);
    if (close < 0) return false;
    const behindDeclarator = this.#s.isWord(i - 1) || this.#s.is(i - 1, ')') || this.#s.is(i - 1, ']');
    if (behindDeclarator && this.#s.statement[i] === 0 && word.includes('asm'))
      this.#s.blank(i, close, 'asm');
    else this.#out.replace(i, close, 'A_', 'asm', { kind: 'asm', ...asmNames(t, at, close) });
    return true;
  }
}
