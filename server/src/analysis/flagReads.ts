/** Which variables the value of an expression of flags depends on. */

import type { Call, Expression } from '../syntax/index.js';
import { lvalueText, valueExpression } from './expressions.js';

/**
 * Adds the lvalues whose value an expression's value depends on (not those that conditions only test).
 * @param enters whether a call is followed into its function: then the result depends on the arguments
 */
export function readsOf(node: Expression, into: Set<string>, enters: (call: Call) => boolean): void {
  switch (node.kind) {
    case 'identifier':
      into.add(node.name);
      return;
    case 'member':
    case 'index': {
      const key = lvalueText(node);
      if (key !== null) into.add(key);
      return;
    }
    case 'cast':
      readsOf(node.operand, into, enters);
      return;
    case 'unary': {
      const key = node.op === '*' ? lvalueText(node) : null;
      if (key !== null) into.add(key);
      else readsOf(node.operand, into, enters);
      return;
    }
    case 'comma':
      readsOf(node.right, into, enters);
      return;
    case 'assignment':
      readsOf(node.left, into, enters);
      return;
    case 'conditional':
      readsOf(node.then ?? node.test, into, enters);
      readsOf(node.otherwise, into, enters);
      return;
    case 'binary':
      readsOf(node.left, into, enters);
      readsOf(node.right, into, enters);
      return;
    case 'call': {
      const value = valueExpression(node);
      if (value !== node) readsOf(value, into, enters);
      else if (enters(node)) readsOfArguments(node, into, enters);
      return;
    }
    default:
      return;
  }
}

/** The same for all arguments of a call, and for what it is given the address of. */
export function readsOfArguments(call: Call, into: Set<string>, enters: (call: Call) => boolean): void {
  for (const argument of call.args) {
    const node = valueExpression(argument);
    readsOf(node.kind === 'unary' && node.op === '&' ? node.operand : node, into, enters);
    if (node.kind === 'identifier') into.add(`*${node.name}`);
  }
}
