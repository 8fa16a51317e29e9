/** The part of a function that is run before a call. */

import type { Cfg } from '../../analysis/index.js';
import type { Call } from '../../syntax/index.js';

/** The blocks from which a call can still be reached, with its own. The call may be of an earlier reading of the function. */
export function blocksLeadingTo(cfg: Cfg, call: Call): ReadonlySet<number> {
  const at = cfg.firstAt({ start: call.start, end: call.start + 1 });
  if (at === null) return new Set(cfg.order);
  const leading = new Set([at.block]);
  for (const id of leading) for (const edge of cfg.blocks[id]?.in ?? []) leading.add(edge.from);
  return leading;
}

/** Whether every way to a call leads through a block: the call may be in it. */
export function isOnEveryWay(cfg: Cfg, block: number, call: Call): boolean {
  const at = cfg.firstAt({ start: call.start, end: call.start + 1 });
  if (at === null) return false;
  const reached = new Set(cfg.entry === block ? [] : [cfg.entry]);
  for (const id of reached) {
    if (id === at.block) return false;
    for (const { to } of cfg.blocks[id]?.out ?? []) if (to !== block) reached.add(to);
  }
  return true;
}
