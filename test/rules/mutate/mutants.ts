/** Mutations of the conditions of a TypeScript source: each is one small change that a test should notice. */

import { parseAst } from 'vitest/node';
import { RELEASES } from '../../../kernel/src/index.js';

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
  readonly key?: EsNode;
  readonly value?: unknown;
}

const COMPARISONS: ReadonlySet<string> = new Set(['===', '!==', '<', '>=', '>', '<=']);
/** What a bound becomes that is off by one. */
const OFF_BY_ONE: ReadonlyMap<string, string> = new Map([
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
]);

const isNode = (value: unknown): value is EsNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** Whether an expression tells the compiler a type: without it what follows would not compile. */
function isTypeGuard(node: EsNode, source: (node: EsNode) => string): boolean {
  if (node.type !== 'BinaryExpression' || node.left === undefined || node.right === undefined) return false;
  return /^(null|undefined)$/.test(source(node.right)) || /\.kind$/.test(source(node.left));
}

/** The names that an operand of a chain of `&&` or `||` tells a type of, for what comes behind it in the chain. */
function namesGuarded(node: EsNode, operator: string, source: (node: EsNode) => string): readonly string[] {
  const { left, right } = node;
  if (left === undefined || right === undefined) return [];
  if (isTypeGuard(node, source)) return /^\w+/.exec(source(left)) ?? [];
  if (node.type !== 'LogicalExpression' || node.operator !== operator) return [];
  return [left, right].flatMap(operand => namesGuarded(operand, operator, source));
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
      const behind = source(right);
      const guarded =
        isTypeGuard(left, source) ||
        namesGuarded(left, operator, source).some(name => new RegExp(`\\b${name}\\b`).test(behind));
      if (!guarded) {
        add(node, `${operator} made ${other} in`, `((${source(left)}) ${other} (${source(right)}))`);
        add(node, 'dropped the left of', `(${source(right)})`);
      }
      if (!isTypeGuard(right, source)) add(node, 'dropped the right of', `(${source(left)})`);
    }
    if (node.type === 'BinaryExpression' && COMPARISONS.has(operator)) negate(node);
    const bound = OFF_BY_ONE.get(operator);
    if (
      node.type === 'BinaryExpression' &&
      bound !== undefined &&
      left !== undefined &&
      right !== undefined
    ) {
      add(node, 'moved the bound of', `(${source(left)}) ${bound} (${source(right)})`);
    }
    const { key, value } = node;
    if (
      node.type === 'Property' &&
      key !== undefined &&
      isNode(value) &&
      /^(?:since|until)$/.test(source(key))
    ) {
      // The releases of a rule, or of a case of it: one earlier, one later.
      const at = RELEASES.findIndex(release => source(value) === `'${release}'`);
      for (const other of at < 0 ? [] : [RELEASES[at - 1], RELEASES[at + 1]]) {
        if (other !== undefined) add(node, `${other} in place of`, `${source(key)}: '${other}'`);
      }
    }
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
