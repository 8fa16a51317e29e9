/** What the version of the kernel decides in C itself: `if (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0))`. */

import type { Expression, Span, Statement, VersionPart } from './ast.js';
import {
  type Condition,
  type ConditionNames,
  callOf,
  namesVersion,
  type Truth,
  truthOf,
} from './condition.js';
import type { FileMacros } from './fileMacros.js';
import { RELEASE_CODES, type VersionCodes } from './versionCodes.js';
import { walk } from './visit.js';

const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=']);

/** Configuration is left open: in C both sides of it are compiled. */
function namesFor(version: VersionCodes): ConditionNames {
  return { version, isSet: () => null, isAbsent: () => false };
}

/** Answers the questions about the version in one function while its tree is built. */
export class VersionQuestions {
  /** What was decided about so far. */
  readonly parts: VersionPart[] = [];
  readonly #version: VersionCodes | null;
  readonly #macros: FileMacros;
  /** The questions behind answers, which another release answers otherwise. */
  readonly #questions = new WeakMap<Expression, Condition>();

  /** @param version null: nothing is answered */
  constructor(version: VersionCodes | null, macros: FileMacros) {
    this.#version = version;
    this.#macros = macros;
  }

  /** The number that an expression is if the version decides it, else the expression. */
  answer(expression: Expression): Expression {
    if (this.#version === null || !isQuestion(expression)) return expression;
    const question = this.#questionOf(expression);
    // The version itself is a number to compare, not an answer.
    if (question.kind === 'name' && this.#macros.putInto(question) === question) return expression;
    const truth = this.#truth(question, this.#version);
    if (truth === null) return expression;
    const answer: Expression = {
      kind: 'number',
      start: expression.start,
      end: expression.end,
      value: truth,
    };
    this.#questions.set(answer, question);
    return answer;
  }

  /** Takes note of the branches of an `if` or `?:`. */
  onBranches(test: Expression, then: Span | null, otherwise: Span | null): void {
    this.#leave(then, test, 1);
    this.#leave(otherwise, test, 0);
  }

  /** Takes note of what follows an `if` of the same block that returns. */
  onBlock(statements: readonly Statement[]): void {
    if (this.#version === null) return;
    statements.forEach((statement, index) => {
      if (statement.kind !== 'if' || !namesVersion(this.#asked(statement.test))) return;
      const { test, then, otherwise } = statement;
      const rest = statements.slice(index + 1);
      const label = rest.findIndex(isEntered);
      const [first] = rest;
      const last = rest.at(label < 0 ? -1 : label - 1);
      if (first === undefined || last === undefined || label === 0) return;
      const span = { start: first.start, end: last.end };
      if (returns(then)) this.#leave(span, test, 0);
      else if (otherwise !== null && returns(otherwise)) this.#leave(span, test, 1);
    });
  }

  /** Notes that a part is only reached if the condition is so, where that asks for the version. */
  #leave(span: Span | null, test: Expression, isSo: 0 | 1): void {
    if (span === null || this.#version === null) return;
    const question = this.#asked(test);
    if (!namesVersion(question)) return;
    const reaches = (codes: VersionCodes): boolean => truthOf(question, namesFor(codes)) !== 1 - isSo;
    const releases = RELEASE_CODES.filter(([, codes]) => reaches(codes)).map(([release]) => release);
    this.parts.push({ start: span.start, end: span.end, releases, ruledOut: !reaches(this.#version) });
  }

  /** The question of a condition, the file's macros replaced by what they stand for. */
  #asked(test: Expression): Condition {
    return this.#macros.putInto(this.#questionOf(test));
  }

  /** null as well for what does not ask for the version. */
  #truth(question: Condition, version: VersionCodes): Truth {
    const whole = this.#macros.putInto(question);
    return namesVersion(whole) ? truthOf(whole, namesFor(version)) : null;
  }

  #questionOf(node: Expression): Condition {
    const asked = this.#questions.get(node);
    if (asked !== undefined) return asked;
    switch (node.kind) {
      case 'number':
        return node.value === null ? { kind: 'unknown' } : { kind: 'number', value: node.value };
      case 'identifier':
        return { kind: 'name', name: node.name };
      case 'call':
        if (node.callee.kind !== 'identifier') return { kind: 'unknown' };
        return callOf(
          node.callee.name,
          node.args.map(argument => this.#questionOf(argument)),
        );
      case 'unary':
        if (node.op !== '!') return { kind: 'unknown' };
        return { kind: 'not', operand: this.#questionOf(node.operand) };
      case 'binary': {
        const [left, right] = [this.#questionOf(node.left), this.#questionOf(node.right)];
        return { kind: 'binary', op: node.op, left, right };
      }
      default:
        return { kind: 'unknown' };
    }
  }
}

/** Whether what follows a statement is not reached through it: it ends in a `return`. */
function returns(statement: Statement): boolean {
  if (statement.kind === 'return') return true;
  const last = statement.kind === 'compound' ? statement.body.at(-1) : undefined;
  return last !== undefined && returns(last);
}

/** Whether a statement has a label or a `case`, by which it may be reached from elsewhere. */
function isEntered(statement: Statement): boolean {
  let found = false;
  walk(statement, node => {
    found ||= node.kind === 'label' || node.kind === 'case';
    return !found;
  });
  return found;
}

/** Whether an expression may ask for the version and does nothing else: not `a && f()`, of which the parts may. */
function isQuestion(node: Expression): boolean {
  return (
    node.kind === 'identifier' || node.kind === 'call' || (node.kind === 'binary' && COMPARISONS.has(node.op))
  );
}
