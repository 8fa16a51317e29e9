/** What the analyses of one file ask of others, and the answers that are known. */

import type { HelperOutcome } from './heldFlow.js';
import type { LockSummary } from './lockSummary.js';
import { directoryOf, type FieldStores, fieldKey, fieldsIn, type PageField } from './pageFields.js';
import type { FunctionAnswer, PageAnswer } from './pageKnowledge.js';
import type { Asked, TreeKnowledge } from './treeKnowledge.js';

/** What another file stores in a field. */
export interface StoredIn {
  readonly path: string;
  readonly stores: FieldStores;
}

/** Made for one reading of a file; every question is noted, whether it has an answer or not, and what is to be told to others. */
export class TreeQuestions {
  readonly tree: TreeKnowledge;
  readonly #path: string | null;
  readonly #functions = new Set<string>();
  readonly #constants = new Set<string>();
  readonly #pages = new Set<string>();
  readonly #structs = new Set<string>();
  readonly #fields = new Set<string>();
  readonly #directories = new Set<string>();

  /**
   * @param tree what is known of other files
   * @param path of the file that asks, with `/`; null: of a file without one nothing is told by directory
   */
  constructor(tree: TreeKnowledge, path: string | null) {
    this.tree = tree;
    this.#path = path;
  }

  /** All that was asked so far; grows. */
  get asked(): Asked {
    return {
      functions: this.#functions,
      constants: this.#constants,
      pages: this.#pages,
      structs: this.#structs,
      fields: this.#fields,
      directories: this.#directories,
    };
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

  /** The members of a structure that a header defines, and their types; null: it is not known. */
  struct(name: string): ReadonlyMap<string, string> | null {
    this.#structs.add(name);
    return this.tree.structs.get(name) ?? null;
  }

  /** Says that this file stores pages in a field: the others of its directory are asked what they store there. */
  stores(owner: string, field: string): void {
    if (this.#path !== null) this.#fields.add(fieldKey({ owner, field, directory: directoryOf(this.#path) }));
  }

  /** Says that this file stores pages in fields of which it is not known yet whose they are. */
  storesSomewhere(): void {
    if (this.#path !== null) this.#directories.add(directoryOf(this.#path));
  }

  /** All that other files store in fields of this directory's structures, as far as is known. */
  storedByOthers(): readonly (StoredIn & PageField)[] {
    const own = this.#path;
    if (own === null) return [];
    return fieldsIn(this.tree.fields, directoryOf(own)).flatMap(([field, stores]) =>
      [...stores].flatMap(([path, stored]) => (path === own ? [] : [{ ...field, path, stores: stored }])),
    );
  }

  #page<K extends PageAnswer['kind']>(question: string, kind: K): Extract<PageAnswer, { kind: K }> | null {
    this.#pages.add(question);
    const answer = this.tree.pages.get(question);
    return answer?.kind === kind ? (answer as Extract<PageAnswer, { kind: K }>) : null;
  }
}
