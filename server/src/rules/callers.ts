/** Who calls a function, in its own file. */

import type { FileAnalysis, FunctionAnalysis } from '../analysis/index.js';
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
