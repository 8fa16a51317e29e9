/** Which of the functions of the tables the headers of a tree declare, and with how many parameters. */

import { SITE_FUNCTIONS } from './sites.js';

/** A function as a tree declares it. */
export interface DeclaredFunction {
  readonly name: string;
  /** The number of parameters; more than one where the headers declare it in several ways. */
  readonly parameters: readonly number[];
}

/**
 * Reads declarations and inline definitions of call site functions from the text of headers, in order of name.
 * What cannot be understood is left out. Never throws.
 */
export function declaredFunctions(texts: readonly string[]): readonly DeclaredFunction[] {
  const found = new Map<string, Set<number>>();
  for (const text of texts) {
    const code = text
      .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
      .replace(/^[ \t]*#(?:[^\\\n]|\\[\s\S])*/gm, ' ');
    // The type in front: a call in an inline function has none.
    for (const match of code.matchAll(/[\w*]\s+\**(\w+)\s*\(([^(){};]*)\)\s*(?=[;{_])/g)) {
      const [whole, name = '', parameters = ''] = match;
      if (!SITE_FUNCTIONS.has(name) || /^(?:return|else|[=(,])/.test(wordBefore(code, match.index, whole)))
        continue;
      const counts = found.get(name) ?? new Set();
      const list = parameters.trim();
      counts.add(list === '' || list === 'void' ? 0 : list.split(',').length);
      found.set(name, counts);
    }
  }
  return [...found]
    .map(([name, counts]) => ({ name, parameters: [...counts].sort((a, b) => a - b) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The word that a match begins in, which it may have only the last letter of. */
function wordBefore(code: string, at: number, whole: string): string {
  const start = /\w*$/.exec(code.slice(Math.max(0, at - 40), at))?.[0] ?? '';
  return start + whole;
}
