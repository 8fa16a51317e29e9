/** Whether some way through a function leads from one place to another. */

import type { Cfg, CfgPosition } from '../analysis/index.js';

/** The blocks that some way out of a block comes to, by id; itself is among them only if it is in a loop. */
export function blocksBehind(cfg: Cfg, block: number): ReadonlySet<number> {
  const reached = new Set<number>(cfg.blocks[block]?.out.map(edge => edge.to));
  for (const id of reached) for (const edge of cfg.blocks[id]?.out ?? []) reached.add(edge.to);
  return reached;
}

/** Whether some way leads from one element to another, or back to itself. */
export function leadsTo(cfg: Cfg, from: CfgPosition, to: CfgPosition): boolean {
  if (from.block === to.block && from.index < to.index) return true;
  return blocksBehind(cfg, from.block).has(to.block);
}
