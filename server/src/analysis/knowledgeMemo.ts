/** Knowledge is gathered in rounds: what a file told in the last one stands while nothing that it hangs on has changed. */

import type { SourceFile } from '../syntax/index.js';
import { directoryOf, fieldsIn } from './pageFields.js';
import { functionAsked } from './pageKnowledge.js';
import { relativeText } from './shift.js';
import { structsDefined } from './structMembers.js';
import {
  type Asked,
  type FileKnowledge,
  fieldsAskedOf,
  questionsByFunction,
  type TreeKnowledge,
} from './treeKnowledge.js';

const CALLED = /\b[A-Za-z_]\w*(?=\s*\()/g;

interface Told {
  readonly knowledge: FileKnowledge;
  /** The names of the file's functions. */
  readonly names: readonly string[];
  /** What was wanted of the file, as a text. */
  readonly wanted: string;
  /** What others told of what the file asks, as a text. */
  readonly answers: string;
}

/** Of one text of one file, read for one kernel. */
export class KnowledgeMemo {
  readonly #path: string;
  readonly #text: string;
  #told: Told | null = null;
  #called: ReadonlySet<string> | null = null;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /**
   * What the file offers of what is wanted, as `knowledgeOf()` tells it.
   * @param read reads the file; called only if `tell` is
   * @param tell called if something else may come of it than the last time
   */
  of(
    wanted: Asked,
    tree: TreeKnowledge,
    read: () => SourceFile,
    tell: (source: SourceFile) => FileKnowledge,
  ): FileKnowledge {
    const told = this.#told;
    if (
      told !== null &&
      told.wanted === this.#wanted(wanted, told.names) &&
      told.answers === this.#answers(tree, told.knowledge.asked)
    ) {
      return told.knowledge;
    }
    const source = read();
    const knowledge = tell(source);
    const names = [...new Set(source.functions.map(item => item.name))];
    const answers = this.#answers(tree, knowledge.asked);
    this.#told = { knowledge, names, wanted: this.#wanted(wanted, names), answers };
    return knowledge;
  }

  #wanted(wanted: Asked, names: readonly string[]): string {
    const questions = questionsByFunction(wanted);
    return JSON.stringify([
      names.filter(name => wanted.functions.has(name)),
      names.flatMap(name => [...(questions.get(name) ?? [])].sort()),
      structsDefined(this.#text).filter(name => wanted.structs.has(name)),
      [...fieldsAskedOf(this.#path, this.#text, wanted)].sort(),
      wanted.directories.has(directoryOf(this.#path)),
    ]);
  }

  /**
   * Of functions also what was not asked: one that is known now, and is called, may be what makes a function of this file
   * one to be looked at.
   */
  #answers(tree: TreeKnowledge, asked: Asked): string {
    const called = this.#calledNames();
    const about = <T>(answers: ReadonlyMap<string, T>, concerns: (key: string) => boolean): unknown =>
      [...answers].filter(([key]) => concerns(key));
    return relativeText(
      [
        about(tree.locks, name => called.has(name)),
        about(tree.pages, question => called.has(functionAsked(question))),
        about(tree.constants, name => asked.constants.has(name)),
        about(tree.structs, name => asked.structs.has(name)),
        fieldsIn(tree.fields, directoryOf(this.#path)),
      ],
      0,
    );
  }

  #calledNames(): ReadonlySet<string> {
    this.#called ??= new Set(this.#text.match(CALLED) ?? []);
    return this.#called;
  }
}
