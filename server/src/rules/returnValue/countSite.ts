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
  const count = givenAs(site, request);
  // A function that looks at what it is given has a say in it.
  if (count === null || depth === 0 || !isStatic(fn) || looksAt(fn, new Set([count.text]), site.call.start))
    return [site];
  const address = start === null ? null : givenAs(site, start);
  const above = callersOf(file, fn).flatMap(({ fn: caller, call }) => {
    const given = count.at(call);
    if (given === null) return [];
    // A member that the caller does not set was set by somebody before.
    if (given.kind === 'member' && assignedTo(caller, lvalueText(given) ?? '').length === 0) return [];
    const from = address?.at(call) ?? null;
    return decidedBy({ file, fn: caller, call, request: given, start: from }, depth - 1);
  });
  return above.length === 0 ? [site] : above;
}

/** What a function has from its caller. */
interface Given {
  readonly text: string;
  /** The same in a call of the function. */
  at(call: Call): Expression | null;
}

/** A parameter, or a member of what one points to, to which nothing else is assigned before the call; null for anything else. */
function givenAs({ fn, call }: CountSite, node: Expression): Given | null {
  const value = node.kind === 'cast' ? node.operand : node;
  const text = lvalueText(value);
  if (text === null || assignedTo(fn, text).some(other => other.start < call.start)) return null;
  const indexOf = (one: string | null): number => fn.ast.parameters.findIndex(({ name }) => name === one);
  const own = indexOf(text);
  if (own >= 0) return { text, at: above => above.args[own] ?? null };
  const owner = value.kind === 'member' && value.arrow ? indexOf(lvalueText(value.object)) : -1;
  if (value.kind !== 'member' || owner < 0) return null;
  return {
    text,
    at: above => {
      const object = above.args[owner];
      return object === undefined ? null : { ...value, object };
    },
  };
}
