/** Edits that several rules offer. Each says null where it is not certain that the result is the C that is meant. */

import type { FunctionAnalysis } from '../analysis/index.js';
import { calleeName } from '../analysis/index.js';
import type { Assignment, Binary, Call, Expression, Span, Statement } from '../syntax/ast.js';
import { childrenOf, isStatement, type Node } from '../syntax/index.js';
import type { Fix, TextEdit } from './rule.js';

/** Another function is called with the same arguments. */
export function callInstead(call: Call, name: string): Fix {
  const { start, end } = call.callee;
  return {
    title: `Replace ${calleeName(call) ?? ''}() with ${name}()`,
    edits: [{ span: { start, end }, newText: name }],
  };
}

/** Another operator stands between two operands, which stay as they are; null if it is not found as text. */
export function operatorInstead(
  fn: FunctionAnalysis,
  node: Binary | Assignment,
  operator: string,
): TextEdit | null {
  const between = fn.file.text.slice(node.left.end, node.right.start);
  const at = between.indexOf(node.op);
  if (at < 0) return null;
  const start = node.left.end + at;
  return { span: { start, end: start + node.op.length }, newText: operator };
}

/** A call that is a statement of its own is made on a condition. */
export function guarded(fn: FunctionAnalysis, call: Call, condition: string): Fix | null {
  const place = ownLine(fn, call);
  if (place === null || place.statement.kind !== 'expression-statement') return null;
  if (place.statement.expression.start !== call.start) return null;
  const { start, end } = place.statement;
  const lines = [...fn.file.text.slice(start, end).matchAll(/\n(?=[^\n])/g)];
  return {
    title: `Only if ${condition}`,
    edits: [
      insertion(start, `if (${condition})\n${place.indent}\t`),
      ...lines.map(({ index }) => insertion(start + index + 1, '\t')),
    ],
  };
}

/** Statements before the one that a node is in. */
export function preceded(fn: FunctionAnalysis, node: Span, statements: readonly string[]): TextEdit | null {
  const place = ownLine(fn, node);
  if (place === null) return null;
  const text = statements.map(statement => `${statement}\n${place.indent}`).join('');
  return insertion(place.statement.start, text);
}

function insertion(at: number, newText: string): TextEdit {
  return { span: { start: at, end: at }, newText };
}

/** The text of an expression that is a variable or a member, whose value or address can be asked for again; else null. */
export function lvalueAsWritten(fn: FunctionAnalysis, node: Expression): string | null {
  const again = (part: Expression): boolean =>
    part.kind === 'identifier' ||
    (part.kind === 'member' && again(part.object)) ||
    (part.kind === 'index' && again(part.object) && again(part.index));
  return again(node) ? fn.file.text.slice(node.start, node.end) : null;
}

/** Whether nothing in a function says that it may not sleep, and it gets pages itself, which sleeps. */
export function maySleep(fn: FunctionAnalysis): boolean {
  const { start, end } = fn.item.body;
  const sleeps = fn.sites.some(({ kind, callee }) => kind === 'gup' && !callee.endsWith('_only'));
  return sleeps && !ATOMIC.test(fn.file.text.slice(start, end));
}

const ATOMIC = /\w*(?:spin_|rcu_read_|local_irq_|preempt_|kmap_atomic|_bh\b|irqsave|raw_)\w*\s*\(|\bguard\(/;

/** A statement of a block, alone at the start of its line, and what stands before it there. */
interface OwnLine {
  readonly statement: Statement;
  readonly indent: string;
}

/** The innermost statement around a node, if something can be put before it without changing what it belongs to. */
function ownLine(fn: FunctionAnalysis, node: Span): OwnLine | null {
  let inner: { readonly statement: Statement; readonly inBlock: boolean } | null = null;
  const look = (here: Node, inBlock: boolean): void => {
    if (here.start > node.start || here.end < node.end) return;
    if (isStatement(here) && here.kind !== 'compound') inner = { statement: here, inBlock };
    for (const child of childrenOf(here)) look(child, here.kind === 'compound');
  };
  look(fn.ast.body, false);
  return inner === null ? null : alone(fn, inner);
}

function alone(
  fn: FunctionAnalysis,
  { statement, inBlock }: { readonly statement: Statement; readonly inBlock: boolean },
): OwnLine | null {
  const { text } = fn.file;
  const indent = text.slice(text.lastIndexOf('\n', statement.start - 1) + 1, statement.start);
  return inBlock && /^\s*$/.test(indent) ? { statement, indent } : null;
}
