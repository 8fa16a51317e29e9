/** Who gives back what a call acquired, where it is until then, and with which function it is given back. */

import type { ResolvedFunction } from '../../../kernel/src/index.js';
import type { Call, Expression } from '../syntax/index.js';
import type { ReleaseAtSite } from './callSite.js';
import type { Cfg, CfgPosition } from './cfg.js';
import { isNull, lvalueText, valueExpression } from './expressions.js';
import { followPages, type HeldContext, type HeldFunction } from './heldFlow.js';
import type { HeldPages, Keeper } from './heldPages.js';

/**
 * How the pages of a call are released.
 * @param effective what the callee works with; a set with FOLL_PIN is released by unpinning.
 */
export function releaseAtSite(
  fn: HeldFunction,
  call: Call,
  callee: ResolvedFunction,
  effective: readonly (readonly string[])[],
  context: HeldContext,
): Omit<ReleaseAtSite, 'checksShort'> {
  const takesPages = callee.argument('pages') >= 0;
  const pages = call.args[callee.argument('pages')];
  if (callee.acquires === 'none' || (takesPages && (pages === undefined || isNull(pages)))) {
    return { how: [], kind: 'none', where: null };
  }
  const how = howToRelease(callee, effective);
  const carriers = pages === undefined ? new Map([[`#${call.start}`, 0]]) : arraysOf(fn.cfg, call, pages);
  const outcome = carriers.size === 0 ? null : followPages(fn, { call, carriers }, context);
  if (outcome === null) return { how, kind: 'unknown', where: null };
  const { exit, releasedBy, consumedBy } = outcome;
  const keeper = exit === null ? null : strongest(exit);
  if (keeper !== null) return { how, kind: keeper.kind, where: keeper.where };
  if (consumedBy.length > 0) return { how, kind: 'consumed', where: functionsText(consumedBy) };
  if (releasedBy.length > 0) return { how, kind: 'local', where: functionsText(releasedBy) };
  return { how, kind: 'unknown', where: null };
}

function functionsText(names: readonly string[]): string {
  return names.map(name => `${name}()`).join(', ');
}

/** What outlives the others: an array of the caller's stays the caller's, whatever else points to its pages. */
function strongest({ keepers, carriers }: HeldPages): Keeper | null {
  const [first, ...others] = keepers.values();
  if (first === undefined) return null;
  if (first.kind === 'out-param') return first;
  const rank = ({ kind, where }: Keeper): number =>
    // Of two structures the one with the array tells more, then one that has a name.
    KEEPER_RANK[kind] * 10 + (carriers.get(where) ?? -1);
  return others.reduce((best, keeper) => (rank(keeper) > rank(best) ? keeper : best), first);
}

const KEEPER_RANK: Readonly<Record<Keeper['kind'], number>> = {
  stored: 3,
  'out-param': 2,
  returned: 1,
  unknown: 0,
};

function howToRelease(fn: ResolvedFunction, effective: readonly (readonly string[])[]): readonly string[] {
  if (fn.acquires !== 'by-flags' || effective.length === 0) return fn.releasedBy;
  const pins = effective.filter(set => set.includes('FOLL_PIN')).length;
  const open = effective.some(set =>
    set.some(name => name.startsWith('param:') || name.startsWith('field:')),
  );
  if (pins === effective.length) return fn.releasedBy.filter(name => name.startsWith('unpin_'));
  if (pins === 0 && !open) return fn.releasedBy.filter(name => !name.startsWith('unpin_'));
  return fn.releasedBy;
}

/** The lvalue that an array or a part of one is in, or a page whose address is given. */
function baseOf(pages: Expression): { readonly key: string; readonly depth: number } | null {
  let node = valueExpression(pages);
  while (node.kind === 'binary' && (node.op === '+' || node.op === '-')) node = valueExpression(node.left);
  if (node.kind === 'conditional') return baseOf(node.then ?? node.test);
  const address = node.kind === 'unary' && node.op === '&';
  if (node.kind === 'unary' && node.op === '&') node = valueExpression(node.operand);
  const indexed = node.kind === 'index';
  while (node.kind === 'index') node = valueExpression(node.object);
  const key = lvalueText(node);
  return key === null ? null : { key, depth: address && !indexed ? 0 : 1 };
}

/**
 * The lvalues that lead to the array which a call is given: the argument, what it was made from, and what was set to
 * the same before the call (`info->pages = pages`).
 */
function arraysOf(cfg: Cfg, call: Call, pages: Expression): ReadonlyMap<string, number> {
  const given = baseOf(pages);
  if (given === null) return new Map();
  const found = new Map([[given.key, given.depth]]);
  if (given.depth === 0) return found;
  const copies = copiesBefore(cfg, cfg.positionOf(call));
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const { left, right } of copies) {
      if (found.has(right)) found.set(left, 1);
      else if (found.has(left)) found.set(right, 1);
    }
  }
  return found;
}

/** The copies of whole arrays that may have happened before a position. */
function copiesBefore(
  cfg: Cfg,
  at: CfgPosition | null,
): readonly { readonly left: string; readonly right: string }[] {
  if (at === null) return [];
  const before = new Set<number>();
  const left = [at.block];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    for (const edge of cfg.blocks[id]?.in ?? []) {
      if (before.has(edge.from)) continue;
      before.add(edge.from);
      left.push(edge.from);
    }
  }
  const copies: { readonly left: string; readonly right: string }[] = [];
  for (const { element, at: place } of cfg.elements()) {
    if (!before.has(place.block) && !(place.block === at.block && place.index < at.index)) continue;
    let key: string | null = null;
    let value: Expression | null = null;
    if (element.kind === 'declare') {
      key = element.node.name;
      value = element.node.init;
    } else if (element.kind === 'assignment' && element.node.op === '=') {
      key = lvalueText(element.node.left);
      value = element.node.right;
    }
    const base = value === null || isNull(value) ? null : baseOf(value);
    if (key !== null && base !== null && base.depth === 1) copies.push({ left: key, right: base.key });
  }
  return copies;
}
