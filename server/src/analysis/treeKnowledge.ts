/**
 * What the files of a tree tell each other: flag constants of headers, and what functions do to a lock that other files
 * can call. Plain data, so that it can be gathered in one thread and used in another.
 */

import type { LockSummary } from './lockSummary.js';
import { functionAsked, type PageAnswer } from './pageKnowledge.js';
import { relativeText } from './shift.js';

/** What an analysis would have asked another file, if it had been told of one. */
export interface Asked {
  readonly functions: ReadonlySet<string>;
  readonly constants: ReadonlySet<string>;
  /** What was asked about pages, in the words of {@link PageAnswer}. */
  readonly pages: ReadonlySet<string>;
}

/** See {@link gatherKnowledge}. What the file that asks defines itself goes before all of it. */
export interface TreeKnowledge {
  /** The flags that a macro of a header stands for. */
  readonly constants: ReadonlyMap<string, readonly string[]>;
  /** What a function does to the lock: only of those that leave it otherwise than they found it. */
  readonly locks: ReadonlyMap<string, LockSummary>;
  /** What functions do with pages, by question. */
  readonly pages: ReadonlyMap<string, PageAnswer>;
}

/** Nothing is known of other files. */
export const NO_KNOWLEDGE: TreeKnowledge = { constants: new Map(), locks: new Map(), pages: new Map() };

/** What one file offers. An entry that is null is there, but cannot be told: it spoils those of other files. */
export interface FileKnowledge {
  /** What it asked of others to tell this: when that is known, it may tell something else. */
  readonly asked: Asked;
  readonly constants: readonly (readonly [name: string, flags: readonly string[] | null])[];
  readonly locks: readonly (readonly [name: string, summary: LockSummary | null])[];
  readonly pages: readonly (readonly [question: string, answer: PageAnswer | null])[];
  /** For each function that pages were asked about: the functions of other files that it calls, or one of its own file below it. */
  readonly calls: readonly (readonly [name: string, callees: readonly string[]])[];
}

/** Whether a file of this name is read into others, so that what it defines as `static` is theirs too. */
export function isHeader(path: string): boolean {
  return path.endsWith('.h');
}

/**
 * Brings together what files offer, in whatever order they come. A name that two files give different meanings, and a
 * function of which it cannot be told what it does, are not known.
 */
export function gatherKnowledge(files: readonly FileKnowledge[]): TreeKnowledge {
  return {
    constants: agreed(files.flatMap(file => file.constants)),
    locks: agreed(
      files.flatMap(file =>
        file.locks.map(([name, summary]) => [name, summary?.exit === null ? null : summary]),
      ),
    ),
    pages: agreed(withoutRecursion(files)),
  };
}

/** The answers about pages; none about a function that comes back to itself through other files. */
function withoutRecursion(files: readonly FileKnowledge[]): FileKnowledge['pages'] {
  const callees = new Map<string, Set<string>>();
  for (const [name, called] of files.flatMap(file => file.calls)) {
    callees.set(name, new Set([...(callees.get(name) ?? []), ...called]));
  }
  const isRecursive = (name: string): boolean => {
    const seen = new Set(callees.get(name));
    for (const next of seen) {
      if (next === name) return true;
      for (const callee of callees.get(next) ?? []) seen.add(callee);
    }
    return false;
  };
  const recursive = new Set([...callees.keys()].filter(isRecursive));
  return files.flatMap(file =>
    file.pages.map(([question, answer]) => {
      return [question, recursive.has(functionAsked(question)) ? null : answer] as const;
    }),
  );
}

