/** What single terms of an expression say of pages: their size, a mask, the offset in one. */

import { calleeName, lvalueText } from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import { walkExpressions } from '../../syntax/index.js';

/** `PAGE_SIZE` and the like. */
export const CONSTANT = /^[A-Z][A-Z0-9_]*$/;
/** The size of a page and what belongs to it. */
export const PAGE_CONSTANT = /^(?:PAGE_SIZE|PAGE_SHIFT|PAGE_MASK)$/;
/** Functions that count a part as a whole. */
export const ROUNDS_UP =
  /^(?:DIV_ROUND_UP(?:_ULL|_SECTOR_T)?|PAGE_ALIGN|PFN_UP|roundup|round_up|ALIGN|howmany)$/;

/** Functions that keep a number below another. */
export const BOUNDS = /^(?:min|min_t|min3|umin|clamp|clamp_t|clamp_val|array_index_nospec)$/;

/** Of these the ones that never make it larger. */
export const LOWERS = /^(?:min|min_t|min3|umin)$/;

/** Whether one of some lvalues, by their texts, is in an expression. */
export function mentions(node: Expression, texts: ReadonlySet<string>): boolean {
  let found = false;
  walkExpressions(node, part => {
    const text = lvalueText(part);
    if (text !== null && texts.has(text)) found = true;
  });
  return found;
}

/** Whether the offset of something in its page is worked out in an expression. */
export function containsOffset(node: Expression): boolean {
  let found = false;
  walkExpressions(node, part => {
    if (part.kind === 'call' && calleeName(part) === 'offset_in_page') found = true;
    if (part.kind === 'binary' && part.op === '&' && (isInPageMask(part.left) || isInPageMask(part.right)))
      found = true;
  });
  return found;
}

/** `~PAGE_MASK` or `PAGE_SIZE - 1`. */
export function isInPageMask(node: Expression): boolean {
  if (node.kind === 'unary') return node.op === '~' && isPageConstant(node.operand, 'PAGE_MASK');
  return (
    node.kind === 'binary' && node.op === '-' && isPageConstant(node.left, 'PAGE_SIZE') && isOne(node.right)
  );
}

/** Whether an expression is a constant of pages, by its name: `PAGE_SIZE`. */
export function isPageConstant(node: Expression, name: string): boolean {
  return node.kind === 'identifier' && node.name === name;
}

/** Whether an expression is the number 1. */
export function isOne(node: Expression): boolean {
  return node.kind === 'number' && node.value === 1;
}

/** A plain value, or a comparison with zero or one. */
export function isZeroTest(node: Expression): boolean {
  if (node.kind === 'binary' && /^(?:[<>]=?|[!=]=)$/.test(node.op)) {
    return node.right.kind === 'number' && (node.right.value ?? 2) < 2;
  }
  return node.kind !== 'call' && lvalueText(node) !== null;
}
