/** Results about functions, kept by the function's text and by the answers that they took from elsewhere. */

import type { Profile } from '../../../kernel/src/index.js';
import { contextKey, type FunctionItem, type KernelCParser, type SourceFile } from '../syntax/index.js';
import { shifted } from './shift.js';

/**
 * The answers that a result took from outside its function, by question, each as a text. While the same questions get
 * the same answers, the result stands. Places in an answer are relative to the function that asked, so that an answer
 * changes where the two move apart.
 */
export type Dependencies = ReadonlyMap<string, string>;

/** A result, and what it was made of. */
export interface Made<T> {
  readonly value: T;
  readonly dependencies: Dependencies;
}

interface Kept<T> extends Made<T> {
  readonly start: number;
}

/** Functions kept by name, and texts kept of one; the longest unused goes first. */
const MOST_NAMES = 2000;
const MOST_TEXTS = 8;

/** Keeps one kind of result. A value is plain data: objects, arrays, maps and sets, with spans in it. */
export class FunctionMemo<T> {
  readonly #names = new Map<string, Map<string, Kept<T>>>();
  #made = 0;

  /** How many results were made, not found, so far. */
  get made(): number {
    return this.#made;
  }

  /**
   * The result for a function: that of an earlier call if the function's text is the same and `answer` gives what it
   * gave then, its spans moved to where the function is now; else a new one.
   *
   * @param context what else the result hangs on: the profile, the branches read
   * @param answer answers a question now, as {@link Dependencies} has it
   */
  of(
    file: SourceFile,
    item: FunctionItem,
    context: string,
    answer: (question: string) => string,
    make: () => Made<T>,
  ): T {
    const name = `${item.name} ${item.alternative?.condition ?? ''} ${context}`;
    const text = file.text.slice(item.start, item.end);
    const texts = this.#names.get(name) ?? new Map<string, Kept<T>>();
    touch(this.#names, name, texts, MOST_NAMES);
    const known = texts.get(text);
    if (known !== undefined && standsStill(known.dependencies, answer)) {
      const { start } = known;
      const value = start === item.start ? known.value : shifted(known.value, item.start - start);
      touch(texts, text, { ...known, value, start: item.start }, MOST_TEXTS);
      return value;
    }
    this.#made++;
    const made = make();
    touch(texts, text, { ...made, start: item.start }, MOST_TEXTS);
    return made.value;
  }
}

/** A memo of one kind of result for each parser: kept as long as it. */
export function memosOf<T>(): (parser: KernelCParser) => FunctionMemo<T> {
  const memos = new WeakMap<KernelCParser, FunctionMemo<T>>();
  return parser => {
    let memo = memos.get(parser);
    if (memo === undefined) {
      memo = new FunctionMemo();
      memos.set(parser, memo);
    }
    return memo;
  };
}

/** What results about a file's functions hang on beside their text: the profile, its version and macros. */
export function readingOf(file: SourceFile, profile: Profile): string {
  return `${profile.id} ${contextKey(file)}`;
}

/** Whether every question still gets its answer. */
export function standsStill(dependencies: Dependencies, answer: (question: string) => string): boolean {
  for (const [question, text] of dependencies) if (answer(question) !== text) return false;
  return true;
}

/** Makes an entry the last of a map, and drops the first ones beyond the limit. */
export function touch<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
