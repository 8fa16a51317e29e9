/** The condition under which a place in a function is reached, as its author wrote it. */

import type { FunctionAst, Span } from '../syntax/ast.js';
import { childrenOf, type Node } from '../syntax/index.js';

/** Longer conditions are not repeated in a hover. Characters. */
const LONGEST = 40;

/**
 * The innermost `if` or `?:` around a span, as text: `write_fault`, or `!(write_fault)` in the other branch.
 * @returns null if there is none, or one too long to repeat
 */
export function guardOf(ast: FunctionAst, span: Span, text: string): string | null {
  let guard: { readonly test: Span; readonly negated: boolean } | null = null;
  let node: Node | null = ast.body;
  while (node !== null) {
    if (node.kind === 'if' || node.kind === 'conditional') {
      if (node.then !== null && contains(node.then, span)) guard = { test: node.test, negated: false };
      else if (node.otherwise !== null && contains(node.otherwise, span))
        guard = { test: node.test, negated: true };
    }
    node = childrenOf(node).find(child => contains(child, span)) ?? null;
  }
  if (guard === null) return null;
  const test = text.slice(guard.test.start, guard.test.end).replace(/\s+/g, ' ').trim();
  const bare = stripParentheses(test);
  if (bare.length > LONGEST) return null;
  if (!guard.negated) return bare;
  return /^[\w.>-]+$/.test(bare) ? `!${bare}` : `!(${bare})`;
}

function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Without parentheses around the whole. */
function stripParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    if (depth === 0 && i < text.length - 1) return text;
  }
  return stripParentheses(text.slice(1, -1).trim());
}
