/** Finds calls by name among the tokens of the functions, before anything is parsed. */

import { calledThrough } from './callMacros.js';
import { detailsOf, isKept } from './readSource.js';
import { punctuator, Tok, tokenText } from './scan.js';
import type { CallToken, SourceFile } from './sourceFile.js';

/** The calls of a file by the name that is written, each list in order of position. */
type CallIndex = ReadonlyMap<string, readonly CallToken[]>;

const indexes = new WeakMap<SourceFile, CallIndex>();

/**
 * Identifiers of `names`, and macros of the file that stand for a call of one, that are followed by `(` inside a
 * function body, in order of position. A token in a
 * dropped `#if` branch belongs to the alternative reading that keeps it; comments, strings and directives hold none.
 */
export function callTokens(file: SourceFile, names: ReadonlySet<string>): CallToken[] {
  const index = callsByName(file);
  const { callMacros } = detailsOf(file);
  const macros = [...callMacros.keys()].filter(name => names.has(calledThrough(callMacros, name)));
  const written = macros.length === 0 ? names : new Set([...names, ...macros]);
  const out: CallToken[] = [];
  if (written.size < index.size) {
    for (const name of written) out.push(...(index.get(name) ?? []));
  } else {
    for (const [name, calls] of index) if (written.has(name)) out.push(...calls);
  }
  return out.sort((a, b) => a.span.start - b.span.start);
}

/** All that {@link callTokens} can find, by the name that is written, each list in order of position. */
export function callsByName(file: SourceFile): CallIndex {
  // Many ask this of one file: its tokens are gone through once.
  let index = indexes.get(file);
  if (index === undefined) {
    index = indexOf(file);
    indexes.set(file, index);
  }
  return index;
}

function indexOf(file: SourceFile): CallIndex {
  const { tokens, conditionals, readings, callMacros } = detailsOf(file);
  const index = new Map<string, CallToken[]>();
  readings.forEach((reading, fn) => {
    const { split, selection, branch } = reading;
    const from = branch === null ? split.bodyOpen : branch.from;
    const to = branch === null ? split.bodyClose : branch.to;
    for (let i = from; i < to; i++) {
      if (tokens.kind[i] !== Tok.identifier || !isKept(conditionals, selection, i)) continue;
      let next = i + 1;
      while (next < tokens.count && !isKept(conditionals, selection, next)) next++;
      if (punctuator(tokens, next) !== 40) continue;
      const span = { start: tokens.start[i] as number, end: tokens.end[i] as number };
      const written = tokenText(tokens, i);
      const call = { name: calledThrough(callMacros, written), span, function: fn };
      const known = index.get(written);
      if (known === undefined) index.set(written, [call]);
      else known.push(call);
    }
  });
  return index;
}
