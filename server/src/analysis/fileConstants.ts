/** Flag constants that a file defines for itself: `#define`, `enum` members and file-level `const` integers. */

import type { SourceFile } from '../syntax/index.js';

/** Deeper chains of constants than this are not followed. */
const DEEPEST = 4;

const FLAG_NAME = /^(?:FOLL|FAULT_FLAG|VM_FAULT)_[A-Z0-9_]+$/;

/** Whether a name is one of the kernel's flags by its form; a vendor tree may have ones the release lacks. */
export function isFlagName(name: string): boolean {
  return FLAG_NAME.test(name);
}

/**
 * The flags that a constant of this file stands for, if its definition is an `|` of flags, zeros and further such
 * constants.
 * @returns the names, not expanded; null if the file does not define it, or in another way, or more than once.
 */
export function fileConstant(file: SourceFile, name: string, depth = 0): readonly string[] | null {
  if (depth > DEEPEST || !/^[A-Za-z_]\w*$/.test(name)) return null;
  const definition = definitionOf(file, name);
  if (definition === null) return null;
  return flagsOfText(file, definition, depth);
}

/** The flags of a text that is an `|` of flags, zeros and constants of the file; null if it is more. */
function flagsOfText(file: SourceFile, text: string, depth: number): readonly string[] | null {
  const flags: string[] = [];
  for (const part of text.replace(/[()]/g, ' ').split('|')) {
    const token = part.trim();
    if (/^(?:0[xX]?0*[uUlL]*)$/.test(token)) continue;
    if (isFlagName(token)) {
      flags.push(token);
      continue;
    }
    const inner = fileConstant(file, token, depth + 1);
    if (inner === null) return null;
    flags.push(...inner);
  }
  return flags;
}

/**
 * The flags of each entry of a table of the file that never changes: an array of constants, `const`, at file level, or of
 * structures of which a member is asked for (each initialised by name). What is not written is 0.
 * @param field null for an array of integers
 * @returns null if the file has no such table, two of that name, or one that holds something else
 */
export function flagTable(
  file: SourceFile,
  name: string,
  field: string | null,
): readonly (readonly string[])[] | null {
  if (!/^[A-Za-z_]\w*$/.test(name) || !file.text.includes(name)) return null;
  const type = '(?:const[ \\t]+[\\w \\t]+|[\\w \\t]+[ \\t]const[ \\t][\\w \\t]*)';
  const body = field === null ? '[^{}]*' : '(?:[^{}]|\\{[^{}]*\\})*';
  const pattern = new RegExp(
    `^(?:static[ \\t]+)?${type}\\b${name}\\s*\\[([^\\]]*)\\]\\s*=\\s*\\{(${body})\\}`,
    'gm',
  );
  const [found, ...more] = [...file.text.matchAll(pattern)];
  if (found === undefined || more.length > 0) return null;
  const [, size = '', entries = ''] = found;
  const texts = field === null ? integerEntries(entries) : memberEntries(entries, field);
  const values = texts?.map(text => flagsOfText(file, text, 0)) ?? null;
  if (values === null || values.some(value => value === null)) return null;
  const gaps = size.trim() !== '' || /(?:^|,)\s*\[/.test(withoutComments(entries));
  return [...values.flatMap(value => (value === null ? [] : [value])), ...(gaps ? [[]] : [])];
}

/** The entries of an array of integers. */
function integerEntries(text: string): readonly string[] {
  const entries = withoutComments(text).split(',');
  return entries
    .map(entry => entry.trim().replace(/^\[[^\]]*\]\s*=/, ''))
    .filter(entry => entry.trim() !== '');
}

