/** Whether the first page of an array is used although the call was asked for none, and got none. */

import type { Cfg, PageCall } from '../../analysis/index.js';
import { lvalueText } from '../../analysis/index.js';
import type { Expression, Node, Span } from '../../syntax/index.js';
import { spanOf, walkExpressions } from '../../syntax/index.js';
import type { CountExpression } from './countExpression.js';
import type { CountSite } from './countSite.js';
import { type Buffer, valueFor } from './countValue.js';

/**
 * The first place behind a call where the element 0 of its array is used, on a way that is taken where the buffer is empty and the call
 * returns 0; null if there is none.
 */
export function firstPageUsed(
  page: PageCall,
  site: CountSite,
  count: CountExpression,
  nothing: Buffer,
): Span | null {
  const { cfg } = site.fn;
  const at = cfg.firstAt({ start: page.call.start, end: page.call.start + 1 });
  const { base } = page.names;
  if (at === null || site.fn.item.name !== page.function) return null;
  const values = new Map(nothing.values);
  for (const name of keptIn(cfg, page)) values.set(name, 0n);
  const reached = new Set([at.block]);
  let used: Span | null = null;
  for (const id of reached) {
    const { elements, out } = cfg.blocks[id] ?? { elements: [], out: [] };
    const nodes: Node[] = elements
      .slice(id === at.block ? at.index + 1 : 0)
      .flatMap(({ kind, node }) => (kind === 'declare' || kind === 'cleanup' ? (node.init ?? []) : node));
    const ways = out.filter(({ label }) => {
      if (label.kind !== 'branch') return true;
      nodes.push(label.condition);
      const truth = valueFor(count, label.condition, { ...nothing, values });
      return truth === null || (truth !== 0n) === label.truth;
    });
    for (const node of nodes) {
      walkExpressions(node, part => {
        const isFirst = part.kind === 'index' && lvalueText(part.object) === base && isZero(part.index);
        if (isFirst && part.start >= page.call.end && part.start < (used?.start ?? Number.POSITIVE_INFINITY))
          used = spanOf(part);
      });
    }
    for (const { to } of ways) reached.add(to);
  }
  return used;
}

/** The variables that the result of a call is kept in. */
function keptIn(cfg: Cfg, { call }: PageCall): readonly string[] {
  return cfg.elements().flatMap(({ element: { kind, node } }) => {
    if (kind === 'declare') return node.init?.start === call.start ? node.name : [];
    return kind === 'assignment' && node.right.start === call.start ? (lvalueText(node.left) ?? []) : [];
  });
}

function isZero(node: Expression): boolean {
  return node.kind === 'number' && node.value === 0;
}
