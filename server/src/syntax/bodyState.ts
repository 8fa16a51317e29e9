/** What the parts of the normaliser know of the body they rewrite together. */

import type { BodyTokens } from './bodyTokens.js';
import { KEYWORDS } from './macroTables.js';
import { Rewrite } from './rewrite.js';
import { Tok } from './scan.js';

/** The tokens of a body, the changes so far, and what was found out about places. */
export class BodyState {
  readonly t: BodyTokens;
  readonly out: Rewrite;
  /** 1 where a statement can begin. */
  readonly statement: Uint8Array;
  /** 1 for the `{` of a list of values. */
  readonly list: Uint8Array;
  /** 1 for a `(` whose `;` do not end statements: `for (…)`. */
  readonly head: Uint8Array;
  readonly #blanked = new Set<number>();

  constructor(tokens: BodyTokens) {
    this.t = tokens;
    this.out = new Rewrite(tokens);
    this.statement = new Uint8Array(tokens.count + 1);
    this.list = new Uint8Array(tokens.count);
    this.head = new Uint8Array(tokens.count);
  }

  /** Leaves tokens out; where a statement could begin with them, it can begin behind them. */
  blank(from: number, to: number, kind: 'attribute' | 'cleanup' | 'storage' | 'asm'): void {
    this.out.blank(from, to, kind);
    this.#blanked.add(from);
  }

  isBlank(i: number): boolean {
    return this.#blanked.has(i);
  }

  isWord(i: number): boolean {
    return i >= 0 && i < this.t.count && this.t.kind[i] === Tok.identifier;
  }

  /** A word that is no keyword: a name, or a macro. */
  isName(i: number): boolean {
    return this.isWord(i) && !KEYWORDS.has(this.t.text[i] as string);
  }

  is(i: number, mark: string): boolean {
    return i >= 0 && i < this.t.count && this.t.kind[i] === Tok.punctuator && this.t.text[i] === mark;
  }

  /** The partner of the `(` at `i`, or -1 if `i` is none. */
  paren(i: number): number {
    return this.is(i, '(') ? (this.t.match[i] as number) : -1;
  }

  newLineBetween(a: number, b: number): boolean {
    return this.t.file.slice(this.t.end[a], this.t.start[b]).includes('\n');
  }
}