/** A member of each entry of an array of structures; null if one does not name its members. */
function memberEntries(text: string, field: string): readonly string[] | null {
  const entries = [...withoutComments(text).matchAll(/\{([^{}]*)\}/g)].map(([, members = '']) => {
    const items = members.split(',').map(item => item.trim());
    const named = items.filter(item => item !== '').map(item => /^\.(\w+)\s*=([^=].*)$/s.exec(item));
    if (named.includes(null)) return null;
    return named.find(item => item?.[1] === field)?.[2] ?? '0';
  });
  return entries.some(entry => entry === null) ? null : entries.flatMap(entry => entry ?? []);
}

/** The macros of a file that stand for flags, with the flags; null for one that is more, or is defined twice. */
export function flagConstants(
  file: SourceFile,
): (readonly [name: string, flags: readonly string[] | null])[] {
  const names = new Set<string>();
  for (const [, name = '', body = ''] of file.text.matchAll(DEFINE)) {
    if (!isFlagName(name) && FLAG_WORD.test(withoutComments(body))) names.add(name);
  }
  return [...names].map(name => [name, fileConstant(file, name)]);
}

const DEFINE = /^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+((?:\\\r?\n|[^\n])*)/gm;
const FLAG_WORD = /\b(?:FOLL|FAULT_FLAG|VM_FAULT)_[A-Z0-9_]+\b/;

/** Whether a file gives a name a meaning of its own, as a macro, an enumerator or a variable. */
export function definesName(file: SourceFile, name: string): boolean {
  const { text } = file;
  return wordsAt(text, name).some(at => {
    GIVES_MEANING.lastIndex = at + name.length;
    return DEFINES.test(lineBefore(text, at)) || GIVES_MEANING.test(text);
  });
}

const DEFINES = /#[ \t]*define[ \t]+$/;
const GIVES_MEANING = /\s*(?:=(?!=)|,\s*\n|\[|;)/y;

/** What stands before the name, and behind it, in every definition that {@link definitionOf} reads. */
const BEFORE = /(?:define|int|long|u32)[ \t]+$/;
const BEHIND = /[ \t]*=/y;

/** Where a word stands in a text by itself. */
function wordsAt(text: string, word: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    if (!WORD.test(text[at - 1] ?? '') && !WORD.test(text[at + word.length] ?? '')) found.push(at);
  }
  return found;
}

const WORD = /^\w$/;

function lineBefore(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at) + 1, at);
}

/** The text that defines a constant, comments removed; null if there is none or more than one. */
function definitionOf(file: SourceFile, name: string): string | null {
  let known = definitions.get(file);
  if (known === undefined) {
    known = new Map();
    definitions.set(file, known);
  }
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  const found: string[] = [];
  // A search for whole definitions goes over all of the text, which most names need not.
  const mayBeDefined = wordsAt(file.text, name).some(at => {
    BEHIND.lastIndex = at + name.length;
    return BEFORE.test(lineBefore(file.text, at)) || BEHIND.test(file.text);
  });
  if (mayBeDefined) {
    const define = new RegExp(
      `^[ \\t]*#[ \\t]*define[ \\t]+${name}[ \\t]+((?:[^\\n\\\\]|\\\\\\r?\\n)*)`,
      'gm',
    );
    for (const match of file.text.matchAll(define)) found.push(match[1] ?? '');
    const constant = new RegExp(
      `^[ \\t]*(?:static[ \\t]+)?const[ \\t]+(?:unsigned[ \\t]+)?(?:int|long|u32)[ \\t]+${name}[ \\t]*=([^;{}]*);`,
      'gm',
    );
    for (const match of file.text.matchAll(constant)) found.push(match[1] ?? '');
    const member = new RegExp(`\\benum\\b[^{};()]*\\{[^{}]*?\\b${name}[ \\t]*=([^,{}]*)[,}]`, 'g');
    for (const match of file.text.matchAll(member)) found.push(match[1] ?? '');
  }
  const only = found.length === 1 ? withoutComments(found[0] ?? '') : null;
  known.set(name, only);
  return only;
}

const definitions = new WeakMap<SourceFile, Map<string, string | null>>();

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\/\/.*/g, ' ')
    .replace(/\\\r?\n/g, ' ');
}
