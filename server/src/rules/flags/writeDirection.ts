/** Pages that are asked for to write to exactly where nobody writes to them: the choice the wrong way round. */

import {
  calleeName,
  type FunctionAnalysis,
  lvalueText,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import type { Expression } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import type { Choice } from '../writeChoice.js';

/** What is known of places by their last name: the constant that one equals, or whether it is not zero. */
export type Known = ReadonlyMap<string, { readonly constant: string | null; readonly equal: boolean }>;

/** What says that a buffer is not written to. */
const READ_ONLY = /^(?:is_?)?(?:ro|readonly|read_only|rdonly)$/i;
export const TO_DEVICE = /^(?:PCI_)?DMA_TO_?DEVICE$/;
export const FROM_DEVICE = /^(?:PCI_)?DMA_FROM_?DEVICE$/;
/** Whether the direction of an iterator or of a request, as of what is called `rw`, is WRITE: then the pages are the source. */
export const REQUEST_DIRECTION = /^(?:iov_iter_rw|(?:bio|rq)_data_dir)$/;

/**
 * Whether a choice is true for a device that only reads, and false for one that writes to the pages: `DMA_TO_DEVICE` taken for
 * "write", the WRITE of a request, or `readonly`.
 */
export function isForReading(fn: FunctionAnalysis, { condition, truth }: Choice): boolean {
  const [reads, writes] = [truthFor(fn, condition, 'reading'), truthFor(fn, condition, 'writing')];
  return reads === truth && writes === !truth;
}

/** The truth of a condition in one direction of a transfer; null if it hangs on anything else. */
function truthFor(
  fn: FunctionAnalysis,
  condition: Expression,
  direction: 'reading' | 'writing',
): boolean | null {
  return truthOf(condition, leaf => {
    if (READ_ONLY.test(placeName(leaf)?.replace('.', '') ?? '')) return direction === 'reading';
    if (leaf.kind === 'identifier') {
      const [value, ...others] = assignedTo(fn, leaf.name);
      // A variable that is its own value would not end.
      if (value === undefined || others.length > 0 || value.kind === 'identifier') return null;
      return truthFor(fn, value, direction);
    }
    if (leaf.kind !== 'binary') return null;
    if (leaf.op === '&' && [leaf.left, leaf.right].some(isReadOnlyBit)) return direction === 'reading';
    if (leaf.op !== '==' && leaf.op !== '!=') return null;
    for (const [constant, other] of [
      [leaf.right, leaf.left],
      [leaf.left, leaf.right],
    ] as const) {
      const is = directionOf(constant, other);
      if (is !== null) return (is === direction) === (leaf.op === '==');
    }
    return null;
  });
}

/** A constant of a driver's own flags that says a buffer is not written to. */
function isReadOnlyBit(node: Expression): boolean {
  return node.kind === 'identifier' && /_(?:READ_?ONLY|RDONLY|RO)$/.test(node.name);
}

/** The direction that a constant is, seen from the memory; null for anything else. */
function directionOf(constant: Expression, other: Expression): 'reading' | 'writing' | null {
  const name = constant.kind === 'identifier' ? constant.name : '';
  if (TO_DEVICE.test(name)) return 'reading';
  if (FROM_DEVICE.test(name)) return 'writing';
  const value = valueExpression(other);
  const place = value.kind === 'call' ? '' : (placeName(value)?.replace('.', '') ?? '');
  const isRequest = value.kind === 'call' && REQUEST_DIRECTION.test(calleeName(value) ?? '');
  if (!isRequest && place !== 'rw') return null;
  return name === 'WRITE' ? 'reading' : name === 'READ' ? 'writing' : null;
}

/** The parts of a choice of which each alone is enough: the sides of `||`. */
export function alternativesOf({ condition, truth }: Choice): readonly Choice[] {
  const value = valueExpression(condition);
  if (value.kind === 'unary' && value.op === '!') {
    return alternativesOf({ condition: value.operand, truth: !truth });
  }
  if (value.kind !== 'binary' || value.op !== (truth ? '||' : '&&')) return [{ condition: value, truth }];
  return [value.left, value.right].flatMap(side => alternativesOf({ condition: side, truth }));
}

/** What is known for certain where a condition has a truth value. */
export function knownWhere({ condition, truth }: Choice): Known {
  const known = new Map<string, { readonly constant: string | null; readonly equal: boolean }>();
  const add = (node: Expression, holds: boolean): void => {
    const value = valueExpression(node);
    if (value.kind === 'unary' && value.op === '!') add(value.operand, !holds);
    else if (value.kind === 'binary' && value.op === (holds ? '&&' : '||')) {
      add(value.left, holds);
      add(value.right, holds);
    } else {
      const leaf = leafOf(value);
      if (leaf !== null) known.set(leaf.place, { constant: leaf.constant, equal: leaf.equal === holds });
    }
  };
  add(condition, truth);
  return known;
}

/** Whether a choice of a function cannot be made where something is known. */
export function isExcluded(fn: FunctionAnalysis, { condition, truth }: Choice, known: Known): boolean {
  const value = truthOf(condition, node => {
    const leaf = leafOf(node);
    const fact =
      leaf === null ? undefined : (known.get(leaf.place) ?? known.get(noteOf(fn, leaf.place) ?? ''));
    if (leaf === null || fact === undefined) return null;
    if (fact.constant === leaf.constant) return fact.equal === leaf.equal;
    // Another constant, or zero, than the one that it equals.
    return fact.equal && fact.constant !== null && leaf.constant !== null ? !leaf.equal : null;
  });
  return value === !truth;
}

/** The member of the same name in which a function notes one of its variables. */
function noteOf(fn: FunctionAnalysis, name: string): string | null {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'assignment' || element.node.op !== '=') continue;
    const { left, right } = element.node;
    if (left.kind === 'member' && left.name === name && variableName(right) === name) return `.${name}`;
  }
  return null;
}

