/** Walking the tree. */

import type { Declaration, Expression, FunctionAst, Span, Statement } from './ast.js';
import type { SourceFile } from './sourceFile.js';

/** Any node of the tree. */
export type Node = Expression | Statement;

/** The direct children of a node, in the order they are written. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'call':
      return [node.callee, ...node.args];
    case 'member':
      return [node.object];
    case 'index':
      return [node.object, node.index];
    case 'unary':
    case 'update':
    case 'cast':
      return [node.operand];
    case 'binary':
    case 'assignment':
    case 'comma':
      return [node.left, node.right];
    case 'conditional':
      return node.then === null ? [node.test, node.otherwise] : [node.test, node.then, node.otherwise];
    case 'statement-expression':
      return [node.body];
    case 'initializer-list':
      return node.items.map(item => item.value);
    case 'unknown-expression':
    case 'unknown-statement':
      return node.children;
    case 'compound':
      return node.body;
    case 'expression-statement':
      return [node.expression];
    case 'declaration':
      return initialisers(node);
    case 'if':
      return node.otherwise === null ? [node.test, node.then] : [node.test, node.then, node.otherwise];
    case 'while':
      return [node.test, node.body];
    case 'do-while':
      return [node.body, node.test];
    case 'for':
      return [node.init, node.test, node.update, node.body].filter(part => part !== null);
    case 'macro-loop':
      return [...node.args, node.body];
    case 'guard':
      return [...node.args, node.otherwise, node.body].filter(part => part !== null);
    case 'switch':
      return [node.subject, node.body];
    case 'case':
      return [node.value, node.to].filter(part => part !== null);
    case 'return':
      return node.value === null ? [] : [node.value];
    default:
      return [];
  }
}

function initialisers(node: Declaration): Expression[] {
  return node.declarators.flatMap(declarator => declarator.init ?? []);
}

const STATEMENTS: ReadonlySet<Node['kind']> = new Set<Node['kind']>([
  'compound',
  'expression-statement',
  'declaration',
  'if',
  'while',
  'do-while',
  'for',
  'macro-loop',
  'guard',
  'switch',
  'case',
  'goto',
  'label',
  'return',
  'break',
  'continue',
  'empty',
  'asm',
  'unknown-statement',
]);

/** Whether a node is a statement. */
export function isStatement(node: Node): node is Statement {
  return STATEMENTS.has(node.kind);
}

/** Calls `fn` for a node and everything below it, parents first. `fn` returning false leaves the node's inside out. */
export function walk(node: Node | FunctionAst, fn: (node: Node) => boolean | undefined): void {
  if (!('kind' in node)) {
    walk(node.body, fn);
    return;
  }
  if (fn(node) === false) return;
  for (const child of childrenOf(node)) walk(child, fn);
}

/** Calls `fn` for every expression in a node, parents first; statements inside `({ … })` are entered too. */
export function walkExpressions(node: Node | FunctionAst, fn: (expression: Expression) => void): void {
  walk(node, here => {
    if (!isStatement(here)) fn(here);
    return undefined;
  });
}

/** Whether a variable, a constant or a function of this name stands anywhere in a node. */
export function namesIdentifier(node: Node, name: string): boolean {
  let found = false;
  walk(node, inner => {
    found ||= inner.kind === 'identifier' && inner.name === name;
    return !found;
  });
  return found;
}

/** What the author wrote at a span. */
export function textOf(file: SourceFile, span: Span): string {
  return file.text.slice(span.start, span.end);
}

/** The range of a node, without the node. */
export function spanOf({ start, end }: Span): Span {
  return { start, end };
}
