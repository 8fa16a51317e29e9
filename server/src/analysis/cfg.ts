/**
 * The control-flow graph of one function: basic blocks of the things that have an effect, in the order in which
 * they happen, and edges that say which condition led along them.
 *
 * Elements are flat: the arguments of a call, the right side of an assignment and the initialiser of a
 * declaration have their own elements before it. So every call of the function is an element exactly once, and a
 * transfer function looks at the element's own node only, never into its operands.
 */

import type {
  Asm,
  Assignment,
  Call,
  Case,
  Declaration,
  Declarator,
  Expression,
  Guard,
  MacroLoop,
  Return,
  Span,
  UnknownExpression,
  UnknownStatement,
  Update,
} from '../syntax/ast.js';

/** One effect. `declare` without an initialiser is there too: the variable starts without a value. */
export type CfgElement =
  | { readonly kind: 'call'; readonly node: Call }
  | { readonly kind: 'assignment'; readonly node: Assignment }
  | { readonly kind: 'update'; readonly node: Update }
  | { readonly kind: 'declare'; readonly node: Declarator; readonly declaration: Declaration }
  /** One more pass of a loop macro: it may assign any of its arguments. */
  | { readonly kind: 'macro-loop'; readonly node: MacroLoop }
  | { readonly kind: 'guard-enter'; readonly node: Guard }
  | { readonly kind: 'guard-exit'; readonly node: Guard }
  /** The scope of a variable declared with `__free()` ends: its cleanup function gets it. */
  | { readonly kind: 'cleanup'; readonly node: Declarator }
  | { readonly kind: 'return'; readonly node: Return }
  | { readonly kind: 'asm'; readonly node: Asm }
  /** Something that could not be read: whatever is known may have changed. */
  | { readonly kind: 'unknown'; readonly node: UnknownStatement | UnknownExpression };

/**
 * Why an edge is taken. `branch`: `condition` has the truth value `truth`; it holds no `&&`, `||`, `!` or `?:` at
 * its top, these are edges of their own. `case`: `subject` equals the case's value (or is in its range).
 * `default`: it equals none of `cases`. `next`: always, or for a reason that cannot be told.
 */
export type EdgeLabel =
  | { readonly kind: 'next' }
  | { readonly kind: 'branch'; readonly condition: Expression; readonly truth: boolean }
  | { readonly kind: 'case'; readonly subject: Expression; readonly case: Case }
  | { readonly kind: 'default'; readonly subject: Expression; readonly cases: readonly Case[] };

/** A way from the end of one block to the start of another, by their ids. */
export interface CfgEdge {
  readonly from: number;
  readonly to: number;
  readonly label: EdgeLabel;
}

/** Elements that happen one after the other, with the edges that lead here and on. */
export interface CfgBlock {
  readonly id: number;
  readonly elements: readonly CfgElement[];
  readonly in: readonly CfgEdge[];
  readonly out: readonly CfgEdge[];
}

/** Where an element stands: the block and the index in its elements. */
export interface CfgPosition {
  readonly block: number;
  readonly index: number;
}

/** The graph of one function. */
export class Cfg {
  readonly blocks: readonly CfgBlock[];
  readonly entry: number;
  /** The block that every return, and the end of the body, leads to. It has no elements. */
  readonly exit: number;
  /** The reachable blocks, a block before those it leads to except along the edges that close a loop. */
  readonly order: readonly number[];
  /** Whether every statement was read. If not, what the graph says is not all that may happen. */
  readonly complete: boolean;
  /** The names that do not tell what their variable holds; see unfollowedNames(). */
  readonly unfollowed: ReadonlySet<string>;
  #positions: Map<object, CfgPosition> | null = null;
  #elements: readonly { readonly element: CfgElement; readonly at: CfgPosition }[] | null = null;

  constructor(
    blocks: readonly CfgBlock[],
    ends: { readonly entry: number; readonly exit: number },
    complete: boolean,
    unfollowed: ReadonlySet<string>,
  ) {
    this.blocks = blocks;
    this.entry = ends.entry;
    this.exit = ends.exit;
    this.complete = complete;
    this.unfollowed = unfollowed;
    this.order = reversePostorder(blocks, this.entry);
  }

  /**
   * Where the element of a syntax node is, by identity; null for a node that has no element of its own or that
   * cannot be reached. (A guard is found where it is entered, a variable where it is declared.)
   */
  positionOf(node: object): CfgPosition | null {
    if (this.#positions === null) {
      this.#positions = new Map();
      for (const id of this.order) {
        this.blocks[id]?.elements.forEach((element, index) => {
          const ends = element.kind === 'guard-exit' || element.kind === 'cleanup';
          if (!ends) this.#positions?.set(element.node, { block: id, index });
        });
      }
    }
    return this.#positions.get(node) ?? null;
  }

  /** Every reachable element with its position, in the order of the blocks. */
  elements(): readonly { readonly element: CfgElement; readonly at: CfgPosition }[] {
    // Nearly every analysis goes through them.
    this.#elements ??= this.order.flatMap(id =>
      (this.blocks[id]?.elements ?? []).map((element, index) => ({ element, at: { block: id, index } })),
    );
    return this.#elements;
  }

  /**
   * The position of the first reachable element that starts at or behind an offset and inside `within`; null if
   * there is none.
   */
  firstAt(within: Span): CfgPosition | null {
    let best: { readonly start: number; readonly at: CfgPosition } | null = null;
    for (const { element, at } of this.elements()) {
      const start = element.node.start;
      if (start < within.start || start >= within.end) continue;
      if (best === null || start < best.start) best = { start, at };
    }
    return best?.at ?? null;
  }
}

function reversePostorder(blocks: readonly CfgBlock[], entry: number): number[] {
  const seen = new Set<number>([entry]);
  const postorder: number[] = [];
  const stack: { readonly id: number; next: number }[] = [{ id: entry, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const edge = blocks[top.id]?.out[top.next++];
    if (edge === undefined) {
      postorder.push(top.id);
      stack.pop();
    } else if (!seen.has(edge.to)) {
      seen.add(edge.to);
      stack.push({ id: edge.to, next: 0 });
    }
  }
  return postorder.reverse();
}
