/** The unfinished blocks of a control-flow graph, and the one that is being filled. */

import type { CfgEdge, CfgElement, EdgeLabel } from './cfg.js';
import { type MutableBlock, NEXT } from './cfgParts.js';

/** The blocks of a graph while it is built. */
export class CfgBlocks {
  readonly all: MutableBlock[] = [];
  /** Where elements are added. */
  current: MutableBlock;

  constructor() {
    this.current = this.add();
  }

  /** Another block, to which nothing leads yet. */
  add(): MutableBlock {
    const block: MutableBlock = { id: this.all.length, elements: [], in: [], out: [] };
    this.all.push(block);
    return block;
  }

  /** An edge between two blocks. */
  connect(from: MutableBlock, to: MutableBlock, label: EdgeLabel): void {
    const edge: CfgEdge = { from: from.id, to: to.id, label };
    from.out.push(edge);
    to.in.push(edge);
  }

  /** Puts an element at the end of the current block. */
  append(element: CfgElement): void {
    this.current.elements.push(element);
  }

  /** Goes on in `block`, to which the current block leads. */
  flowInto(block: MutableBlock): void {
    this.connect(this.current, block, NEXT);
    this.current = block;
  }

  /** What follows cannot be reached from here (a label may still reach it). */
  dead(): void {
    this.current = this.add();
  }
}
