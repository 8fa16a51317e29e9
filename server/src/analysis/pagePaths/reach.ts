/** Which blocks of a graph can run behind which. */

import type { Cfg } from '../cfg.js';

/** Whether a block can run again behind itself. */
export function isInCycle(cfg: Cfg, block: number): boolean {
  return (cfg.blocks[block]?.out ?? []).some(({ to }) => reachedFrom(cfg, to).has(block));
}

/** The blocks that can run behind a block, and the block itself. */
export function reachedFrom(cfg: Cfg, block: number): ReadonlySet<number> {
  const seen = new Set<number>();
  const work = [block];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    for (const { to } of cfg.blocks[id]?.out ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      work.push(to);
    }
  }
  return seen;
}
