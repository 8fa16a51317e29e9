/** Mutations of the conditions of a TypeScript source: each is one small change that a test should notice. */

import { parseAst } from 'vitest/node';

/** One change of a source. */
export interface Mutant {
  /** One-based line of what is changed. */
  readonly line: number;
  /** What was done, with the text it was done to. */
  readonly what: string;
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/** A node of ESTree, as far as it is looked at here. */
interface EsNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly operator?: string;
  readonly test?: EsNode;
  readonly left?: EsNode;
  readonly right?: EsNode;
  readonly argument?: EsNode;
  readonly callee?: EsNode;
  readonly property?: EsNode;
}

const COMPARISONS: ReadonlySet<string> = new Set(['===', '!==', '<', '>=', '>', '<=']);

const isNode = (value: unknown): value is EsNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** Whether an expression tells the compiler a type: without it what follows would not compile. */
function isTypeGuard(node: EsNode, source: (node: EsNode) => string): boolean {
  if (node.type !== 'BinaryExpression' || node.left === undefined || node.right === undefined) return false;
  return /^(null|undefined)$/.test(source(node.right)) || /\.kind$/.test(source(node.left));
}

/**
 * All mutants of a TypeScript source, in order of position. What only tells the compiler a type (`x !== null && …`) is
 * left alone: the compiler holds it.
 */
export function mutantsOf(text: string): Mutant[] {
  const found: Mutant[] = [];
  const source = (node: EsNode): string => text.slice(node.start, node.end);
  const add = (node: EsNode, what: string, newText: string): void => {
    const line = text.slice(0, node.start).split('\n').length;
    found.push({
      line,
      what: `${what} ${shortened(source(node))}`,
      start: node.start,
      end: node.end,
      newText,
    });
  };
  const negated = new Set<EsNode>();
  const negate = (node: EsNode): void => {
    if (!negated.has(node) && !isTypeGuard(node, source)) add(node, 'negated', `!(${source(node)})`);
    // Its own negation would be the same mutant again.
    negated.add(node);
  };
  const visit = (node: EsNode): void => {
    const { left, right, argument, operator = '' } = node;
    if ((node.type === 'IfStatement' || node.type === 'ConditionalExpression') && node.test !== undefined) {
      negate(node.test);
    }
    if (node.type === 'LogicalExpression' && operator !== '??' && left !== undefined && right !== undefined) {
      const other = operator === '&&' ? '||' : '&&';
      const guarded = isTypeGuard(left, source);
      if (!guarded) {
        add(node, `${operator} made ${other} in`, `((${source(left)}) ${other} (${source(right)}))`);
        add(node, 'dropped the left of', `(${source(right)})`);
      }
      if (!isTypeGuard(right, source)) add(node, 'dropped the right of', `(${source(left)})`);
    }
    if (node.type === 'BinaryExpression' && COMPARISONS.has(operator)) negate(node);
    if (node.type === 'UnaryExpression' && operator === '!' && argument !== undefined && !negated.has(node)) {
      add(node, 'dropped the ! of', `!!${source(argument)}`);
    }
    const { property } = node.type === 'CallExpression' ? (node.callee ?? {}) : {};
    if (property !== undefined && (source(property) === 'some' || source(property) === 'every')) {
      const other = source(property) === 'some' ? 'every' : 'some';
      add(property, `made ${other} of`, other);
    }
    for (const child of Object.values(node).flat()) if (isNode(child)) visit(child);
  };
  for (const statement of parseAst(text, { lang: 'ts' }).body) if (isNode(statement)) visit(statement);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** A text on one line, cut where it is long. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
