/** Conditions that test flags: `v & M` and its forms. */

import type { Expression } from '../syntax/index.js';
import { valueExpression } from './expressions.js';
import { isFlagName } from './fileConstants.js';

/**
 * A test of flags. `truth`: what the test being true means, bits being set or not. `whole`: the test is for all bits
 * of the mask, not for any.
 */
export interface FlagTest {
  readonly value: Expression;
  readonly mask: Expression;
  readonly truth: boolean;
  readonly whole: boolean;
}

/** Reads `v & M`, `(v & M) == 0`, `(v & M) != 0`, `(v & M) == M`. `truth`: the test being true means bits are set. */
export function flagTest(condition: Expression): FlagTest | null {
  const node = condition.kind === 'cast' ? condition.operand : condition;
  if (node.kind !== 'binary') return null;
  if (node.op === '&') return { ...operands(node), truth: true, whole: false };
  if (node.op !== '==' && node.op !== '!=') return null;
  const inner = node.left;
  if (inner.kind !== 'binary' || inner.op !== '&') return null;
  const zero = node.right.kind === 'number' && node.right.value === 0;
  if (zero) return { ...operands(inner), truth: node.op === '!=', whole: false };
  if (node.right.kind !== 'identifier') return null;
  return { ...operands(inner), truth: node.op === '==', whole: true };
}

function operands(node: Extract<Expression, { kind: 'binary' }>): { value: Expression; mask: Expression } {
  const constantLeft = node.left.kind === 'identifier' && isFlagName(node.left.name);
  return constantLeft
    ? { value: valueExpression(node.right), mask: node.left }
    : { value: valueExpression(node.left), mask: node.right };
}
