/** What the analyses of one file ask of others, and the answers that are known. */

import type { HelperOutcome } from './heldFlow.js';
import type { LockSummary } from './lockSummary.js';
import type { FunctionAnswer, PageAnswer } from './pageKnowledge.js';
import type { Asked, TreeKnowledge } from './treeKnowledge.js';

/** Made for one reading of a file; every question is noted, whether it has an answer or not. */
export class TreeQuestions {
  readonly tree: TreeKnowledge;
  readonly #functions = new Set<string>();
  readonly #constants = new Set<string>();
  readonly #pages = new Set<string>();

  /** @param tree what is known of other files */
  constructor(tree: TreeKnowledge) {
    this.tree = tree;
  }

  /** All that was asked so far; grows. */
  get asked(): Asked {
    return { functions: this.#functions, constants: this.#constants, pages: this.#pages };
  }

  /** What a function of another file does to a lock; null: nothing, as far as is known. */
  lock(name: string): LockSummary | null {
    this.#functions.add(name);
    return this.tree.locks.get(name) ?? null;
  }

  /** The flags of a constant of a header; null if none is known. */
  constant(name: string): readonly string[] | null {
    this.#constants.add(name);
    return this.tree.constants.get(name) ?? null;
  }

  /** What a function of another file does with the pages that it is given; null: it cannot be told. */
  held(name: string, given: string): HelperOutcome | null {
    return this.#page(`held ${name} ${given}`, 'held')?.outcome ?? null;
  }

  /** What a function of another file does to pages, whoever calls it; null: it cannot be told. */
  function(name: string): FunctionAnswer | null {
    return this.#page(`function ${name}`, 'function');
  }

  #page<K extends PageAnswer['kind']>(question: string, kind: K): Extract<PageAnswer, { kind: K }> | null {
    this.#pages.add(question);
    const answer = this.tree.pages.get(question);
    return answer?.kind === kind ? (answer as Extract<PageAnswer, { kind: K }>) : null;
  }
}
