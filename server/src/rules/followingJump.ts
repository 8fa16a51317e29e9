/** Where a way leaves the code that it should have gone through. */

import type { FunctionAnalysis } from '../analysis/index.js';
import { childrenOf, isStatement, type Node, type Span, spanOf } from '../syntax/index.js';

/** The `goto`, `break` or `continue` that is the next statement behind an offset; null if the next one is another. */
export function jumpBehind({ ast }: FunctionAnalysis, offset: number): Span | null {
  let next: Node | null = null;
  for (const statement of statementsIn(ast.body)) {
    if (statement.start >= offset && (next === null || statement.start < next.start)) next = statement;
  }
  return next?.kind === 'goto' || next?.kind === 'break' || next?.kind === 'continue' ? spanOf(next) : null;
}

/** The statements that do something themselves: not those that only hold others. */
function statementsIn(node: Node): readonly Node[] {
  const own = isStatement(node) && node.kind !== 'compound' && node.kind !== 'empty' ? [node] : [];
  return [...own, ...childrenOf(node).flatMap(statementsIn)];
}
