/** The statements around an expression: its loop, the conditions that guard it, the branch that a condition leads to. */

import type { Expression, FunctionAst, If, Span, Statement } from '../../syntax/index.js';
import { childrenOf, isStatement, type Node, spanOf } from '../../syntax/index.js';
import { calleeName, TESTED_AS_ARGUMENT } from '../expressions.js';
import type { Turn } from './pathState.js';

/** A loop with its condition; null for `for (;;)` and for loops of macros. */
export interface Loop extends Span {
  readonly test: Expression | null;
}

/** Made once for a function. */
export class FunctionShape {
  readonly loops: readonly Loop[];
  readonly #ifs: readonly If[];

  constructor(ast: FunctionAst) {
    const loops: Loop[] = [];
    const ifs: If[] = [];
    const visit = (node: Node): void => {
      if (node.kind === 'for' || node.kind === 'while' || node.kind === 'do-while') {
        loops.push({ start: node.start, end: node.end, test: node.test });
      } else if (node.kind === 'macro-loop') loops.push({ start: node.start, end: node.end, test: null });
      else if (node.kind === 'if') ifs.push(node);
      for (const child of childrenOf(node)) visit(child);
    };
    visit(ast.body);
    this.loops = loops;
    this.#ifs = ifs;
  }

  /** The innermost loop around a place. */
  loopAt(offset: number): Loop | null {
    let best: Loop | null = null;
    for (const loop of this.loops) {
      if (loop.start <= offset && offset < loop.end && (best === null || loop.start >= best.start))
        best = loop;
    }
    return best;
  }

  /** The loop whose condition an expression is, or is a part of. */
  loopOf(condition: Span): Loop | null {
    return (
      this.loops.find(
        ({ test }) => test !== null && test.start <= condition.start && condition.end <= test.end,
      ) ?? null
    );
  }

  /** The conditions of the `if`s around a place, inside `within`. */
  guardsOf(offset: number, within: Span | null): readonly Expression[] {
    return this.#ifs
      .filter(node => node.start <= offset && offset < node.end && node.test.end <= offset)
      .filter(node => within === null || (within.start <= node.start && node.end <= within.end))
      .map(node => node.test);
  }

  /** Where a condition that came out as `truth` turns the path away: into a branch that ends with a jump. */
  turnAt(condition: Expression, truth: boolean): Turn | null {
    for (const node of this.#ifs) {
      if (condition.start < node.test.start || condition.end > node.test.end) continue;
      const branch = branchOf(node.test, condition, truth);
      const taken = branch === 'then' ? node.then : branch === 'else' ? node.otherwise : null;
      const first = taken === null ? null : firstStatement(taken);
      const jump = taken === null ? null : jumpAtEnd(taken);
      if (first === null || jump === null) return null;
      return {
        condition: spanOf(node.test),
        first: spanOf(first),
        jump: spanOf(jump),
        breaks: jump.kind === 'break',
      };
    }
    return null;
  }
}

/** The branch of an `if` that a part of its condition decides; null if other parts decide. */
function branchOf(test: Expression, condition: Expression, truth: boolean): 'then' | 'else' | null {
  if (test === condition) return truth ? 'then' : 'else';
  const contains = (node: Expression): boolean => node.start <= condition.start && condition.end <= node.end;
  if (test.kind === 'unary' && test.op === '!') {
    const inner = branchOf(test.operand, condition, truth);
    return inner === 'then' ? 'else' : inner === 'else' ? 'then' : null;
  }
  if (test.kind === 'binary' && (test.op === '&&' || test.op === '||')) {
    const final = test.op === '&&' ? 'else' : 'then';
    if (contains(test.right)) return branchOf(test.right, condition, truth);
    const left = branchOf(test.left, condition, truth);
    return left === final ? final : null;
  }
  if (test.kind === 'call' && TESTED_AS_ARGUMENT.has(calleeName(test) ?? '')) {
    const [first] = test.args;
    return first !== undefined && contains(first) ? branchOf(first, condition, truth) : null;
  }
  return null;
}

/** The first statement of a branch that does more than to give up a lock. */
function firstStatement(node: Statement): Statement | null {
  if (node.kind !== 'compound') return node;
  const statements = node.body.filter(child => child.kind !== 'empty' && child.kind !== 'declaration');
  return statements.find(child => !isUnlock(child)) ?? statements[0] ?? null;
}

function isUnlock(node: Statement): boolean {
  if (node.kind !== 'expression-statement' || node.expression.kind !== 'call') return false;
  return /unlock(?:_|$)|^up_(?:read|write)$/.test(calleeName(node.expression) ?? '');
}

/** The jump that a branch ends with; null if it ends with none. */
function jumpAtEnd(node: Statement): Statement | null {
  const last = node.kind === 'compound' ? node.body.at(-1) : node;
  if (last === undefined || !isStatement(last)) return null;
  if (last.kind === 'compound') return jumpAtEnd(last);
  return /^(?:goto|return|break|continue)$/.test(last.kind) ? last : null;
}
