/** The natural loops of a control-flow graph. */

import type { Cfg } from './cfg.js';

/** Blocks that are run again and again: all that lead back to the header without passing it. */
export interface Loop {
  readonly header: number;
  /** With the header. */
  readonly body: ReadonlySet<number>;
}

/** The loops of a graph, inner ones before those around them. Cycles with more than one entry are left out. */
export function loopsOf(cfg: Cfg): readonly Loop[] {
  const rank = new Map(cfg.order.map((id, index) => [id, index] as const));
  const bodies = new Map<number, Set<number>>();
  for (const id of cfg.order) {
    for (const edge of cfg.blocks[id]?.out ?? []) {
      if ((rank.get(edge.to) ?? 0) > (rank.get(id) ?? 0)) continue;
      const body = leadingTo(cfg, id, edge.to, rank);
      if (body === null) continue;
      const known = bodies.get(edge.to);
      if (known === undefined) bodies.set(edge.to, body);
      else for (const block of body) known.add(block);
    }
  }
  return [...bodies]
    .map(([header, body]) => ({ header, body }))
    .sort((a, b) => a.body.size - b.body.size || a.header - b.header);
}

/** The blocks that lead to `latch` without passing `header`, with both; null if there is a way in past the header. */
function leadingTo(
  cfg: Cfg,
  latch: number,
  header: number,
  reachable: ReadonlyMap<number, number>,
): Set<number> | null {
  const body = new Set([header]);
  const left = [latch];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (body.has(id) || !reachable.has(id)) continue;
    if (id === cfg.entry) return null;
    body.add(id);
    for (const edge of cfg.blocks[id]?.in ?? []) left.push(edge.from);
  }
  return body;
}