/** The places of a condition that are names alone: what they stand for is another thing in each function. */
export function variablesOf(known: Known, fn: FunctionAnalysis): readonly string[] {
  return [...known.keys()].filter(name => fn.ast.parameters.some(parameter => parameter.name === name));
}

/** A comparison of a place with a constant, or a place that is tested: its last name. */
function leafOf(
  node: Expression,
): { readonly place: string; readonly constant: string | null; readonly equal: boolean } | null {
  const value = valueExpression(node);
  if (value.kind === 'binary' && (value.op === '==' || value.op === '!=')) {
    const place = placeName(value.left);
    const constant = valueExpression(value.right);
    if (place === null || constant.kind !== 'identifier' || !/^[A-Z]/.test(constant.name)) return null;
    return { place, constant: constant.name, equal: value.op === '==' };
  }
  const place = placeName(value);
  return place === null ? null : { place, constant: null, equal: true };
}

function placeName(node: Expression): string | null {
  const value = valueExpression(node);
  if (value.kind === 'member') return `.${value.name}`;
  return value.kind === 'identifier' && /^[a-z]/.test(value.name) ? lvalueText(value) : null;
}

/** The truth of a condition by that of its parts; null where it cannot be told. */
function truthOf(node: Expression, leaf: (node: Expression) => boolean | null): boolean | null {
  const value = valueExpression(node);
  if (value.kind === 'unary' && value.op === '!') {
    const inner = truthOf(value.operand, leaf);
    return inner === null ? null : !inner;
  }
  if (value.kind === 'binary' && (value.op === '&&' || value.op === '||')) {
    const decides = value.op === '||';
    const sides = [truthOf(value.left, leaf), truthOf(value.right, leaf)];
    return sides.includes(decides) ? decides : sides.includes(null) ? null : !decides;
  }
  return leaf(value);
}
