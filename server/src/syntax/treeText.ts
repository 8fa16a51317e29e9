/** Leads from a node of the rewritten text back to the original: ranges, words, and what a place stands for. */

import type { Span } from './ast.js';
import type { RawNode } from './rawTree.js';
import type { Mark, Rewritten } from './rewrite.js';

/** The rewritten text of one function together with the file it came from. */
export class TreeText {
  readonly #file: string;
  readonly #rewritten: Rewritten;

  constructor(file: string, rewritten: Rewritten) {
    this.#file = file;
    this.#rewritten = rewritten;
  }

  /** The range in the original file. */
  span(node: { readonly start: number; readonly end: number }): Span {
    const start = this.#start(node.start);
    return { start, end: Math.max(start, this.#end(node.end)) };
  }

  /** What the author wrote, white space and comments folded to one blank. */
  words(from: number, to: number): string {
    const { start, end } = this.span({ start: from, end: to });
    return this.#file
      .slice(start, end)
      .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** The function that `__free(name)` or `__cleanup(name)` names between two places; null if there is none. */
  cleanup(from: number, to: number): string | null {
    const { start, end } = this.span({ start: from, end: to });
    return /\b__(?:free|cleanup)\s*\(\s*(\w+)/.exec(this.#file.slice(start, end))?.[1] ?? null;
  }

  /** The node's text as the parser saw it. */
  seen(node: RawNode): string {
    return this.#rewritten.text.slice(node.start, node.end);
  }

  mark(node: RawNode): Mark | null {
    return this.#rewritten.marks.get(node.start) ?? null;
  }

  #start(at: number): number {
    const { startOf, endOf } = this.#rewritten;
    for (let i = at; i < startOf.length; i++) if ((startOf[i] as number) >= 0) return startOf[i] as number;
    for (let i = at; i >= 0; i--) if ((endOf[i] as number) >= 0) return endOf[i] as number;
    return 0;
  }

  #end(at: number): number {
    const { endOf, startOf } = this.#rewritten;
    for (let i = Math.min(at, endOf.length - 1); i >= 0; i--)
      if ((endOf[i] as number) >= 0) return endOf[i] as number;
    return this.#start(Math.min(at, startOf.length - 1));
  }
}
