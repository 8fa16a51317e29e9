/** Functions of other files of which the file shows that they do not release the pages of a structure that they are given. */

import { PAGE_RELEASE_NAMES } from '../../../../kernel/src/index.js';
import { callTokens, type SourceFile } from '../../syntax/index.js';

/** What is released: an object, and its member with the pages. */
const RELEASED = /^\w+\s*\(\s*&?\s*(\w+)(?:->|\.)(\w+)/;
const STATEMENT = /\b(\w+)\s*\(([^()]*)\)\s*;/g;

/**
 * The functions that are given an object whose pages have been released just before, while it still says how many they
 * are: they would release them twice.
 * @returns keys of {@link leavesKey}
 */
export function leavesPages(file: SourceFile): ReadonlySet<string> {
  const { text, functions } = file;
  const found = new Set<string>();
  const own = new Set(functions.map(({ name }) => name));
  for (const { function: at, span } of callTokens(file, PAGE_RELEASE_NAMES)) {
    const item = functions[at];
    const [whole, object, member] = RELEASED.exec(text.slice(span.start, item?.body.end ?? span.start)) ?? [];
    if (item === undefined || whole === undefined || object === undefined || member === undefined) continue;
    const behind = text.slice(span.start + whole.length, item.body.end);
    const reset = new RegExp(`\\b(?:return|goto|break|continue)\\b|\\b${object}(?:->|\\.)\\w+\\s*=[^=]`);
    const end = behind.search(reset);
    for (const [, name = '', args = ''] of behind.slice(0, end < 0 ? undefined : end).matchAll(STATEMENT)) {
      const given = args.split(',').some(argument => argument.trim() === object);
      if (given && !own.has(name) && !PAGE_RELEASE_NAMES.has(name)) found.add(leavesKey(name, member));
    }
  }
  return found;
}

/** A function, and the member whose pages it leaves alone, as a key. */
export function leavesKey(name: string, member: string): string {
  return `${name} ${member}`;
}
