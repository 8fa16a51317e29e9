/** Releases that nothing reaches: they wait for a negative result of a function that says by zero that it failed. */

import {
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  lvalueText,
  type PageCall,
} from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import type { Finding } from '../rule.js';
import { eventsOf, gotHere } from './pageStory.js';
import { mentions } from './pageTerms.js';

/** These return how many entries they mapped, zero where they fail; dma_map_sgtable() returns an error. */
const FAILS_BY_ZERO = /^(?:(?:ib_)?dma_map_sg(?:_attrs)?|pci_map_sg)$/;
const NAMED = /\b(?:dma_map_sg|pci_map_sg)(?:_attrs)?\s*\(/;

/** The findings about a call whose pages are released only where the mapping of them is negative, which it never is. */
export function unreachedReleases(page: PageCall, file: FileAnalysis): readonly Finding[] {
  const fn = file.functionNamed(page.function);
  if (fn === null || !NAMED.test(file.source.text)) return [];
  const conditions = conditionsOf(fn);
  return conditions.flatMap(condition => {
    const tested = askedIfNegative(condition);
    if (tested === null || condition.start < page.call.end) return [];
    const released = eventsOf(page, 'release').some(({ turn }) => turn?.condition.start === condition.start);
    const callee = released ? mapping(fn, tested, condition.start) : null;
    if (callee === null || asksOtherwise(conditions, condition, tested)) return [];
    return [
      {
        span: { start: condition.start, end: condition.end },
        message: `${callee}() returns 0 where it fails, never less: what ${page.callee}() got is not released then`,
        related: gotHere(page),
        confidence: 'high' as const,
        fix: null,
      },
    ];
  });
}

function conditionsOf(fn: FunctionAnalysis): readonly Expression[] {
  const found = new Set<Expression>();
  for (const id of fn.cfg.order)
    for (const { label } of fn.cfg.blocks[id]?.out ?? [])
      if (label.kind === 'branch') found.add(label.condition);
  return [...found];
}

/** The lvalue that `x < 0` asks about; null for any other condition. */
function askedIfNegative(condition: Expression): string | null {
  if (condition.kind !== 'binary' || condition.op !== '<') return null;
  return condition.right.kind === 'number' && condition.right.value === 0 ? lvalueText(condition.left) : null;
}

/** The mapping function whose result an lvalue has last been given before a place; null where it is another value. */
function mapping(fn: FunctionAnalysis, text: string, before: number): string | null {
  let last: Expression | null = null;
  for (const { element } of fn.cfg.elements()) {
    if (element.node.start >= before || (last !== null && element.node.start < last.start)) continue;
    if (element.kind === 'declare' && element.node.name === text) last = element.node.init;
    if (element.kind === 'assignment' && lvalueText(element.node.left) === text) last = element.node.right;
  }
  const callee = last?.kind === 'call' ? calleeName(last) : null;
  return callee !== null && FAILS_BY_ZERO.test(callee) ? callee : null;
}

/** Whether another condition behind asks about the same, for zero perhaps. */
function asksOtherwise(conditions: readonly Expression[], than: Expression, text: string): boolean {
  const texts = new Set([text]);
  return conditions.some(other => other !== than && other.start > than.start && mentions(other, texts));
}
