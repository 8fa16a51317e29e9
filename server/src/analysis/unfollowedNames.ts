/** Variables of which a name does not tell what they hold: two of one name, and ones that a pointer leads to. */

import { childrenOf, type Expression, type FunctionAst, type Node } from '../syntax/index.js';

/**
 * The names that must not stand for what a variable holds: an inner block has a variable of the same name, or the address
 * is kept in a variable or a structure, so that anybody may write to it. That a call is given the address is not
 * meant: it may write then and there, which who follows the variable sees.
 */
export function unfollowedNames(fn: FunctionAst): ReadonlySet<string> {
  const found = new Set<string>();
  const parameters = new Set(fn.parameters.flatMap(parameter => parameter.name ?? []));
  visit(fn.body, [parameters], found);
  return found;
}

function visit(node: Node, around: readonly Set<string>[], found: Set<string>): void {
  const opens = node.kind === 'compound' || node.kind === 'for' || node.kind === 'switch';
  const scopes = opens ? [...around, new Set<string>()] : around;
  switch (node.kind) {
    case 'declaration': {
      const own = scopes.at(-1);
      for (const { name } of node.declarators) {
        if (scopes.some(scope => scope !== own && scope.has(name))) found.add(name);
        own?.add(name);
      }
      break;
    }
    case 'unary': {
      const root = node.op === '&' ? ownRoot(node.operand) : null;
      if (root !== null) found.add(root);
      break;
    }
    case 'call':
    case 'guard':
    case 'macro-loop': {
      const inside = new Set<Node>(node.args);
      for (const argument of node.args) visitArgument(argument, scopes, found);
      for (const child of childrenOf(node)) if (!inside.has(child)) visit(child, scopes, found);
      return;
    }
    default:
      break;
  }
  for (const child of childrenOf(node)) visit(child, scopes, found);
}

/** An argument, in which `&x` and `p ? p : &x` keep nothing. */
function visitArgument(node: Expression, scopes: readonly Set<string>[], found: Set<string>): void {
  if (node.kind === 'cast') visitArgument(node.operand, scopes, found);
  else if (node.kind === 'conditional') {
    visit(node.test, scopes, found);
    if (node.then !== null) visitArgument(node.then, scopes, found);
    visitArgument(node.otherwise, scopes, found);
  } else if (node.kind === 'unary' && node.op === '&') visit(node.operand, scopes, found);
  else visit(node, scopes, found);
}

/** The variable that an lvalue is part of; null if it is reached through a pointer. */
function ownRoot(node: Expression): string | null {
  if (node.kind === 'identifier') return node.name;
  if (node.kind === 'member' && !node.arrow) return ownRoot(node.object);
  return null;
}
