/** Values that grow in a loop: each keeps one name, so that the loop ends. */

import type { Expression } from '../../syntax/index.js';
import { lvalueText, walk } from '../expressions.js';
import type { ExploredFunction } from './exploration.js';
import { ENTRY } from './pathState.js';
import {
  COUNTER,
  countsError,
  countsPages,
  FROM_RESULT,
  signsOf,
  symbol,
  type Value,
  WITH_ERROR,
} from './value.js';

/** The value of `left op= right` at a node: in a loop that of a counter that the node names. Once, it is what it comes to. */
export function grown(value: Value, node: Expression, fn: ExploredFunction): Value {
  if (fn.shape.loopAt(node.start) === null) return value;
  if (value.kind !== 'symbol' && value.kind !== 'number') return value;
  const taint = `${countsPages(value) ? FROM_RESULT : ''}${countsError(value) ? WITH_ERROR : ''}`;
  return symbol(`${fn.prefix}#${node.start}${COUNTER}${taint}`, signsOf(value, ENTRY));
}

/** The value of `left = right`: `off = all ? 0 : off + got` grows as `off += got` does. */
export function grownByItself(
  left: Expression,
  right: Expression,
  value: Value,
  fn: ExploredFunction,
): Value {
  const text = lvalueText(left);
  if (value.kind !== 'symbol' || text === null || lvalueText(right) !== null) return value;
  if (fn.shape.loopAt(right.start) === null) return value;
  let grows = false;
  walk(right, node => {
    grows ||= node.kind === 'binary' && [node.left, node.right].some(side => lvalueText(side) === text);
  });
  return grows ? grown(value, right, fn) : value;
}
