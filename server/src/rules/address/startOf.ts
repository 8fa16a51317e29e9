/** Where the address that a call starts from comes from. */

import type { CallSite, FunctionAnalysis } from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import { type Span, walk } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { copiedFromUser } from '../fromUser.js';

/** The names that a value is worked out from: variables, and what this function assigned to them, as far back as it goes. */
export function namesBehind(fn: FunctionAnalysis, value: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const work: Expression[] = [value];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    for (const name of identifiersOf(next)) {
      if (names.has(name)) continue;
      names.add(name);
      work.push(...assignedTo(fn, name));
    }
  }
  return names;
}

/** The functions of a file that could be read whole, each with its calls that get pages. */
export function functionsWithPages(functions: readonly FunctionAnalysis[]): readonly {
  readonly fn: FunctionAnalysis;
  readonly sites: readonly CallSite[];
}[] {
  return functions
    .map(fn => ({ fn, sites: fn.sites.filter(({ kind }) => kind === 'gup') }))
    .filter(({ fn, sites }) => sites.length > 0 && fn.complete);
}

/** The names read in an expression. Members stand for their structure. */
function identifiersOf(node: Expression): readonly string[] {
  const names: string[] = [];
  walk(node, inner => {
    if (inner.kind === 'identifier') names.push(inner.name);
    return undefined;
  });
  return names;
}

/** By name: the parameters that are pointers marked `__user`, and the variables that copy_from_user() fills; where that is seen. */
export function givenByUserSpace(fn: FunctionAnalysis): ReadonlyMap<string, Span> {
  const pointers = new Map<string, Span>();
  for (const { name, start, end } of fn.ast.parameters) {
    if (name === null || !/\b__user\b/.test(fn.file.text.slice(start, end))) continue;
    pointers.set(name, { start, end });
  }
  for (const [name, span] of copiedFromUser(fn)) pointers.set(name, span);
  return pointers;
}
