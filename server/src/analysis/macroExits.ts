/** Macros of a file that leave the function in which they are used: with a `return` or a `goto` in their body. */

import type { SourceFile } from '../syntax/index.js';

/** Where a use of a macro may go on instead of behind it. */
export interface MacroExit {
  /** Labels that it jumps to; null: it returns. */
  readonly to: readonly (string | null)[];
  /** Whether nothing in it decides: what follows the use is never reached. */
  readonly always: boolean;
}

/** By the macro's name. */
export type MacroExits = ReadonlyMap<string, MacroExit>;

const known = new WeakMap<SourceFile, MacroExits>();

/** The macros of a file that leave, found in its text. A macro that is defined twice leaves wherever either does. */
export function macroExits(file: SourceFile): MacroExits {
  let exits = known.get(file);
  if (exits === undefined) {
    exits = read(file.text);
    known.set(file, exits);
  }
  return exits;
}

const DEFINE = /#[ \t]*define[ \t]+(\w+)\([^)\n]*\)((?:\\\r?\n|[^\n])*)/y;
const LEAVES = /\breturn\b|\bgoto\s+(\w+)/g;
const DECIDES = /\b(?:if|for|switch)\b|\bwhile\s*\((?!\s*0\s*\))|\?|&&|\|\||\bcase\b/;

function read(text: string): MacroExits {
  const exits = new Map<string, MacroExit>();
  // From `#` to `#`, of which there are few: a search for whole lines goes over all of the text.
  for (let at = text.indexOf('#'); at >= 0; at = text.indexOf('#', at + 1)) {
    DEFINE.lastIndex = at;
    const [, name = '', body = ''] = DEFINE.exec(text) ?? [];
    // A statement expression's own value is no return, and a function defined by a macro returns for itself.
    const to = [...body.matchAll(LEAVES)].map(match => match[1] ?? null);
    if (to.length === 0 || definesFunction(body)) continue;
    const old = exits.get(name);
    const always = !DECIDES.test(body) && (old?.always ?? true);
    exits.set(name, { to: [...new Set([...(old?.to ?? []), ...to])], always });
  }
  return exits;
}

/** Whether the body is that of `#define DEFINE_X(name) static int name(void) { … return …; }`. */
function definesFunction(body: string): boolean {
  return /^[\s\\]*(?:static|extern|inline|asmlinkage|SYSCALL_DEFINE|[\w\s\\*#]+\([^()]*\)[\s\\]*\{)/.test(
    body,
  );
}
