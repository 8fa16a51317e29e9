/** Functions that take zero for the success of a call whose success is a number of pages. */

import type { Cfg, ExitEvent, PageCall } from '../../analysis/index.js';
import { calleeName, lvalueText } from '../../analysis/index.js';
import type { Call, Span } from '../../syntax/index.js';
import { spanOf } from '../../syntax/index.js';
import { blocksBehind } from '../waysBetween.js';
import { mentions } from './pageTerms.js';

/** Give pages back by their names; mmput() and the like give back something else. */
const GIVES_BACK = /unpin|(?:put|release|free)_\w*(?:page|folio)/;

/**
 * Whether the same `return`, with all pages got and kept, returns their number on one path, and on another the zero of what was called behind:
 * one of them is no success for the caller.
 */
export function returnsBoth(exits: readonly ExitEvent[]): boolean {
  const kept = exits.filter(({ outcome, fate }) => outcome === 'full' && fate !== 'released');
  return kept.some(
    ({ returnsResult, span }) =>
      returnsResult && kept.some(other => other.returned === 'zero' && other.span.start === span.start),
  );
}

/**
 * The test of the result, for zero or not, behind which the pages are given back where it is zero only; null where there is none, or the result is
 * compared with anything.
 */
export function pagesWhereZero(cfg: Cfg, page: PageCall): Span | null {
  const kept = keptIn(cfg, page);
  const pages = namesGiven(page.call);
  let found: Span | null = null;
  for (const block of cfg.blocks) {
    for (const { label, to } of block.out) {
      if (label.kind !== 'branch' || label.condition.start < page.call.end) continue;
      if (!mentions(label.condition, kept)) continue;
      if (lvalueText(label.condition) === null) return null;
      const other = block.out.find(edge => edge.to !== to);
      if (label.truth || other === undefined) continue;
      const where = givesBack(cfg, pages, to);
      if (where !== null && givesBack(cfg, pages, other.to) === null) found = spanOf(label.condition);
    }
  }
  return found;
}

/** The variables that a call is given, as they are or by address: the pages are in one of them. */
function namesGiven({ args }: Call): ReadonlySet<string> {
  const given = args.map(argument =>
    argument.kind === 'unary' && argument.op === '&' ? argument.operand : argument,
  );
  return new Set(given.flatMap(argument => lvalueText(argument) ?? []));
}

/** Where pages are given back in a block or behind it. */
function givesBack(cfg: Cfg, pages: ReadonlySet<string>, from: number): Span | null {
  for (const id of [from, ...blocksBehind(cfg, from)]) {
    for (const { kind, node } of cfg.blocks[id]?.elements ?? []) {
      if (kind !== 'call' || !GIVES_BACK.test(calleeName(node) ?? '')) continue;
      if (node.args.some(argument => mentions(argument, pages))) return spanOf(node);
    }
  }
  return null;
}

/** The variables that the result of a call is kept in, and nothing else before it is asked. */
function keptIn(cfg: Cfg, { call }: PageCall): ReadonlySet<string> {
  return new Set(
    cfg.elements().flatMap(({ element: { kind, node } }) => {
      if (kind === 'declare') return node.init?.start === call.start ? node.name : [];
      return kind === 'assignment' && node.right.start === call.start ? (lvalueText(node.left) ?? []) : [];
    }),
  );
}
