/** A count that is the difference of two page numbers: that of the end of a buffer, and that of its address. */

import { calleeName, lvalueText } from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import type { CountExpression } from './countExpression.js';

/**
 * What such a count leaves out. `always`: the page of the last byte. `inside-a-page`: that page, where the buffer ends inside it.
 */
export type LeftOut = 'always' | 'inside-a-page';

/** Definitions of definitions are followed this far. */
const DEEPEST = 6;

/** A sum, taken apart: what is added, and what is taken away, in it. */
interface Sum {
  /** A number, and how often PAGE_SIZE is added to it. */
  constant: number;
  pageSizes: number;
  readonly plus: Expression[];
  readonly minus: Expression[];
}

/**
 * What a count leaves out that is worked out from the number of the page behind a buffer, or of its last, and that of its first;
 * null where it leaves out nothing, or is worked out in another way.
 */
export function leftOut(count: CountExpression, request: Expression): LeftOut | null {
  const sum = takenApart(count, request);
  const [end, ...others] = sum.plus;
  const [first, ...more] = sum.minus;
  if (end === undefined || first === undefined || others.length > 0 || more.length > 0) return null;
  const last = numbered(count, end);
  const start = numbered(count, first);
  if (last === null || start === null || sum.constant !== 0 || sum.pageSizes !== 0) return null;
  const from = takenApart(count, start);
  if (!from.plus.every(part => isAddress(count, part)) || from.plus.length !== 1 || from.minus.length > 0)
    return null;
  if (from.constant !== 0 || from.pageSizes !== 0) return null;
  const to = takenApart(count, last);
  const lengths = to.plus.filter(part => !isAddress(count, part));
  if (to.plus.length !== 2 || lengths.length !== 1 || to.minus.length > 0 || to.pageSizes !== 0) return null;
  if (!lengths.every(part => lvalueText(part) !== null)) return null;
  if (to.constant === -1) return 'always';
  return to.constant === 0 ? 'inside-a-page' : null;
}

function takenApart(count: CountExpression, node: Expression): Sum {
  const sum: Sum = { constant: 0, pageSizes: 0, plus: [], minus: [] };
  const add = (part: Expression, sign: 1 | -1, depth: number): void => {
    if (part.kind === 'cast') {
      add(part.operand, sign, depth);
    } else if (part.kind === 'number' && part.value !== null) {
      sum.constant += sign * part.value;
    } else if (part.kind === 'identifier' && part.name === 'PAGE_SIZE') {
      sum.pageSizes += sign;
    } else if (part.kind === 'binary' && (part.op === '+' || part.op === '-')) {
      add(part.left, sign, depth);
      add(part.right, part.op === '+' ? sign : sign === 1 ? -1 : 1, depth);
    } else {
      const text = lvalueText(part);
      const definition = text === null || depth >= DEEPEST ? null : count.definition(text);
      const pages = distance(count, part);
      if (pages !== null) {
        add(pages.to, sign, depth);
        add(pages.from, sign === 1 ? -1 : 1, depth);
      } else if (definition !== null && definition.kind !== 'call') add(definition, sign, depth + 1);
      else (sign === 1 ? sum.plus : sum.minus).push(part);
    }
  };
  add(node, 1, 0);
  return sum;
}

/** `(last - first) >> PAGE_SHIFT`, where `first` begins a page, as the two page numbers; null for anything else. */
function distance(
  count: CountExpression,
  node: Expression,
): { readonly to: Expression; readonly from: Expression } | null {
  if (node.kind !== 'binary' || (node.op !== '>>' && node.op !== '/')) return null;
  const { left } = node;
  if (left.kind !== 'binary' || left.op !== '-' || unmasked(count, left.right) === left.right) return null;
  return { to: { ...node, left: left.left }, from: { ...node, left: left.right } };
}

/** The address that a page number is that of; null for anything else than a page number. */
function numbered(count: CountExpression, node: Expression): Expression | null {
  if (node.kind === 'cast') return numbered(count, node.operand);
  const name = node.kind === 'call' ? calleeName(node) : null;
  if (node.kind === 'call' && name === 'PFN_DOWN') return node.args[0] ?? null;
  if (node.kind !== 'binary') return null;
  const shifted = node.op === '>>' && isNamed(node.right, 'PAGE_SHIFT');
  const divided = node.op === '/' && isNamed(node.right, 'PAGE_SIZE');
  return shifted || divided ? unmasked(count, node.left) : null;
}

/** Without `& PAGE_MASK`, here or where a variable is set: the bits that it takes away are shifted out. */
function unmasked(count: CountExpression, node: Expression): Expression {
  if (node.kind === 'cast') return unmasked(count, node.operand);
  const text = lvalueText(node);
  const value = text === null ? node : (count.definition(text) ?? node);
  return value.kind === 'binary' && value.op === '&' && isNamed(value.right, 'PAGE_MASK') ? value.left : node;
}

function isNamed(node: Expression, name: string): boolean {
  return node.kind === 'identifier' && node.name === name;
}

function isAddress(count: CountExpression, node: Expression): boolean {
  const text = lvalueText(node);
  return text !== null && count.isAddress(text);
}
