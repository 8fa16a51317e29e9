/** Variables that are given by address, for a result that nobody looks at. */

import { type FunctionAnalysis, lvalueText } from '../analysis/index.js';
import { walkExpressions } from '../syntax/index.js';

/** Whether a function only ever sets a local variable and gives its address away. */
export function isNeverRead({ ast }: FunctionAnalysis, variable: string): boolean {
  if (!/^[a-z_]\w*$/.test(variable)) return false;
  let reads = 0;
  walkExpressions(ast.body, node => {
    if (node.kind === 'identifier' && node.name === variable) reads++;
    if (node.kind === 'unary' && node.op === '&' && lvalueText(node.operand) === variable) reads--;
    if (node.kind === 'assignment' && node.op === '=' && lvalueText(node.left) === variable) reads--;
  });
  return reads === 0;
}
