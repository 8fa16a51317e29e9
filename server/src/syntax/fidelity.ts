/**
 * Checks that a tree says everything that the author wrote: every name, literal and operator of the branches that
 * were read is a node, or part of one, or named as an annotation. A parser can lose an operand without an error.
 */

import type { Declaration, FunctionAst, Span } from './ast.js';
import { type BodyTokens, bodyTokens } from './bodyTokens.js';
import { detailsOf, isKept } from './readSource.js';
import { Tok } from './scan.js';
import type { FunctionItem, SourceFile } from './sourceFile.js';
import { childrenOf, type Node } from './visit.js';

/** A token that the tree does not account for. `reason` names the node that should have held it. */
export interface FidelityLoss {
  readonly span: Span;
  readonly text: string;
  readonly reason: string;
}

/** Brackets and separators carry no operand; the shape of the tree stands for them. */
const STRUCTURE = new Set(['(', ')', '[', ']', '{', '}', ',', ';']);

/** Words and marks of a node that are no child of it. */
const OWN: Partial<Record<Node['kind'], readonly string[]>> = {
  conditional: ['?', ':'],
  if: ['if', 'else'],
  while: ['while'],
  'do-while': ['do', 'while'],
  for: ['for'],
  switch: ['switch'],
  case: ['case', 'default', ':', '...'],
  return: ['return'],
  break: ['break'],
  continue: ['continue'],
};

/** The tokens of the function's body that `ast` does not account for; empty for a faithful tree. */
export function fidelityLosses(file: SourceFile, fn: FunctionItem, ast: FunctionAst): FidelityLoss[] {
  const { tokens, conditionals, readingOf } = detailsOf(file);
  const reading = readingOf.get(fn);
  if (reading === undefined) throw new TypeError(`${fn.name} is not a function of this file`);
  const body = bodyTokens(tokens, reading.split.bodyOpen, reading.split.bodyClose, token =>
    isKept(conditionals, reading.selection, token),
  );
  const check = new Check(body);
  for (const annotation of ast.annotations) check.cover(annotation);
  check.node(ast.body);
  return check.losses();
}

class Check {
  readonly #t: BodyTokens;
  readonly #covered: Uint8Array;
  readonly #seenIn: string[];

  constructor(tokens: BodyTokens) {
    this.#t = tokens;
    this.#covered = new Uint8Array(tokens.count);
    this.#seenIn = new Array<string>(tokens.count).fill('nothing');
  }

  /** Accounts for all tokens of a span. */
  cover(span: Span): void {
    for (let i = this.#first(span.start); i < this.#t.count && (this.#t.end[i] as number) <= span.end; i++) {
      this.#covered[i] = 1;
    }
  }

  node(node: Node): void {
    if (node.kind === 'type-query' || node.kind === 'asm' || node.kind === 'string') {
      this.cover(node);
      return;
    }
    const children = [...childrenOf(node)].sort((a, b) => a.start - b.start);
    let child = 0;
    const own: number[] = [];
    for (let i = this.#first(node.start); i < this.#t.count && (this.#t.start[i] as number) < node.end; i++) {
      const at = this.#t.start[i] as number;
      while (child < children.length && (children[child] as Node).end <= at) child++;
      const next = children[child];
      if (next !== undefined && next.start <= at) {
        i = Math.max(i, this.#first(next.end) - 1);
        continue;
      }
      own.push(i);
    }
    this.#accept(node, own);
    for (const inner of children) this.node(inner);
  }

  losses(): FidelityLoss[] {
    const out: FidelityLoss[] = [];
    for (let i = 0; i < this.#t.count; i++) {
      const text = this.#t.text[i] as string;
      if (this.#covered[i] === 1 || STRUCTURE.has(text)) continue;
      const span = { start: this.#t.start[i] as number, end: this.#t.end[i] as number };
      out.push({ span, text, reason: `not accounted for by the ${this.#seenIn[i]} around it` });
    }
    return out;
  }

  /** Index of the first token that starts at or behind an offset. */
  #first(offset: number): number {
    let low = 0;
    let high = this.#t.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#t.start[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #accept(node: Node, own: readonly number[]): void {
    for (const i of own) this.#seenIn[i] = node.kind;
    const take = (accepts: (text: string, token: number) => boolean): void => {
      for (const i of own) if (accepts(this.#t.text[i] as string, i)) this.#covered[i] = 1;
    };
    const once = (text: string): void => {
      const found = own.find(i => this.#t.text[i] === text);
      if (found !== undefined) this.#covered[found] = 1;
    };
    const words = OWN[node.kind];
    if (words !== undefined) take(text => words.includes(text));
    switch (node.kind) {
      case 'identifier':
        once(node.name);
        return;
      case 'number':
      case 'char':
        if (own.length === 1) take((_, i) => this.#t.kind[i] === Tok.number || this.#t.kind[i] === Tok.char);
        return;
      case 'member':
        once(node.arrow ? '->' : '.');
        once(node.name);
        return;
      case 'unary':
      case 'update':
      case 'binary':
      case 'assignment':
        once(node.op);
        return;
      case 'cast':
        take((_, i) => (this.#t.end[i] as number) <= node.operand.start);
        return;
      case 'declaration':
        this.#declaration(node, own);
        return;
      case 'initializer-list':
        this.#designators(node.items, own);
        return;
      case 'goto':
        once('goto');
        if (node.target !== null) once(node.target);
        return;
      case 'label':
        once(node.name);
        once(':');
        return;
      case 'macro-loop':
        once(node.macro);
        return;
      case 'guard':
        take(text => /^(?:guard|scoped_guard|scoped_cond_guard|ACQUIRE)$/.test(text));
        once(node.class);
        if (node.variable !== null) once(node.variable);
        return;
      default:
    }
  }

  /** Type and declarators are words of the declaration; behind a `=`, only the tree of the value counts. */
  #declaration(node: Declaration, own: readonly number[]): void {
    for (const i of own) {
      const at = this.#t.start[i] as number;
      const around = node.declarators.find(one => one.init !== null && one.start <= at && at < one.end);
      const equals =
        around === undefined
          ? undefined
          : own.find(k => this.#t.text[k] === '=' && (this.#t.start[k] as number) >= around.start);
      if (equals === undefined || i <= equals) this.#covered[i] = 1;
    }
  }

  #designators(
    items: readonly { readonly designator: string | null; readonly value: Node }[],
    own: readonly number[],
  ): void {
    let from = -1;
    for (const item of items) {
      const to = item.value.start;
      if (item.designator !== null) {
        for (const i of own) {
          const at = this.#t.start[i] as number;
          if (at >= from && at < to) this.#covered[i] = 1;
        }
      }
      from = item.value.end;
    }
  }
}
