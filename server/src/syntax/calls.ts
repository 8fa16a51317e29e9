/** Finds calls by name among the tokens of the functions, before anything is parsed. */

import { calledThrough } from './callMacros.js';
import { detailsOf, isKept } from './readSource.js';
import { punctuator, Tok, tokenText } from './scan.js';
import type { CallToken, SourceFile } from './sourceFile.js';

/**
 * Identifiers of `names`, and macros of the file that stand for a call of one, that are followed by `(` inside a
 * function body, in order of position. A token in a
 * dropped `#if` branch belongs to the alternative reading that keeps it; comments, strings and directives hold none.
 */
export function callTokens(file: SourceFile, names: ReadonlySet<string>): CallToken[] {
  const { tokens, conditionals, readings, callMacros } = detailsOf(file);
  const macros = [...callMacros.keys()].filter(name => names.has(calledThrough(callMacros, name)));
  const written = new Set([...names, ...macros]);
  const lengths = new Set<number>();
  for (const name of written) lengths.add(name.length);
  const out: CallToken[] = [];
  readings.forEach((reading, index) => {
    const { split, selection, branch } = reading;
    const from = branch === null ? split.bodyOpen : branch.from;
    const to = branch === null ? split.bodyClose : branch.to;
    for (let i = from; i < to; i++) {
      if (tokens.kind[i] !== Tok.identifier) continue;
      const start = tokens.start[i] as number;
      const end = tokens.end[i] as number;
      if (!lengths.has(end - start) || !isKept(conditionals, selection, i)) continue;
      const name = tokenText(tokens, i);
      if (!written.has(name)) continue;
      let next = i + 1;
      while (next < tokens.count && !isKept(conditionals, selection, next)) next++;
      if (punctuator(tokens, next) !== 40) continue;
      out.push({ name: calledThrough(callMacros, name), span: { start, end }, function: index });
    }
  });
  return out.sort((a, b) => a.span.start - b.span.start);
}
