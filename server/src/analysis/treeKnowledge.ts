/**
 * What the files of a tree tell each other: flag constants of headers, and what functions do to a lock that other files
 * can call. Plain data, so that it can be gathered in one thread and used in another.
 */

import { SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import type { LockSummary } from './lockSummary.js';
import {
  directoryOf,
  type FieldKnowledge,
  type FieldStores,
  fieldOfKey,
  fieldsIn,
  memberOfField,
  namesMember,
} from './pageFields.js';
import { functionAsked, type PageAnswer } from './pageKnowledge.js';
import { HELD } from './pageState.js';
import { relativeText } from './shift.js';
import { structsDefined } from './structMembers.js';

/** What an analysis would have asked another file, if it had been told of one. */
export interface Asked {
  readonly functions: ReadonlySet<string>;
  readonly constants: ReadonlySet<string>;
  /** What was asked about pages, in the words of {@link PageAnswer}. */
  readonly pages: ReadonlySet<string>;
  /** Structures, for their members. */
  readonly structs: ReadonlySet<string>;
  /** Fields that pages are stored in, as `fieldKey()` has them: what the others of the directory store there. */
  readonly fields: ReadonlySet<string>;
  /** Directories of which all fields are asked that pages are stored in. */
  readonly directories: ReadonlySet<string>;
}

/** Nothing is asked. */
export const NOTHING_ASKED: Asked = {
  functions: new Set(),
  constants: new Set(),
  pages: new Set(),
  structs: new Set(),
  fields: new Set(),
  directories: new Set(),
};

/** See {@link gatherKnowledge}. What the file that asks defines itself goes before all of it. */
export interface TreeKnowledge {
  /** The flags that a macro of a header stands for. */
  readonly constants: ReadonlyMap<string, readonly string[]>;
  /** What a function does to the lock: only of those that leave it otherwise than they found it. */
  readonly locks: ReadonlyMap<string, LockSummary>;
  /** What functions do with pages, by question. */
  readonly pages: ReadonlyMap<string, PageAnswer>;
  /** The members of structures that headers define, with their types. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What is stored in fields, by `fieldKey()`: only of those that a file stores pages in. */
  readonly fields: ReadonlyMap<string, FieldKnowledge>;
}

/** Nothing is known of other files. */
export const NO_KNOWLEDGE: TreeKnowledge = {
  constants: new Map(),
  locks: new Map(),
  pages: new Map(),
  structs: new Map(),
  fields: new Map(),
};

/** What one file offers. An entry that is null is there, but cannot be told: it spoils those of other files. */
export interface FileKnowledge {
  readonly path: string;
  /** What it asked of others to tell this: when that is known, it may tell something else. */
  readonly asked: Asked;
  readonly constants: readonly (readonly [name: string, flags: readonly string[] | null])[];
  readonly locks: readonly (readonly [name: string, summary: LockSummary | null])[];
  readonly pages: readonly (readonly [question: string, answer: PageAnswer | null])[];
  /** For each function that pages were asked about: the functions of other files that it calls, or one of its own file below it. */
  readonly calls: readonly (readonly [name: string, callees: readonly string[]])[];
  readonly structs: readonly (readonly [name: string, members: ReadonlyMap<string, string>])[];
  /** What it stores in fields, by `fieldKey()`. */
  readonly fields: readonly (readonly [key: string, stores: FieldStores])[];
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
    structs: agreed(files.flatMap(file => file.structs)),
    fields: storedIn(files),
  };
}

/** What is stored in each field that pages are stored in, in order of the files' paths. */
function storedIn(files: readonly FileKnowledge[]): TreeKnowledge['fields'] {
  const byKey = new Map<string, Map<string, FieldStores>>();
  for (const { path, fields } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    for (const [key, stores] of fields) {
      const known = byKey.get(key) ?? new Map<string, FieldStores>();
      byKey.set(key, known.set(path, stores));
    }
  }
  const holdsPages = (stores: FieldKnowledge): boolean =>
    [...stores.values()].some(({ mask }) => (mask & (HELD.pin | HELD.reference)) !== 0);
  return new Map([...byKey].filter(([, stores]) => holdsPages(stores)).sort(([a], [b]) => (a < b ? -1 : 1)));
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
export function answersAny(tree: TreeKnowledge, { functions, constants, pages, structs }: Asked): boolean {
  return (
    [...tree.locks.keys()].some(name => functions.has(name)) ||
    [...tree.constants.keys()].some(name => constants.has(name)) ||
    [...tree.pages.keys()].some(question => pages.has(question)) ||
    [...tree.structs.keys()].some(name => structs.has(name))
  );
}

/** Whether a file names a field that another file stores pages in. */
export function namesStoredField(tree: TreeKnowledge, path: string, text: string): boolean {
  return fieldsIn(tree.fields, directoryOf(path)).some(([{ field }, stores]) => {
    return [...stores.keys()].some(other => other !== path) && namesMember(text, memberOfField(field));
  });
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
  /** Structures of a header. */
  readonly structs: readonly string[];
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
  const { functions, constants, structs } = asked;
  const pages = questionsByFunction(asked);
  return (
    offers.functions.some(name => functions.has(name) || pages.has(name)) ||
    offers.constants.some(name => constants.has(name)) ||
    offers.structs.some(name => structs.has(name))
  );
}

const GETS_PAGES = new RegExp(
  [...SITE_FUNCTIONS].flatMap(([name, kind]) => (kind === 'gup' ? [name] : [])).join('|'),
);

/** Whether a text has something to tell of fields that are asked for, or of what leads to them. */
export function mayTellOfFields(path: string, text: string, asked: Asked): boolean {
  if (!asksDirectoryOf(path, asked)) return false;
  if (asked.directories.has(directoryOf(path)) && GETS_PAGES.test(text)) return true;
  if (isHeader(path) && structsDefined(text).some(name => asked.structs.has(name))) return true;
  return fieldsAskedOf(path, text, asked).length > 0;
}

/** The fields of a file's directory that somebody asks for and that its text names. */
export function fieldsAskedOf(path: string, text: string, asked: Asked): readonly string[] {
  const keys = fieldsByDirectory(asked).get(directoryOf(path)) ?? [];
  return keys.filter(key => namesMember(text, memberOfField(fieldOfKey(key).field)));
}

/** The directories of which fields are asked. */
export function directoriesAsked(asked: Asked): ReadonlySet<string> {
  return new Set([...asked.directories, ...fieldsByDirectory(asked).keys()]);
}

/** Whether fields are asked for of the directory that a file is in. */
export function asksDirectoryOf(path: string, asked: Asked): boolean {
  const directory = directoryOf(path);
  return asked.directories.has(directory) || fieldsByDirectory(asked).has(directory);
}

/** The fields that are asked for, by the directory of the files that are to tell. */
function fieldsByDirectory(asked: Asked): ReadonlyMap<string, readonly string[]> {
  let keys = byDirectory.get(asked);
  if (keys === undefined) {
    const found = new Map<string, string[]>();
    for (const key of asked.fields) {
      const { directory } = fieldOfKey(key);
      const known = found.get(directory);
      if (known === undefined) found.set(directory, [key]);
      else known.push(key);
    }
    keys = found;
    byDirectory.set(asked, keys);
  }
  return keys;
}

const byDirectory = new WeakMap<Asked, ReadonlyMap<string, readonly string[]>>();

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
    structs: new Set(all.flatMap(({ structs }) => [...structs])),
    fields: new Set(all.flatMap(({ fields }) => [...fields])),
    directories: new Set(all.flatMap(({ directories }) => [...directories])),
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
    structs: header ? structsDefined(text) : [],
  };
}
