/** Results about functions, kept by the function's text and by the answers that they took from elsewhere. */

import type { Profile } from '../../../kernel/src/index.js';
import {
  contextKey,
  type FunctionItem,
  functionsNamed,
  type KernelCParser,
  type SourceFile,
} from '../syntax/index.js';
import { moved, shifted } from './shift.js';

/**
 * The answers that a result took from outside its function, by question, each as a text. While the same questions get
 * the same answers, the result stands.
 */
export type Dependencies = ReadonlyMap<string, string>;

/** A result, and what it was made of. */
export interface Made<T> {
  readonly value: T;
  readonly dependencies: Dependencies;
  /** Other functions of the file that the value may have places in: those places move with them. */
  readonly others?: readonly FunctionItem[];
}

/** Where a function was that a result has places in. */
interface Frame {
  readonly name: string;
  /** Which of that name, in order of position. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

interface Kept<T> extends Made<T> {
  /** Its own copy: a part of a file's text would keep the whole text alive. */
  readonly text: string;
  readonly start: number;
  readonly frames: readonly Frame[];
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
   * gave then, its spans moved to where the functions are now that they are in; else a new one.
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
      const now =
        known.start === item.start && known.frames.length === 0 ? known : movedTo(known, file, item);
      if (now !== null) {
        touch(texts, now.text, now, MOST_TEXTS);
        return now.value;
      }
    }
    this.#made++;
    const made = make();
    const others = (made.others ?? []).map(other => frameOf(file, other));
    const kept = { ...made, text: ownCopy(text), start: item.start, frames: others };
    touch(texts, kept.text, kept, MOST_TEXTS);
    return made.value;
  }
}

/** Made once for a function: the results of all that call it have places in it. */
function frameOf(file: SourceFile, item: FunctionItem): Frame {
  let frame = frames.get(item);
  if (frame === undefined) {
    const { name, start, end } = item;
    frame = { name, index: functionsNamed(file, name).findIndex(one => one.start === start), start, end };
    frames.set(item, frame);
  }
  return frame;
}

const frames = new WeakMap<FunctionItem, Frame>();

/** A result where its functions are now; null if one of them is gone. */
function movedTo<T>(known: Kept<T>, file: SourceFile, item: FunctionItem): Kept<T> | null {
  const own = item.start - known.start;
  const present: Frame[] = [];
  for (const frame of known.frames) {
    const now = functionsNamed(file, frame.name)[frame.index];
    if (now === undefined) return null;
    present.push(frameOf(file, now));
  }
  const deltaOf = (frame: Frame, i: number): number => (present[i]?.start ?? frame.start) - frame.start;
  const value = known.frames.every((frame, i) => deltaOf(frame, i) === own)
    ? shifted(known.value, own)
    : moved(known.value, offset => {
        const i = known.frames.findIndex(({ start, end }) => start <= offset && offset <= end);
        const frame = known.frames[i];
        return offset + (frame === undefined ? own : deltaOf(frame, i));
      });
  return { ...known, value, start: item.start, frames: present };
}

/** A string that shares no memory with another one: a slice keeps all of the text alive that it is of. */
function ownCopy(text: string): string {
  return ` ${text}`.slice(1);
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

/** An offset as a function and a place in it: the same where the function has moved. */
export function placeIn(file: SourceFile, offset: number): string {
  const item = file.functions.find(({ start, end }) => start <= offset && offset <= end);
  return item === undefined ? String(offset) : `${item.name} ${offset - item.start}`;
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
