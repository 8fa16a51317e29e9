/** Pages that a loop keeps under another name while it gets the next. */

import type { Span } from '../../syntax/index.js';
import type { Cfg } from '../cfg.js';
import { lvalueText } from '../expressions.js';
import { isInCycle } from './reach.js';

/**
 * The variables of `last = page` that are given to somebody further up, where the call that gets `page` comes round again: which
 * page such a variable has, differs from one place of the loop to another.
 *
 * @param pages the argument of the call
 */
export function passedOn(base: string, pages: Span, cfg: Cfg): readonly string[] {
  const names: string[] = [];
  const given = new Map<string, number>();
  let block: number | null = null;
  for (const { element, at } of cfg.elements()) {
    const { start, end } = element.node;
    if (element.kind === 'call' && start <= pages.start && pages.end <= end) block ??= at.block;
    if (element.kind === 'call')
      for (const argument of element.node.args) {
        const text = argument.kind === 'identifier' ? argument.name : null;
        if (text !== null) given.set(text, Math.min(start, given.get(text) ?? start));
      }
    if (element.kind !== 'assignment' || element.node.op !== '=') continue;
    const { left, right } = element.node;
    if (left.kind !== 'identifier' || left.name === base || lvalueText(right) !== base) continue;
    if ((given.get(left.name) ?? start) < start) names.push(left.name);
  }
  return names.length > 0 && block !== null && isInCycle(cfg, block) ? names : [];
}
