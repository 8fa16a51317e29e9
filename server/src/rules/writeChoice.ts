/** On what it depends whether a call asks for pages to write to. */

import { siteFunction } from '../../../kernel/src/index.js';
import { type CallSite, constantTruth, type FunctionAnalysis, valueExpression } from '../analysis/index.js';
import { type Expression, type Span, walk } from '../syntax/index.js';

/** A condition, and its truth where something happens. */
export interface Choice {
  readonly condition: Expression;
  readonly truth: boolean;
}

/**
 * The conditions that lead to a block, from the nearest back to where several ways meet.
 *
 * @param block the id of a block of the function's graph
 */
export function conditionsInto(fn: FunctionAnalysis, block: number): readonly Expression[] {
  return choicesInto(fn, block).map(choice => choice.condition);
}

/** The same with the truth that each condition has in the block. */
export function choicesInto(fn: FunctionAnalysis, block: number): readonly Choice[] {
  const choices: Choice[] = [];
  const seen = new Set<number>();
  for (let at = block; !seen.has(at); ) {
    seen.add(at);
    const [edge, second] = fn.cfg.blocks[at]?.in ?? [];
    if (edge === undefined || second !== undefined) break;
    if (edge.label.kind === 'branch') {
      const { condition, truth } = edge.label;
      choices.push({ condition, truth });
    }
    at = edge.from;
  }
  return choices;
}

/**
 * Choices of which one holds in a block: those of the ways that meet at its start, as for `||`; where one way leads there, that
 * one and those before it.
 */
export function oneOfInto(fn: FunctionAnalysis, block: number): readonly Choice[] {
  const ways = fn.cfg.blocks[block]?.in ?? [];
  if (ways.length < 2) return choicesInto(fn, block);
  return ways.flatMap(({ label }) => (label.kind === 'branch' ? [label] : []));
}

/** The conditions by which FOLL_WRITE is put into the flags of a call: the test of a `?:`, or of the nearest `if`. */
export function writeChoices(fn: FunctionAnalysis, site: CallSite): readonly Expression[] {
  return writesBy(fn, site).flatMap(choice => choice?.condition ?? []);
}

/**
 * For each place that brings FOLL_WRITE to a call: what it depends on, with the truth that asks for it; null for a place that
 * always does, or of which it is not known.
 */
export function writesBy(fn: FunctionAnalysis, site: CallSite): readonly (Choice | null)[] {
  const truth = writeTruth(fn, site);
  return (site.flags?.origins.get('FOLL_WRITE') ?? []).map(origin => {
    return truth !== null && holds(origin, truth) ? { condition: truth, truth: true } : choiceOf(fn, origin);
  });
}

/**
 * The test or member that is passed as the integer `write` which stood for the flag (get_user_pages_fast() until v5.1). Null for a
 * constant, and for a variable: what decides of it is elsewhere.
 */
function writeTruth(fn: FunctionAnalysis, site: CallSite): Expression | null {
  const write = site.args[siteFunction(fn.profile, site.callee)?.argument('write') ?? -1];
  if (write === undefined || constantTruth(write) !== null) return null;
  return valueExpression(write).kind === 'identifier' ? null : write;
}

function choiceOf(fn: FunctionAnalysis, origin: Span): Choice | null {
  for (const { element, at } of fn.cfg.elements()) {
    const value =
      element.kind === 'assignment'
        ? element.node.right
        : element.kind === 'declare'
          ? element.node.init
          : element.kind === 'call'
            ? element.node
            : null;
    if (value === null || !holds(value, origin)) continue;
    const test = testAround(value, origin);
    const [nearest] = element.kind === 'assignment' ? choicesInto(fn, at.block) : [];
    if (test !== null || nearest !== undefined) return test ?? nearest ?? null;
  }
  return null;
}

/** The innermost `?:` of an expression that has a span in one of its arms. */
function testAround(value: Expression, span: Span): Choice | null {
  let test: Choice | null = null;
  walk(value, node => {
    if (node.kind === 'conditional' && holds(node, span) && !holds(node.test, span)) {
      test = { condition: node.test, truth: !holds(node.otherwise, span) };
    }
    return undefined;
  });
  return test;
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
