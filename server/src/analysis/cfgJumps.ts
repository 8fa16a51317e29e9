/** The labels of a function and the jumps to them, which the builder of its graph connects in the end. */

import type { FunctionAst } from '../syntax/ast.js';
import { isStatement, walk } from '../syntax/index.js';
import type { CfgBlocks } from './cfgBlocks.js';
import { type MutableBlock, NEXT, type ScopeExit } from './cfgParts.js';

/** A jump whose label may still come. `target` is null for a computed one. */
interface PendingGoto {
  readonly from: MutableBlock;
  readonly target: string | null;
  readonly scope: readonly ScopeExit[];
}

/** The labels of a function and the jumps to them. */
export class CfgJumps {
  readonly #names = new Set<string>();
  /** Labels have names of their own: `out` may be a variable as well. */
  readonly #variables: Set<string>;
  readonly #labels = new Map<
    string,
    { readonly block: MutableBlock; readonly scope: readonly ScopeExit[] }
  >();
  readonly #gotos: PendingGoto[] = [];

  constructor(fn: FunctionAst) {
    this.#variables = new Set(fn.parameters.flatMap(parameter => parameter.name ?? []));
    walk(fn.body, node => {
      if (node.kind === 'label') this.#names.add(node.name);
      if (node.kind === 'declaration') for (const { name } of node.declarators) this.#variables.add(name);
      return isStatement(node);
    });
  }

  /** Whether a name stands for a label of the function, be it still to come. */
  isLabel(name: string): boolean {
    return this.#names.has(name) && !this.#variables.has(name);
  }

  /** A label, met at the start of `block`. */
  label(name: string, block: MutableBlock, scope: readonly ScopeExit[]): void {
    this.#labels.set(name, { block, scope });
  }

  /** A jump at the end of a block. `target` is null for a computed one. */
  goto(from: MutableBlock, target: string | null, scope: readonly ScopeExit[]): void {
    this.#gotos.push({ from, target, scope });
  }

  /**
   * Connects the jumps with their labels; on the way the exits of the scopes that they leave are run.
   * @returns whether it is certain where each goes
   */
  resolve(exit: MutableBlock, blocks: CfgBlocks): boolean {
    let certain = true;
    for (const { from, target, scope } of this.#gotos) {
      const named = target === null ? undefined : this.#labels.get(target);
      // A computed goto, or a label that a macro names: it is one of those that are there.
      const targets = named === undefined ? [...this.#labels.values()] : [named];
      if (target === null || targets.length === 0) certain = false;
      if (targets.length === 0) blocks.connect(from, exit, NEXT);
      for (const label of targets) {
        const left = scope.filter(one => !label.scope.includes(one)).reverse();
        // A jump past a guard() into its scope does not compile: something was not read as it is meant.
        if (label.scope.some(one => !scope.includes(one))) certain = false;
        if (left.length === 0) {
          blocks.connect(from, label.block, NEXT);
          continue;
        }
        const between = blocks.add();
        between.elements.push(...left);
        blocks.connect(from, between, NEXT);
        blocks.connect(between, label.block, NEXT);
      }
    }
    return certain;
  }
}
