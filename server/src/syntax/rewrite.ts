/**
 * Collects what the normaliser changes in a body and writes the text that tree-sitter reads. Every token of that
 * text stands for a range of the original; tokens that were inserted stand for an empty one.
 */

import type { Annotation, AnnotationKind } from './ast.js';
import type { BodyTokens } from './bodyTokens.js';

/** What inline assembly names: the labels that it may jump to, and what is in the operands that it writes. */
export interface AsmNames {
  readonly targets: readonly string[];
  readonly outputs: readonly string[];
}

/** What a rewritten place means, keyed by its offset in the rewritten text. */
export type Mark =
  | { readonly kind: 'macro-loop'; readonly macro: string }
  | ({ readonly kind: 'asm' } & AsmNames)
  /** The `0 ,` before a call that the grammar could take for a declaration. */
  | { readonly kind: 'expression' }
  | { readonly kind: 'type-query' }
  | { readonly kind: 'computed-goto' }
  | { readonly kind: 'case-range' }
  | { readonly kind: 'initializer' };

export interface Rewritten {
  readonly text: string;
  /** Original offset of a token that starts at an offset of `text`; -1 elsewhere. */
  readonly startOf: Int32Array;
  /** Original offset of the end of a token that ends at an offset of `text`; -1 elsewhere. */
  readonly endOf: Int32Array;
  readonly marks: ReadonlyMap<number, Mark>;
  readonly annotations: readonly Annotation[];
}

interface Insertion {
  readonly text: string;
  readonly mark: Mark | null;
}

/** The changes to one body. Indices are those of the {@link BodyTokens}. */
export class Rewrite {
  readonly #tokens: BodyTokens;
  /** Replacement of the tokens `i` … `to` by one token (or by nothing). */
  readonly #replaced = new Map<number, { to: number; text: string; mark: Mark | null }>();
  readonly #before = new Map<number, Insertion[]>();
  readonly #after = new Map<number, Insertion[]>();
  readonly #annotations: Annotation[] = [];

  constructor(tokens: BodyTokens) {
    this.#tokens = tokens;
  }

  /** Replaces the tokens `from` … `to` by `text`; what they say beyond it is kept as an annotation of `kind`. */
  replace(
    from: number,
    to: number,
    text: string,
    kind: AnnotationKind | null,
    mark: Mark | null = null,
  ): void {
    this.#replaced.set(from, { to, text, mark });
    if (kind !== null) {
      const start = this.#tokens.start[from] as number;
      this.#annotations.push({ kind, start, end: this.#tokens.end[to] as number });
    }
  }

  /** Leaves the tokens `from` … `to` out. */
  blank(from: number, to: number, kind: AnnotationKind): void {
    this.replace(from, to, '', kind);
  }

  /** The last token replaced together with `i`, or -1. */
  replacedTo(i: number): number {
    return this.#replaced.get(i)?.to ?? -1;
  }

  insertBefore(i: number, text: string, mark: Mark | null = null): void {
    const list = this.#before.get(i);
    if (list === undefined) this.#before.set(i, [{ text, mark }]);
    else list.push({ text, mark });
  }

  /** Insertions behind the same token come out in reverse order of the calls: inner brackets close first. */
  insertAfter(i: number, text: string, mark: Mark | null = null): void {
    const list = this.#after.get(i);
    if (list === undefined) this.#after.set(i, [{ text, mark }]);
    else list.unshift({ text, mark });
  }

  /** Writes the text, `head` before it. */
  write(head: string): Rewritten {
    const { count, text, start, end } = this.#tokens;
    const pieces: string[] = [head];
    const starts: number[] = [];
    const marks = new Map<number, Mark>();
    let at = head.length;
    let last = start[0] ?? 0;
    const put = (piece: string, from: number, to: number, mark: Mark | null): void => {
      if (mark !== null) marks.set(at, mark);
      starts.push(at, from, at + piece.length, to);
      pieces.push(piece, ' ');
      at += piece.length + 1;
    };
    for (let i = 0; i < count; i++) {
      const s = start[i] as number;
      for (const insertion of this.#before.get(i) ?? []) put(insertion.text, s, s, insertion.mark);
      const change = this.#replaced.get(i);
      let to = i;
      if (change === undefined) {
        put(text[i] as string, s, end[i] as number, null);
      } else {
        to = change.to;
        if (change.text !== '') put(change.text, s, end[to] as number, change.mark);
      }
      last = end[to] as number;
      // What was inserted inside a replaced range is gone with it, except behind its last token.
      for (const insertion of this.#after.get(to) ?? []) put(insertion.text, last, last, insertion.mark);
      i = to;
    }
    const startOf = new Int32Array(at + 1).fill(-1);
    const endOf = new Int32Array(at + 1).fill(-1);
    for (let k = 0; k < starts.length; k += 4) {
      startOf[starts[k] as number] = starts[k + 1] as number;
      endOf[starts[k + 2] as number] = starts[k + 3] as number;
    }
    return { text: pieces.join(''), startOf, endOf, marks, annotations: this.#annotations };
  }
}
