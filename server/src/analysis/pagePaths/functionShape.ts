/** The statements around an expression: its loop, the conditions that guard it, the branch that a condition leads to. */

import type { For, MacroLoop } from '../../syntax/ast.js';
import type { Expression, FunctionAst, If, Span, Statement } from '../../syntax/index.js';
import { childrenOf, isStatement, type Node, spanOf } from '../../syntax/index.js';
import { calleeName, isNull, TESTED_AS_ARGUMENT, walk } from '../expressions.js';
import type { Turn } from './pathState.js';

/** A loop with its condition, null for `for (;;)` and for loops of macros, and with what it begins with. */
export interface Loop extends Span {
  readonly test: Expression | null;
  readonly init: For['init'];
  /** How often a loop of a macro runs, where its arguments say so; null for the others. */
  readonly times: Expression | null;
}

/** Made once for a function. */
export class FunctionShape {
  readonly loops: readonly Loop[];
  readonly #ifs: readonly If[];
  readonly #switches: readonly Span[];
  readonly #labels: ReadonlyMap<string, number>;

  constructor(ast: FunctionAst) {
    const loops: Loop[] = [];
    const ifs: If[] = [];
    const switches: Span[] = [];
    const labels = new Map<string, number>();
    const visit = (node: Node): void => {
      const { start, end } = node;
      if (node.kind === 'for') loops.push({ start, end, test: node.test, init: node.init, times: null });
      else if (node.kind === 'while' || node.kind === 'do-while')
        loops.push({ start, end, test: node.test, init: null, times: null });
      else if (node.kind === 'macro-loop')
        loops.push({ start, end, test: null, init: null, times: timesOf(node) });
      else if (node.kind === 'if') ifs.push(node);
      else if (node.kind === 'switch') switches.push(node);
      else if (node.kind === 'label') labels.set(node.name, start);
      for (const child of childrenOf(node)) visit(child);
    };
    visit(ast.body);
    this.loops = loops;
    this.#ifs = ifs;
    this.#switches = switches;
    this.#labels = labels;
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

  /** The loop around a place, unless the branch that the place is in ends with a jump out of it: then it is done there once. */
  loopThrough(offset: number): Loop | null {
    const loop = this.loopAt(offset);
    if (loop === null) return null;
    const leaves = this.#ifs
      .filter(({ start, end }) => loop.start <= start && end <= loop.end && start <= offset && offset < end)
      .flatMap(({ then, otherwise }) => [then, ...(otherwise === null ? [] : [otherwise])])
      .some(branch => contains(branch, offset) && this.#leaves(jumpAtEnd(branch), loop));
    return leaves ? null : loop;
  }

  #leaves(jump: Statement | null, loop: Span): boolean {
    if (jump?.kind === 'return') return true;
    if (jump?.kind === 'break')
      return !this.#switches.some(one => contains(loop, one.start) && contains(one, jump.start));
    if (jump?.kind !== 'goto' || jump.target === null) return false;
    const label = this.#labels.get(jump.target);
    return label !== undefined && !contains(loop, label);
  }

  /**
   * The conditions of the `if`s around a place, inside `within`; with those of a loop that turn away before the place, as in
   * `if (!pages[i]) continue;`.
   */
  guardsOf(offset: number, within: Span | null): readonly Expression[] {
    return this.#ifs
      .filter(({ test, end, then }) => {
        if (test.end > offset) return false;
        return offset < end || (within !== null && asksForNothing(test) && jumpAtEnd(then) !== null);
      })
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

/** How often a loop of a macro runs, where it says so: `n` of `for_each_sg(list, entry, n, i)`. */
export function timesOf({ macro, args }: MacroLoop): Expression | null {
  return macro === 'for_each_sg' ? (args[2] ?? null) : null;
}

/** `!page`, `page == NULL`, alone or beside others. */
function asksForNothing(test: Expression): boolean {
  if (test.kind === 'unary') return test.op === '!' && test.operand.kind !== 'call';
  if (test.kind !== 'binary') return false;
  if (test.op === '||') return asksForNothing(test.left) || asksForNothing(test.right);
  return test.op === '==' && isNull(test.right);
}

function contains({ start, end }: Span, offset: number): boolean {
  return start <= offset && offset < end;
}

/** The branch of an `if` that a part of its condition decides; null if other parts decide. */
function branchOf(test: Expression, condition: Expression, truth: boolean): 'then' | 'else' | null {
  if (test === condition) return truth ? 'then' : 'else';
  const holds = (node: Expression): boolean => node.start <= condition.start && condition.end <= node.end;
  if (test.kind === 'unary' && test.op === '!') {
    const inner = branchOf(test.operand, condition, truth);
    return inner === 'then' ? 'else' : inner === 'else' ? 'then' : null;
  }
  if (test.kind === 'binary' && (test.op === '&&' || test.op === '||')) {
    const final = test.op === '&&' ? 'else' : 'then';
    if (holds(test.right)) return branchOf(test.right, condition, truth);
    const left = branchOf(test.left, condition, truth);
    return left === final ? final : null;
  }
  if (test.kind === 'call' && TESTED_AS_ARGUMENT.has(calleeName(test) ?? '')) {
    const [first] = test.args;
    return first !== undefined && holds(first) ? branchOf(first, condition, truth) : null;
  }
  return null;
}

/** The first statement of a branch that does more than to give up a lock, or to say what went wrong. */
function firstStatement(node: Statement): Statement | null {
  if (node.kind !== 'compound') return node;
  const statements = node.body.filter(child => child.kind !== 'empty' && child.kind !== 'declaration');
  return statements.find(child => !isUnlock(child) && !saysWhy(child)) ?? statements[0] ?? null;
}

/** `ret = -ENOMEM;`, `ret = PTR_ERR(map);`, a message; what is done in some cases only. */
function saysWhy(node: Statement): boolean {
  if (node.kind === 'if') return true;
  if (node.kind !== 'expression-statement') return false;
  const { expression } = node;
  if (expression.kind === 'call') return REPORTS.test(calleeName(expression) ?? '');
  if (expression.kind !== 'assignment' || expression.op !== '=' || expression.left.kind !== 'identifier')
    return false;
  let calls = false;
  walk(expression.right, part => {
    calls ||= part.kind === 'call' && calleeName(part) !== 'PTR_ERR';
  });
  return !calls;
}

const REPORTS = /^(?:pr|dev|drm|netdev)_(?:err|warn|notice|info|v?dbg|debug)\w*$|^printk$/;

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
