/** Who calls a function, in its own file, and what a function calls. */

import { calleeName, type FileAnalysis, type FunctionAnalysis } from '../analysis/index.js';
import { type Call, callTokens } from '../syntax/index.js';

/** A call, and the function that makes it. */
export interface CallOfFunction {
  readonly fn: FunctionAnalysis;
  readonly call: Call;
}

/** The calls of a function in others of its file that could be read whole, in order of position. */
export function callersOf(file: FileAnalysis, fn: FunctionAnalysis): readonly CallOfFunction[] {
  const { source } = file;
  return callTokens(source, new Set([fn.item.name])).flatMap(token => {
    const item = source.functions[token.function];
    if (item === undefined || item.alternative !== null || item.name === fn.item.name) return [];
    const caller = file.functionNamed(item.name);
    const call = caller?.callAt(token.span.start) ?? null;
    return caller === null || call === null || !caller.complete ? [] : [{ fn: caller, call }];
  });
}

/** The calls in a function of one of some functions. */
export function callsOf(fn: FunctionAnalysis, callees: ReadonlySet<string>): readonly Call[] {
  const calls: Call[] = [];
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'call' && callees.has(calleeName(element.node) ?? '')) calls.push(element.node);
  }
  return calls;
}

/** Whether a function can be called by name in its own file only. */
export function isStatic(fn: FunctionAnalysis): boolean {
  const { text } = fn.file;
  return /\bstatic\b/.test(text.slice(fn.item.start, fn.item.nameSpan.start));
}
