/** On what it depends whether a call asks for pages to write to. */

import type { CallSite, FunctionAnalysis } from '../analysis/index.js';
import { type Expression, type Span, walk } from '../syntax/index.js';

/**
 * The conditions that lead to a block, from the nearest back to where several ways meet.
 *
 * @param block the id of a block of the function's graph
 */
export function conditionsInto(fn: FunctionAnalysis, block: number): readonly Expression[] {
  const conditions: Expression[] = [];
  const seen = new Set<number>();
  for (let at = block; !seen.has(at); ) {
    seen.add(at);
    const [edge, second] = fn.cfg.blocks[at]?.in ?? [];
    if (edge === undefined || second !== undefined) break;
    if (edge.label.kind === 'branch') conditions.push(edge.label.condition);
    at = edge.from;
  }
  return conditions;
}

/** The conditions by which FOLL_WRITE is put into the flags of a call: the test of a `?:`, or of the nearest `if`. */
export function writeChoices(fn: FunctionAnalysis, site: CallSite): readonly Expression[] {
  const choices: Expression[] = [];
  for (const origin of site.flags?.origins.get('FOLL_WRITE') ?? []) {
    for (const { element, at } of fn.cfg.elements()) {
      const value =
        element.kind === 'assignment'
          ? element.node.right
          : element.kind === 'declare'
            ? element.node.init
            : element.kind === 'call' && element.node.callee.start === site.span.start
              ? element.node
              : null;
      if (value === null || !holds(value, origin)) continue;
      const test = testAround(value, origin);
      const [nearest] = element.kind === 'assignment' ? conditionsInto(fn, at.block) : [];
      if (test !== null) choices.push(test);
      else if (nearest !== undefined) choices.push(nearest);
    }
  }
  return choices;
}

/** The test of the innermost `?:` of an expression that has a span in one of its arms. */
function testAround(value: Expression, span: Span): Expression | null {
  let test: Expression | null = null;
  walk(value, node => {
    if (node.kind === 'conditional' && holds(node, span) && !holds(node.test, span)) test = node.test;
    return undefined;
  });
  return test;
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
