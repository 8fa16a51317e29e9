/** One page that was got for a buffer, of which as many bytes are used as it is long, from where it begins in the page. */

import type { FileAnalysis, FunctionAnalysis, PageCall } from '../../analysis/index.js';
import { calleeName, integerTypesOf, lvalueText } from '../../analysis/index.js';
import type { Call, Expression, Span } from '../../syntax/index.js';
import { spanOf, walkExpressions } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { isCheckedByCaller } from './checkedByCaller.js';
import { CountExpression } from './countExpression.js';
import type { CountSite } from './countSite.js';
import { CONSTANT, containsOffset, isPageConstant, isZeroTest, LOWERS, mentions } from './pageTerms.js';

/** Where a buffer is used that need not end in the page that was got, and by what the length is told. */
export interface UsedBehind {
  readonly at: Span;
  readonly length: string;
}

/**
 * The first call behind one that gets a single page that is given a place in the page, by the offset of the address, and a length that
 * nothing limits, or only the size of a page; null if there is none.
 */
export function usedBehind(page: PageCall, file: FileAnalysis, site: CountSite): UsedBehind | null {
  const { fn } = site;
  const count = new CountExpression(site);
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || element.node.start < page.call.end) continue;
    const length = lengthFrom(element.node, fn, count, file);
    if (length !== null) return { at: spanOf(element.node.callee), length };
  }
  return null;
}

/** The length that a call is given besides a place that an offset is in; null where it is limited, or there is none. */
function lengthFrom(
  call: Call,
  fn: FunctionAnalysis,
  count: CountExpression,
  file: FileAnalysis,
): string | null {
  const place = call.args.findIndex(argument => isAtOffset(argument, fn, count));
  if (place < 0) return null;
  const types = integerTypesOf(file, fn.item.name);
  for (const argument of call.args.slice(place + 1)) {
    const text = lvalueText(argument);
    if (text === null || CONSTANT.test(text) || count.isOffset(argument)) continue;
    if (types?.bitsOf(text) == null) continue;
    if (isUnlimited(text, fn, count, file)) return text;
  }
  return null;
}

/** Whether an expression has the offset of the address in its page added, or is that offset. */
function isAtOffset(node: Expression, fn: FunctionAnalysis, count: CountExpression): boolean {
  const has = (part: Expression): boolean => containsOffset(part) && mentions(part, count.addresses);
  if (has(node)) return true;
  let found = false;
  walkExpressions(node, part => {
    const text = lvalueText(part);
    if (text !== null && assignedTo(fn, text).some(has)) found = true;
  });
  return found;
}

/**
 * Whether a length is worked out, and nothing asks how large it is. What is given as it is may have been limited by whoever gives it.
 */
function isUnlimited(
  text: string,
  fn: FunctionAnalysis,
  count: CountExpression,
  file: FileAnalysis,
): boolean {
  const [value, ...others] = assignedTo(fn, text);
  if (value === undefined || others.length > 0 || lvalueText(value) !== null) return false;
  const texts = new Set([text]);
  let free = true;
  if (isLowered(value)) free = isLimitedByPageOnly(value, count);
  else {
    walkExpressions(value, part => {
      const inner = lvalueText(part);
      if (part.kind === 'call' && !isPure(part)) free = false;
      if (isPageConstant(part, 'PAGE_SIZE') || count.isOffset(part)) free = false;
      if (inner !== null && !CONSTANT.test(inner)) texts.add(inner);
    });
    // A constant is known to fit, by whoever wrote it.
    free &&= texts.size > 1;
  }
  const asked = fn.cfg.order
    .flatMap(id => fn.cfg.blocks[id]?.out ?? [])
    .some(({ label }) => {
      if (label.kind === 'branch') return !isZeroTest(label.condition) && mentions(label.condition, texts);
      return label.kind !== 'next' && mentions(label.subject, texts);
    });
  return free && !asked && !isCheckedByCaller(file, fn.item.name, texts);
}

function isLowered(value: Expression): value is Call {
  return value.kind === 'call' && LOWERS.test(calleeName(value) ?? '');
}

/** `min(left, PAGE_SIZE)`, though less than a page is left behind an offset. */
function isLimitedByPageOnly(call: Call, count: CountExpression): boolean {
  let offset = false;
  for (const argument of call.args) {
    walkExpressions(argument, part => {
      if (count.isOffset(part)) offset = true;
    });
  }
  return !offset && call.args.some(argument => isPageConstant(argument, 'PAGE_SIZE'));
}

/** Makes a number of a number, of which no limit is known. */
function isPure(call: Call): boolean {
  return /^[A-Z_]+$/.test(calleeName(call) ?? '');
}
