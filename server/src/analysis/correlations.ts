/**
 * Booleans that were computed from comparisons: after `bool lock = cmd != A && cmd != B;` a later `case A:` on
 * `cmd` says that `lock` is false.
 */

import type { Expression } from '../syntax/index.js';
import type { Cfg, EdgeLabel } from './cfg.js';
import { constantTruth, hasEffects, lvalueText, valueExpression } from './expressions.js';

/** What is assumed of one variable: that it equals a constant, or that it equals none of several. */
interface Assumption {
  readonly subject: string;
  readonly equals: string | null;
  readonly differs: readonly string[];
}

/** The booleans of one function that an edge of its graph may decide. */
export class Correlations {
  /** Variables with one definition, which is a pure expression. */
  readonly #definitions = new Map<string, Expression>();
  readonly #assigned = new Map<string, number>();

  /** Those of a graph, made once. */
  static of(cfg: Cfg): Correlations {
    let correlations = known.get(cfg);
    if (correlations === undefined) {
      correlations = new Correlations(cfg);
      known.set(cfg, correlations);
    }
    return correlations;
  }

  private constructor(cfg: Cfg) {
    for (const { element } of cfg.elements()) {
      if (element.kind === 'declare') {
        if (element.node.init !== null) this.#define(element.node.name, element.node.init);
      } else if (element.kind === 'assignment') {
        const left = lvalueText(element.node.left);
        if (left !== null) this.#define(left, element.node.op === '=' ? element.node.right : null);
      } else if (element.kind === 'update') {
        const operand = lvalueText(element.node.operand);
        if (operand !== null) this.#define(operand, null);
      } else if (element.kind === 'call') {
        for (const arg of element.node.args) {
          const taken = arg.kind === 'unary' && arg.op === '&' ? lvalueText(arg.operand) : null;
          if (taken !== null) this.#define(taken, null);
        }
      }
    }
    for (const name of [...this.#definitions.keys()]) {
      if ((this.#assigned.get(name) ?? 0) > 1) this.#definitions.delete(name);
    }
  }

  #define(name: string, value: Expression | null): void {
    this.#assigned.set(name, (this.#assigned.get(name) ?? 0) + (value === null ? 2 : 1));
    if (value !== null && isLogical(value) && !hasEffects(value)) this.#definitions.set(name, value);
  }

  /** The truth of variables that an edge decides. */
  decidedBy(label: EdgeLabel): ReadonlyMap<string, boolean> {
    if (this.#definitions.size === 0) return NOTHING;
    const assumption = assumptionOf(label);
    if (assumption === null || (this.#assigned.get(assumption.subject) ?? 0) > 1) return NOTHING;
    const decided = new Map<string, boolean>();
    for (const [name, definition] of this.#definitions) {
      const truth = truthUnder(definition, assumption);
      if (truth !== null) decided.set(name, truth);
    }
    return decided;
  }
}

const known = new WeakMap<Cfg, Correlations>();
const NOTHING: ReadonlyMap<string, boolean> = new Map();

function isLogical(node: Expression): boolean {
  const value = node.kind === 'cast' ? node.operand : node;
  if (value.kind === 'unary') return value.op === '!';
  return value.kind === 'binary' && /^(?:&&|\|\||==|!=)$/.test(value.op);
}

function assumptionOf(label: EdgeLabel): Assumption | null {
  switch (label.kind) {
    case 'case': {
      const subject = lvalueText(valueExpression(label.subject));
      const equals =
        label.case.value === null || label.case.to !== null ? null : constantText(label.case.value);
      return subject === null || equals === null ? null : { subject, equals, differs: [] };
    }
    case 'default': {
      const subject = lvalueText(valueExpression(label.subject));
      if (subject === null) return null;
      const differs = label.cases.flatMap(entry => {
        const text = entry.value === null || entry.to !== null ? null : constantText(entry.value);
        return text === null ? [] : [text];
      });
      return { subject, equals: null, differs };
    }
    case 'branch': {
      const comparison = comparisonOf(label.condition);
      if (comparison === null) return null;
      const same = (comparison.op === '==') === label.truth;
      const { subject, constant } = comparison;
      return { subject, equals: same ? constant : null, differs: same ? [] : [constant] };
    }
    case 'next':
      return null;
  }
}

function constantText(node: Expression): string | null {
  const value = valueExpression(node);
  if (value.kind === 'number') return value.value === null ? null : String(value.value);
  // Enumerators and macros, which kernel style writes in capitals: another variable is no constant.
  return value.kind === 'identifier' && /^[A-Z][A-Z0-9_]*$/.test(value.name) ? value.name : null;
}

function comparisonOf(
  node: Expression,
): { readonly subject: string; readonly op: '==' | '!='; readonly constant: string } | null {
  if (node.kind !== 'binary' || (node.op !== '==' && node.op !== '!=')) return null;
  const subject = lvalueText(valueExpression(node.left));
  const constant = constantText(node.right);
  return subject === null || constant === null ? null : { subject, op: node.op, constant };
}

function truthUnder(node: Expression, assumption: Assumption): boolean | null {
  const constant = constantTruth(node);
  if (constant !== null) return constant;
  if (node.kind === 'cast') return truthUnder(node.operand, assumption);
  if (node.kind === 'unary' && node.op === '!') {
    const operand = truthUnder(node.operand, assumption);
    return operand === null ? null : !operand;
  }
  if (node.kind !== 'binary') return null;
  if (node.op === '&&' || node.op === '||') {
    const decisive = node.op === '||';
    const left = truthUnder(node.left, assumption);
    const right = truthUnder(node.right, assumption);
    if (left === decisive || right === decisive) return decisive;
    return left === null || right === null ? null : !decisive;
  }
  const comparison = comparisonOf(node);
  if (comparison === null || comparison.subject !== assumption.subject) return null;
  if (assumption.equals !== null) {
    // Differently named constants of one comparison chain or switch have different values.
    return (assumption.equals === comparison.constant) === (comparison.op === '==');
  }
  return assumption.differs.includes(comparison.constant) ? comparison.op === '!=' : null;
}
