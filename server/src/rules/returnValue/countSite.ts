/** Where the number of pages that a call asks for is decided: at the call, or by those who call the function that has it. */

import type { FileAnalysis, FunctionAnalysis, PageCall } from '../../analysis/index.js';
import { lvalueText } from '../../analysis/index.js';
import type { Call, Expression } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callersOf, isStatic } from '../callers.js';
import { looksAt } from './checkedByCaller.js';
import { computed } from './computed.js';
import { startOf } from './pageStory.js';

/** A call with the count among its arguments. */
export interface CountSite {
  readonly file: FileAnalysis;
  readonly fn: FunctionAnalysis;
  readonly call: Call;
  /** The expression of the count. */
  readonly request: Expression;
  /** The expression of the address; null where it is not among the arguments. */
  readonly start: Expression | null;
}

/** Callers of callers are asked this far. */
const CALLERS = 2;

/**
 * The places that decide how many pages a call asks for. Of a count that is a parameter of a function that only this file can
 * call, these are its callers.
 */
export function countSites(page: PageCall, file: FileAnalysis): readonly CountSite[] {
  const fn = file.functionNamed(page.function);
  if (fn === null || page.request === null) return [];
  const site = { file, fn, call: page.call, request: page.request, start: startOf(page, file) };
  return decidedBy(site, CALLERS).map(one => ({ ...one, request: computed(file, one.request) }));
}

function decidedBy(site: CountSite, depth: number): readonly CountSite[] {
  const { file, fn, request, start } = site;
  const count = parameterIn(site, request);
  const name = fn.ast.parameters[count]?.name ?? null;
  // A function that looks at what it is given has a say in it.
  if (name === null || depth === 0 || !isStatic(fn) || looksAt(fn, new Set([name]), site.call.start))
    return [site];
  const address = start === null ? -1 : parameterIn(site, start);
  const above = callersOf(file, fn).flatMap(({ fn: caller, call }) => {
    const given = call.args[count];
    const from = address < 0 ? null : (call.args[address] ?? null);
    return given === undefined
      ? []
      : decidedBy({ file, fn: caller, call, request: given, start: from }, depth - 1);
  });
  return above.length === 0 ? [site] : above;
}

/** The parameter that an expression is, if nothing else is assigned to it before the call; -1 if it is none. */
function parameterIn({ fn, call }: CountSite, node: Expression): number {
  const name = lvalueText(node.kind === 'cast' ? node.operand : node);
  if (name === null || assignedTo(fn, name).some(value => value.start < call.start)) return -1;
  return fn.ast.parameters.findIndex(parameter => parameter.name === name);
}
