/** Small questions about expressions that several analyses ask. */

import type { Call, Expression, Span, Statement } from '../syntax/ast.js';

const EXPRESSION_KINDS: ReadonlySet<string> = new Set<Expression['kind']>([
  'identifier',
  'number',
  'string',
  'char',
  'call',
  'member',
  'index',
  'unary',
  'update',
  'binary',
  'assignment',
  'conditional',
  'cast',
  'comma',
  'type-query',
  'statement-expression',
  'initializer-list',
  'unknown-expression',
]);

/** Whether a node is an expression. */
export function isExpression(node: Expression | Statement): node is Expression {
  return EXPRESSION_KINDS.has(node.kind);
}

/** Macros whose value is true exactly if their first argument is. */
export const TESTED_AS_ARGUMENT: ReadonlySet<string> = new Set([
  'likely',
  'unlikely',
  '__builtin_expect',
  'WARN_ON',
  'WARN_ON_ONCE',
  'VM_WARN_ON',
  'VM_WARN_ON_ONCE',
  'WARN',
  'WARN_ONCE',
  'data_race',
]);

/** The name called; null for a call through a pointer. */
export function calleeName(call: Call): string | null {
  return call.callee.kind === 'identifier' ? call.callee.name : null;
}

/** Whether evaluating an expression does anything but read: it has a call, an assignment, or was not read whole. */
export function hasEffects(node: Expression): boolean {
  switch (node.kind) {
    case 'call':
    case 'assignment':
    case 'update':
    case 'statement-expression':
    case 'unknown-expression':
      return true;
    case 'identifier':
    case 'number':
    case 'string':
    case 'char':
    case 'type-query':
      return false;
    case 'member':
      return hasEffects(node.object);
    case 'index':
      return hasEffects(node.object) || hasEffects(node.index);
    case 'unary':
    case 'cast':
      return hasEffects(node.operand);
    case 'binary':
    case 'comma':
      return hasEffects(node.left) || hasEffects(node.right);
    case 'conditional':
      return (
        hasEffects(node.test) || (node.then !== null && hasEffects(node.then)) || hasEffects(node.otherwise)
      );
    case 'initializer-list':
      return node.items.some(item => hasEffects(item.value));
  }
}

/** The truth of a literal condition (`1`, `0`, `true`, `false`); null for anything else. */
export function constantTruth(node: Expression): boolean | null {
  if (node.kind === 'number') return node.value === null ? null : node.value !== 0;
  if (node.kind === 'identifier') {
    if (node.name === 'true') return true;
    if (node.name === 'false' || node.name === 'NULL') return false;
  }
  return null;
}

/** Whether an expression is NULL, or a 0 that stands for it. */
export function isNull(node: Expression): boolean {
  const value = valueExpression(node);
  return value.kind === 'identifier' ? value.name === 'NULL' : value.kind === 'number' && value.value === 0;
}

/** The name of the variable whose value an expression is, through casts; null if it is something else. */
export function variableName(node: Expression): string | null {
  const value = valueExpression(node);
  return value.kind === 'identifier' ? value.name : null;
}

/**
 * The expression that holds the value of another: through casts, `likely()` and the like, the target of an
 * assignment, the right side of a comma.
 */
export function valueExpression(node: Expression): Expression {
  switch (node.kind) {
    case 'cast':
      return valueExpression(node.operand);
    case 'comma':
      return valueExpression(node.right);
    case 'assignment':
      return valueExpression(node.left);
    case 'call': {
      const name = calleeName(node);
      const first = node.args[0];
      if (name !== null && first !== undefined && PASS_THROUGH.has(name)) return valueExpression(first);
      return node;
    }
    case 'unary':
      return node.op === '+' ? valueExpression(node.operand) : node;
    default:
      return node;
  }
}

const PASS_THROUGH: ReadonlySet<string> = new Set([
  'likely',
  'unlikely',
  'READ_ONCE',
  'data_race',
  // include/linux/cleanup.h: the pointer, of which its cleanup knows nothing any more.
  'no_free_ptr',
]);

/**
 * A name for the memory that an expression names, as text without white space: `mm`, `*locked`, `vma->vm_mm`.
 * Null for what is not an lvalue that can be told apart by its text.
 */
export function lvalueText(node: Expression): string | null {
  switch (node.kind) {
    case 'identifier':
      return node.name;
    case 'member': {
      if (node.arrow && node.object.kind === 'unary' && node.object.op === '&') {
        const object = lvalueText(node.object.operand);
        return object === null ? null : `${object}.${node.name}`;
      }
      const object = lvalueText(node.object);
      return object === null ? null : `${object}${node.arrow ? '->' : '.'}${node.name}`;
    }
    case 'unary': {
      if (node.op !== '*') return null;
      if (node.operand.kind === 'unary' && node.operand.op === '&') return lvalueText(node.operand.operand);
      const operand = lvalueText(node.operand);
      return operand === null ? null : `*${operand}`;
    }
    case 'cast':
      return lvalueText(node.operand);
    case 'index': {
      if (node.index.kind !== 'number' && node.index.kind !== 'identifier') return null;
      const object = lvalueText(node.object);
      const index = node.index.kind === 'number' ? String(node.index.value) : node.index.name;
      return object === null ? null : `${object}[${index}]`;
    }
    default:
      return null;
  }
}

/** The variable at the root of an lvalue's text, e.g. `user` of `user->locked`. */
export function rootOf(lvalue: string): string {
  let root = roots.get(lvalue);
  if (root === undefined) {
    root = /[A-Za-z_]\w*/.exec(lvalue)?.[0] ?? '';
    if (roots.size === MOST_ROOTS) roots.clear();
    roots.set(lvalue, root);
  }
  return root;
}

/** Of lvalues that were asked for: the flow analyses ask for the same few at every element. */
const roots = new Map<string, string>();
const MOST_ROOTS = 4096;

/** Calls `visit` for an expression and everything that is evaluated in it, parents first. */
export function walk(node: Expression, visit: (node: Expression) => void): void {
  visit(node);
  switch (node.kind) {
    case 'call':
      walk(node.callee, visit);
      for (const arg of node.args) walk(arg, visit);
      return;
    case 'member':
      walk(node.object, visit);
      return;
    case 'index':
      walk(node.object, visit);
      walk(node.index, visit);
      return;
    case 'unary':
    case 'update':
    case 'cast':
      walk(node.operand, visit);
      return;
    case 'binary':
    case 'assignment':
    case 'comma':
      walk(node.left, visit);
      walk(node.right, visit);
      return;
    case 'conditional':
      walk(node.test, visit);
      if (node.then !== null) walk(node.then, visit);
      walk(node.otherwise, visit);
      return;
    case 'initializer-list':
      for (const item of node.items) walk(item.value, visit);
      return;
    case 'unknown-expression':
      for (const child of node.children) walk(child, visit);
      return;
    default:
      return;
  }
}

/** The range of a node alone, so that keeping it does not keep the tree. */
export function plainSpan(node: Span): Span {
  return { start: node.start, end: node.end };
}