function agreed<T>(entries: readonly (readonly [name: string, value: T | null])[]): ReadonlyMap<string, T> {
  const texts = new Map<string, string | null>();
  const values = new Map<string, T>();
  for (const [name, value] of entries) {
    const text = value === null ? null : relativeText(value, 0);
    const known = texts.get(name);
    texts.set(name, known === undefined || known === text ? text : null);
    if (value !== null) values.set(name, value);
  }
  const names = [...texts].filter(([, text]) => text !== null).map(([name]) => name);
  return new Map(
    names.sort().flatMap(name => {
      const value = values.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Whether an analysis that asked these questions might say something else with this knowledge. */
export function answersAny(tree: TreeKnowledge, { functions, constants, pages }: Asked): boolean {
  return (
    [...tree.locks.keys()].some(name => functions.has(name)) ||
    [...tree.constants.keys()].some(name => constants.has(name)) ||
    [...tree.pages.keys()].some(question => pages.has(question))
  );
}

/** Chains of functions through more files than this are not followed to their end. */
const MOST_ROUNDS = 4;

/**
 * Gathers what is asked for in rounds, since what a function does may hang on one of a third file.
 * @param ask has every file that may offer something wanted tell it, knowing what the others told so far
 */
export async function gatherInRounds(
  asked: Asked,
  ask: (wanted: Asked, tree: TreeKnowledge) => Promise<readonly FileKnowledge[]>,
): Promise<TreeKnowledge> {
  let wanted = asked;
  let tree = NO_KNOWLEDGE;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const told = await ask(wanted, tree);
    const next = gatherKnowledge(told);
    if (sameKnowledge(tree, next)) break;
    wanted = uniteAsked([wanted, ...told.map(file => file.asked)]);
    tree = next;
  }
  return tree;
}

/** Whether two states of knowledge are the same. */
export function sameKnowledge(a: TreeKnowledge, b: TreeKnowledge): boolean {
  return a === b || relativeText(a, 0) === relativeText(b, 0);
}

/** What a text offers to other files, told before it is read: names, some too many. */
export interface RoughOffers {
  /** Functions, if it has to do with the lock of an mm, or with pages. */
  readonly functions: readonly string[];
  /** Flag constants. */
  readonly constants: readonly string[];
}

const DEFINITION =
  /^(?!static\b|typedef\b|return\b)(?:[A-Za-z_][\w \t*]*[ \t*])?(\w+)\([^;{}]*\)[^;{}()]*\{/gm;
const HEADER_DEFINITION = /^static[ \t](?:[\w \t*]*[ \t*])?(\w+)\([^;{}]*\)[^;{}()]*\{/gm;
/** A call by name, as text. */
export const CALL = /\b[a-z_]\w{2,}(?=\()/g;
const FLAG_DEFINE = /^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t(]+.*\b(?:FOLL|FAULT_FLAG|VM_FAULT)_/gm;

/** Parts of the names of all functions that take, give up or may give up the lock of an mm, or get or release pages. */
const WORDS: readonly string[] = [
  'mmap_',
  'mm_fault',
  'user_fault',
  'lock_vma',
  'vma_',
  'pages_remote',
  'pages_locked',
  'user_page',
  'put_page',
  'release_pages',
  '_folio',
  'folio_put',
  'sg_set_page',
  'page_dirty',
];

/** Whether a file may offer something that is wanted. */
export function mayOffer(offers: RoughOffers, asked: Asked): boolean {
  const { functions, constants } = asked;
  const pages = questionsByFunction(asked);
  return (
    offers.functions.some(name => functions.has(name) || pages.has(name)) ||
    offers.constants.some(name => constants.has(name))
  );
}

/** The questions about pages, by the function that they are about. */
export function questionsByFunction(asked: Asked): ReadonlyMap<string, readonly string[]> {
  let questions = byFunction.get(asked);
  if (questions === undefined) {
    const found = new Map<string, string[]>();
    for (const question of asked.pages) {
      const name = functionAsked(question);
      const known = found.get(name);
      if (known === undefined) found.set(name, [question]);
      else known.push(question);
    }
    questions = found;
    byFunction.set(asked, questions);
  }
  return questions;
}

const byFunction = new WeakMap<Asked, ReadonlyMap<string, readonly string[]>>();

/** All that several analyses asked. */
export function uniteAsked(all: readonly Asked[]): Asked {
  return {
    functions: new Set(all.flatMap(({ functions }) => [...functions])),
    constants: new Set(all.flatMap(({ constants }) => [...constants])),
    pages: new Set(all.flatMap(({ pages }) => [...pages])),
  };
}

/** Reads names off a text, so that a file need not be split to learn that nobody asks for what it defines. */
export function roughOffers(text: string, path: string): RoughOffers {
  const names = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(match => match[1] ?? '');
  const header = isHeader(path);
  const concerns = WORDS.some(word => text.includes(word));
  return {
    functions: concerns ? [...names(DEFINITION), ...(header ? names(HEADER_DEFINITION) : [])] : [],
    constants: header ? names(FLAG_DEFINE) : [],
  };
}
