/** What a function assigns to its variables, in whatever order. */

import { type FunctionAnalysis, lvalueText } from '../analysis/index.js';
import type { Expression } from '../syntax/ast.js';

/**
 * The values that a variable, or a member by its text, gets: its initialiser and the right sides of assignments to it by name.
 *
 * @param operators the operators that count, e.g. `=` and `|=`; absent: all
 */
export function assignedTo(
  fn: FunctionAnalysis,
  name: string,
  operators?: ReadonlySet<string>,
): readonly Expression[] {
  const values: Expression[] = [];
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'declare' && element.node.name === name && element.node.init !== null) {
      values.push(element.node.init);
    } else if (element.kind === 'assignment') {
      const { left, op, right } = element.node;
      const counts = operators === undefined || operators.has(op);
      if (lvalueText(left) === name && counts) values.push(right);
    }
  }
  return values;
}
