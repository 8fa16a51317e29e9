/** Macros of a file that stand for one call: `#define DRV_GUP(addr, n, pages) get_user_pages(addr, n, 0, pages, NULL)`. */

import { LOCK_OPERATIONS, PAGE_RELEASES, SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import { branchAt, type Conditionals, isForeign, isPreferred } from './conditionals.js';
import type { Directive } from './scan.js';

/** A macro that is another name, or another form, of a function. */
export interface CallMacro {
  readonly name: string;
  /** null: it stands for the function's name only, and is called with the function's own arguments. */
  readonly parameters: readonly string[] | null;
  /** What its body calls: a function, or another such macro. */
  readonly callee: string;
  /** The call, as written. */
  readonly body: string;
}

export type CallMacros = ReadonlyMap<string, CallMacro>;

interface Definition {
  readonly macro: CallMacro;
  readonly directive: Directive;
}

/** Functions that are followed through macros. */
const FOLLOWED: ReadonlySet<string> = new Set([
  ...SITE_FUNCTIONS.keys(),
  ...[...LOCK_OPERATIONS, ...PAGE_RELEASES].map(({ name }) => name),
]);

/** A macro of a macro of a macro … is followed no further. */
const DEEPEST = 4;
/** Characters of a definition. */
const LONGEST = 1000;

/**
 * The macros that lead to a function of the tables.
 *
 * @returns `macros`: by name, what they are in this reading of the file. Left out is one with several definitions there,
 *   one that is undefined somewhere, and one that a condition decides of which nothing is known. `names`: those that
 *   have such a definition in any reading
 */
export function readCallMacros(
  directives: readonly Directive[],
  conditionals: Conditionals,
): { readonly macros: CallMacros; readonly names: ReadonlySet<string> } {
  const definitions = new Map<string, Definition[]>();
  const undefinedNames = new Set<string>();
  for (const directive of directives) {
    if (directive.kind !== 'other') continue;
    const gone = /^undef (\w+)/.exec(directive.text)?.[1];
    if (gone !== undefined) undefinedNames.add(gone);
    const macro = macroOf(directive.text);
    if (macro === null) continue;
    const known = definitions.get(macro.name);
    if (known === undefined) definitions.set(macro.name, [{ macro, directive }]);
    else known.push({ macro, directive });
  }
  const names = leadingToFollowed(definitions);
  const macros = new Map<string, CallMacro>();
  for (const [name, all] of definitions) {
    if (!names.has(name) || undefinedNames.has(name)) continue;
    const branches = all.map(({ directive }) => branchAt(conditionals, directive.start));
    if (branches.some(branch => isForeign(conditionals, branch))) continue;
    const [only, ...more] = all.filter((_, index) => isPreferred(conditionals, branches[index] ?? -1));
    if (only !== undefined && more.length === 0) macros.set(name, only.macro);
  }
  return { macros, names };
}

function leadingToFollowed(definitions: ReadonlyMap<string, readonly Definition[]>): ReadonlySet<string> {
  const names = new Set<string>();
  for (let depth = 0; depth < DEEPEST; depth++) {
    for (const [name, all] of definitions) {
      if (all.some(({ macro: { callee } }) => FOLLOWED.has(callee) || names.has(callee))) names.add(name);
    }
  }
  return names;
}

/** The function that is called in the end where a name is written; the name itself if it is no such macro. */
export function calledThrough(macros: CallMacros, name: string): string {
  let last = name;
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const callee = macros.get(last)?.callee;
    if (callee === undefined || callee === last) break;
    last = callee;
  }
  return last;
}

function macroOf(words: string): CallMacro | null {
  if (words.length > LONGEST) return null;
  const renamed = /^define (\w+) \(?(\w+)\)?$/.exec(words);
  if (renamed !== null) {
    const [, name = '', callee = ''] = renamed;
    return name === callee || /^\d/.test(callee) ? null : { name, parameters: null, callee, body: callee };
  }
  const [, name, list = '', whole = ''] = /^define (\w+)\(([\w\s,]*)\) ?(.*)$/.exec(words) ?? [];
  if (name === undefined) return null;
  let body = whole;
  while (body.startsWith('(') && closingOf(body, 0) === body.length - 1) body = body.slice(1, -1).trim();
  const callee = /^\w+(?= ?\()/.exec(body)?.[0];
  if (callee === undefined || closingOf(body, body.indexOf('(')) !== body.length - 1) return null;
  return { name, parameters: list.split(',').map(parameter => parameter.trim()), callee, body };
}

/** The place of the parenthesis that closes the one at `open`; -1 if there is none, or `open` is none. */
function closingOf(text: string, open: number): number {
  if (text[open] !== '(') return -1;
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}
