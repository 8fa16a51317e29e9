/** Whether a count may be zero for all that a function asks of it: a limit from above lets zero pass. */

import { calleeName, TESTED_AS_ARGUMENT } from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import { walkExpressions } from '../../syntax/index.js';
import { CHECKS, fills, hasLookedAt } from './checkedByCaller.js';
import type { CountExpression } from './countExpression.js';
import type { CountSite } from './countSite.js';
import { type Buffer, valueFor } from './countValue.js';
import { blocksLeadingTo } from './leadingBlocks.js';
import { containsOffset, mentions } from './pageTerms.js';

/** Of the functions that look at a length those that take none for a fault. */
const REFUSES_NONE = /^(?:iov_iter_\w+|import_\w+)$/;
/** What makes a length at least something, or may. */
const RAISES = /^(?:max|max_t|max3|umax|clamp|clamp_t|clamp_val)$/;
/** Unlike kmalloc() these return NULL where no memory is asked for. */
const NULL_FOR_NONE = /^(?:__)?v[mz]alloc(?:_\w+)?$/;

/**
 * Whether nothing in a function, before a call, keeps some lvalues from being zero, by their texts. Upper limits, tests for alignment and
 * for an overflow do not; of anything else that is asked it is taken to.
 */
export function leavesZero(
  site: CountSite,
  count: CountExpression,
  nothing: Buffer,
  texts: ReadonlySet<string>,
): boolean {
  const { fn, call, file } = site;
  const leading = blocksLeadingTo(fn.cfg, call);
  const about = (node: Expression): boolean => mentions(node, texts);
  for (const id of fn.cfg.order) {
    const { out, elements } = fn.cfg.blocks[id] ?? { out: [], elements: [] };
    for (const { label } of out) {
      if (label.kind === 'next') continue;
      const asked = label.kind === 'branch' ? label.condition : label.subject;
      if (asked.start >= call.start || !about(asked) || fills(asked)) continue;
      if (label.kind !== 'branch') return false;
      const goesOn = (truth: boolean): boolean =>
        out.some(edge => edge.label.kind === 'branch' && edge.label.truth === truth && leading.has(edge.to));
      const truth = valueFor(count, label.condition, nothing);
      if (truth !== null) {
        if (!goesOn(truth !== 0n)) return false;
      } else if (!letsZeroPass(label.condition, { true: goesOn(true), false: goesOn(false) }, about))
        return false;
    }
    for (const element of elements) {
      if (element.kind !== 'call' || element.node.start >= call.start) continue;
      const name = calleeName(element.node) ?? '';
      if (hasLookedAt(file, element.node, texts)) return false;
      if ((REFUSES_NONE.test(name) || RAISES.test(name)) && element.node.args.some(about)) return false;
      if (NULL_FOR_NONE.test(name) && element.node.args.some(about)) return false;
    }
  }
  return true;
}

/** With which answers to a condition the function goes on to the call. */
interface GoesOn {
  readonly true: boolean;
  readonly false: boolean;
}

function letsZeroPass(condition: Expression, goesOn: GoesOn, about: (node: Expression) => boolean): boolean {
  if (condition.kind === 'call') {
    const name = calleeName(condition) ?? '';
    const [tested] = condition.args;
    if (TESTED_AS_ARGUMENT.has(name) && tested !== undefined) return letsZeroPass(tested, goesOn, about);
    return /ALIGNED$/.test(name) || CHECKS.test(name);
  }
  if (condition.kind !== 'binary') return false;
  if (condition.op === '&') return containsOffset(condition);
  if (!/^[<>]=?$/.test(condition.op)) return false;
  const [left, right] = [about(condition.left), about(condition.right)];
  if (left === right) return false;
  // `n - 1 >= MOST` is so of zero too.
  if (takesAway(left ? condition.left : condition.right)) return false;
  const isBelow = condition.op.startsWith('<') === left;
  // What goes on either way has set it to the limit perhaps, which is more than zero.
  if (goesOn.true === goesOn.false) return !isBelow;
  return goesOn.true === isBelow;
}

function takesAway(node: Expression): boolean {
  let found = false;
  walkExpressions(node, part => {
    if (part.kind === 'binary' && part.op === '-') found = true;
  });
  return found;
}
