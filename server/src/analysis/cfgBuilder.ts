/** Builds the control-flow graph of a parsed function. */

import type { Call, Expression, FunctionAst, Guard, Statement, Switch } from '../syntax/ast.js';
import { Cfg, type CfgBlock } from './cfg.js';
import { CfgBlocks } from './cfgBlocks.js';
import { CfgJumps } from './cfgJumps.js';
import {
  bareStatement,
  isConditionalGuard,
  type Jump,
  type MutableBlock,
  NEXT,
  NO_RETURN,
  RETURNS_ARGUMENT,
  type ScopeExit,
  STOPS_IF_TRUE,
  type SwitchScope,
} from './cfgParts.js';
import { calleeName, constantTruth, hasEffects, isExpression, TESTED_AS_ARGUMENT } from './expressions.js';
import type { MacroExit, MacroExits } from './macroExits.js';
import { unfollowedNames } from './unfollowedNames.js';

/** What the graph hangs on besides the function's own text. */
export interface CfgOptions {
  /** The macros that leave the function where they are used. */
  readonly macroExits?: MacroExits;
}

/**
 * Builds the graph of a function. `return`, falling off the end, `goto` out of a block and so on run the exits of
 * the `guard()`s and the cleanups of the `__free()` variables that they leave, innermost first.
 * @returns the graph; `complete` is false if something could not be read or a computed goto is in it.
 */
export function buildCfg(fn: FunctionAst, options: CfgOptions = {}): Cfg {
  return new Builder(fn, options).build(fn);
}

class Builder {
  readonly #blocks = new CfgBlocks();
  readonly #exit: MutableBlock;
  readonly #options: CfgOptions;
  readonly #labels: CfgJumps;
  readonly #jumps: Jump[] = [];
  readonly #switches: SwitchScope[] = [];
  /** What is to be done on leaving the blocks around, outermost first. */
  #scope: readonly ScopeExit[] = [];
  #complete = true;

  constructor(fn: FunctionAst, options: CfgOptions) {
    this.#options = options;
    this.#labels = new CfgJumps(fn);
    this.#exit = this.#blocks.add();
  }

  build(fn: FunctionAst): Cfg {
    const entry = this.#blocks.current.id;
    this.#complete = fn.errors.length === 0;
    this.#statement(fn.body);
    this.#blocks.connect(this.#blocks.current, this.#exit, NEXT);
    if (!this.#labels.resolve(this.#exit, this.#blocks)) this.#complete = false;
    const blocks: readonly CfgBlock[] = this.#blocks.all;
    return new Cfg(blocks, { entry, exit: this.#exit.id }, this.#complete, unfollowedNames(fn));
  }

  #statement(node: Statement): void {
    switch (node.kind) {
      case 'compound': {
        const around = this.#scope;
        for (const child of node.body) this.#statement(child);
        this.#leave(around.length);
        this.#scope = around;
        return;
      }
      case 'expression-statement':
        this.#expression(node.expression);
        return;
      case 'declaration':
        for (const declarator of node.declarators) {
          if (declarator.init !== null) this.#expression(declarator.init);
          this.#blocks.append({ kind: 'declare', node: declarator, declaration: node });
          if (declarator.cleanup !== null) this.#enter({ kind: 'cleanup', node: declarator });
        }
        return;
      case 'if': {
        const then = this.#blocks.add();
        const after = this.#blocks.add();
        const otherwise = node.otherwise === null ? after : this.#blocks.add();
        this.#condition(node.test, then, otherwise);
        this.#blocks.current = then;
        this.#statement(node.then);
        this.#blocks.connect(this.#blocks.current, after, NEXT);
        if (node.otherwise !== null) {
          this.#blocks.current = otherwise;
          this.#statement(node.otherwise);
          this.#blocks.connect(this.#blocks.current, after, NEXT);
        }
        this.#blocks.current = after;
        return;
      }
      case 'while':
        this.#loop(node.test, null, node.body, false);
        return;
      case 'do-while':
        this.#loop(node.test, null, node.body, true);
        return;
      case 'for':
        if (node.init !== null) {
          if (node.init.kind === 'declaration') this.#statement(node.init);
          else this.#expression(node.init);
        }
        this.#loop(node.test, node.update, node.body, false);
        return;
      case 'macro-loop': {
        for (const arg of node.args) this.#expression(arg);
        const head = this.#blocks.add();
        const body = this.#blocks.add();
        const after = this.#blocks.add();
        this.#blocks.flowInto(head);
        this.#blocks.append({ kind: 'macro-loop', node });
        this.#blocks.connect(head, body, NEXT);
        this.#blocks.connect(head, after, NEXT);
        this.#blocks.current = body;
        this.#jumps.push({ breakTo: after, continueTo: head, scope: this.#scope.length });
        this.#statement(node.body);
        this.#jumps.pop();
        this.#blocks.connect(this.#blocks.current, head, NEXT);
        this.#blocks.current = after;
        return;
      }
      case 'guard':
        for (const arg of node.args) this.#expression(arg);
        if (node.body !== null && (node.otherwise !== null || isConditionalGuard(node.class))) {
          this.#conditionalGuard(node, node.body);
          return;
        }
        this.#blocks.append({ kind: 'guard-enter', node });
        if (node.body === null) {
          this.#enter({ kind: 'guard-exit', node });
          return;
        }
        this.#scopedGuard(node, node.body);
        return;
      case 'switch':
        this.#switch(node);
        return;
      case 'case': {
        const target = this.#blocks.add();
        this.#blocks.flowInto(target);
        this.#switches.at(-1)?.cases.push({ node, target });
        return;
      }
      case 'goto':
        this.#labels.goto(this.#blocks.current, node.target, this.#scope);
        this.#blocks.dead();
        return;
      case 'label': {
        const block = this.#blocks.add();
        this.#blocks.flowInto(block);
        this.#labels.label(node.name, block, this.#scope);
        return;
      }
      case 'return':
        if (node.value !== null) this.#expression(node.value);
        this.#blocks.append({ kind: 'return', node });
        this.#leave(0);
        this.#blocks.connect(this.#blocks.current, this.#exit, NEXT);
        this.#blocks.dead();
        return;
      case 'break':
      case 'continue':
        this.#jump(node.kind);
        return;
      case 'asm':
        this.#blocks.append({ kind: 'asm', node });
        this.#mayJumpTo(node.targets);
        return;
      case 'unknown-statement':
        for (const child of node.children) {
          if (isExpression(child)) this.#expression(child);
          else this.#statement(child);
        }
        this.#complete = false;
        this.#blocks.append({ kind: 'unknown', node });
        return;
      case 'empty':
        return;
    }
  }

  #loop(test: Expression | null, update: Expression | null, body: Statement, bodyFirst: boolean): void {
    const head = this.#blocks.add();
    const inside = this.#blocks.add();
    const step = update === null ? head : this.#blocks.add();
    const after = this.#blocks.add();
    this.#blocks.connect(this.#blocks.current, bodyFirst ? inside : head, NEXT);
    this.#blocks.current = inside;
    this.#jumps.push({ breakTo: after, continueTo: step, scope: this.#scope.length });
    this.#statement(body);
    this.#jumps.pop();
    this.#blocks.connect(this.#blocks.current, step, NEXT);
    if (update !== null) {
      this.#blocks.current = step;
      this.#expression(update);
      this.#blocks.connect(this.#blocks.current, head, NEXT);
    }
    this.#blocks.current = head;
    if (test === null) this.#blocks.connect(head, inside, NEXT);
    else this.#condition(test, inside, after);
    this.#blocks.current = after;
  }

  #scopedGuard(node: Guard, body: Statement): void {
    const around = this.#scope;
    const after = this.#blocks.add();
    this.#enter({ kind: 'guard-exit', node });
    // scoped_guard() is a for loop of one pass, so break and continue leave it.
    const leave = this.#blocks.add();
    this.#jumps.push({ breakTo: leave, continueTo: leave, scope: this.#scope.length });
    this.#statement(body);
    this.#jumps.pop();
    this.#blocks.flowInto(leave);
    this.#leave(around.length);
    this.#scope = around;
    this.#blocks.flowInto(after);
  }

  /** The body is left out where the lock is not got; what a `scoped_cond_guard()` has for that case is done then. */
  #conditionalGuard(node: Guard, body: Statement): void {
    const failed = this.#blocks.add();
    const entered = this.#blocks.add();
    const after = this.#blocks.add();
    this.#blocks.connect(this.#blocks.current, failed, NEXT);
    this.#blocks.connect(this.#blocks.current, entered, NEXT);
    this.#blocks.current = failed;
    // It stands within the loop of one pass that the macro is.
    this.#jumps.push({ breakTo: after, continueTo: after, scope: this.#scope.length });
    if (node.otherwise !== null) this.#statement(node.otherwise);
    this.#jumps.pop();
    this.#blocks.connect(this.#blocks.current, after, NEXT);
    this.#blocks.current = entered;
    this.#blocks.append({ kind: 'guard-enter', node });
    this.#scopedGuard(node, body);
    this.#blocks.flowInto(after);
  }

  /** What stands before may go on at one of these labels instead of behind it. */
  #mayJumpTo(labels: readonly string[]): void {
    if (labels.length === 0) return;
    for (const label of labels) this.#labels.goto(this.#blocks.current, label, this.#scope);
    this.#blocks.flowInto(this.#blocks.add());
  }

  #switch(node: Switch): void {
    this.#expression(node.subject);
    const dispatch = this.#blocks.current;
    const after = this.#blocks.add();
    const scope: SwitchScope = { cases: [] };
    this.#switches.push(scope);
    this.#jumps.push({ breakTo: after, continueTo: null, scope: this.#scope.length });
    this.#blocks.dead();
    this.#statement(node.body);
    this.#jumps.pop();
    this.#switches.pop();
    this.#blocks.connect(this.#blocks.current, after, NEXT);
    const cases = scope.cases.filter(entry => entry.node.value !== null).map(entry => entry.node);
    let hasDefault = false;
    for (const { node: label, target } of scope.cases) {
      if (label.value === null) {
        hasDefault = true;
        this.#blocks.connect(dispatch, target, { kind: 'default', subject: node.subject, cases });
      } else this.#blocks.connect(dispatch, target, { kind: 'case', subject: node.subject, case: label });
    }
    if (!hasDefault) this.#blocks.connect(dispatch, after, { kind: 'default', subject: node.subject, cases });
    this.#blocks.current = after;
  }

  #jump(kind: 'break' | 'continue'): void {
    const jump = this.#jumps.findLast(entry => kind === 'break' || entry.continueTo !== null);
    const target = kind === 'break' ? jump?.breakTo : jump?.continueTo;
    if (jump === undefined || target === undefined || target === null) {
      // A stray break, e.g. of a macro's loop that was not recognised.
      this.#complete = false;
      return;
    }
    this.#leave(jump.scope);
    this.#blocks.connect(this.#blocks.current, target, NEXT);
    this.#blocks.dead();
  }

  #enter(exit: ScopeExit): void {
    this.#scope = [...this.#scope, exit];
  }

  /** Does what is to be done from the innermost block out, without the first `keep`. */
  #leave(keep: number): void {
    for (let i = this.#scope.length - 1; i >= keep; i--) {
      const exit = this.#scope[i];
      if (exit !== undefined) this.#blocks.append(exit);
    }
  }

  /** Evaluates an expression for its value: the elements of its parts, in order. */
  #expression(node: Expression): void {
    if (!hasEffects(node)) return;
    switch (node.kind) {
      case 'call':
        this.#call(node);
        return;
      case 'assignment':
        this.#expression(node.right);
        this.#expression(node.left);
        this.#blocks.append({ kind: 'assignment', node });
        return;
      case 'update':
        this.#expression(node.operand);
        this.#blocks.append({ kind: 'update', node });
        return;
      case 'binary':
        if ((node.op === '&&' || node.op === '||') && hasEffects(node.right)) {
          const right = this.#blocks.add();
          const after = this.#blocks.add();
          if (node.op === '&&') this.#condition(node.left, right, after);
          else this.#condition(node.left, after, right);
          this.#blocks.current = right;
          this.#expression(node.right);
          this.#blocks.connect(this.#blocks.current, after, NEXT);
          this.#blocks.current = after;
          return;
        }
        this.#expression(node.left);
        this.#expression(node.right);
        return;
      case 'conditional': {
        if (node.then === null && !hasEffects(node.otherwise)) {
          this.#expression(node.test);
          return;
        }
        const then = this.#blocks.add();
        const otherwise = this.#blocks.add();
        const after = this.#blocks.add();
        this.#condition(node.test, then, otherwise);
        this.#blocks.current = then;
        if (node.then !== null) this.#expression(node.then);
        this.#blocks.connect(this.#blocks.current, after, NEXT);
        this.#blocks.current = otherwise;
        this.#expression(node.otherwise);
        this.#blocks.connect(this.#blocks.current, after, NEXT);
        this.#blocks.current = after;
        return;
      }
      case 'statement-expression':
        this.#statement(node.body);
        return;
      case 'comma':
        this.#expression(node.left);
        this.#expression(node.right);
        return;
      case 'member':
        this.#expression(node.object);
        return;
      case 'index':
        this.#expression(node.object);
        this.#expression(node.index);
        return;
      case 'unary':
      case 'cast':
        this.#expression(node.operand);
        return;
      case 'initializer-list':
        for (const item of node.items) this.#expression(item.value);
        return;
      case 'unknown-expression':
        for (const child of node.children) this.#expression(child);
        this.#complete = false;
        this.#blocks.append({ kind: 'unknown', node });
        return;
      default:
        return;
    }
  }

  #call(node: Call): void {
    const name = calleeName(node);
    const first = node.args[0];
    if (name !== null && STOPS_IF_TRUE.has(name) && first !== undefined) {
      const stops = this.#blocks.add();
      const after = this.#blocks.add();
      this.#condition(first, stops, after);
      this.#blocks.current = after;
      return;
    }
    if (node.callee.kind !== 'identifier') this.#expression(node.callee);
    if (name !== null && RETURNS_ARGUMENT.has(name)) {
      const { start, end } = node;
      this.#statement({ kind: 'return', start, end, value: first ?? null });
      return;
    }
    for (const arg of node.args) {
      const statement = bareStatement(arg);
      if (statement === null) this.#expression(arg);
      else this.#repeated(statement);
    }
    this.#blocks.append({ kind: 'call', node });
    if (name === null) return;
    // `unsafe_get_user(x, p, Efault)`: who is given a label goes there.
    const labels = node.args.flatMap(arg => (arg.kind === 'identifier' ? [arg.name] : []));
    this.#mayJumpTo(labels.filter(label => this.#labels.isLabel(label)));
    if (NO_RETURN.has(name)) this.#blocks.dead();
    const exit = this.#options.macroExits?.get(name);
    if (exit !== undefined) this.#leaveByMacro(exit);
  }

  /** A statement that a macro is given is run any number of times. */
  #repeated(statement: Statement): void {
    const head = this.#blocks.add();
    const inside = this.#blocks.add();
    const after = this.#blocks.add();
    this.#blocks.flowInto(head);
    this.#blocks.connect(head, inside, NEXT);
    this.#blocks.connect(head, after, NEXT);
    this.#blocks.current = inside;
    this.#statement(statement);
    this.#blocks.connect(this.#blocks.current, head, NEXT);
    this.#blocks.current = after;
  }

  #leaveByMacro({ to, always }: MacroExit): void {
    const use = this.#blocks.current;
    for (const target of to) {
      this.#blocks.current = this.#blocks.add();
      this.#blocks.connect(use, this.#blocks.current, NEXT);
      if (target !== null) {
        this.#labels.goto(this.#blocks.current, target, this.#scope);
        continue;
      }
      this.#leave(0);
      this.#blocks.connect(this.#blocks.current, this.#exit, NEXT);
    }
    this.#blocks.current = this.#blocks.add();
    if (!always) this.#blocks.connect(use, this.#blocks.current, NEXT);
  }

  /** Evaluates an expression for its truth, going on in one of two blocks. The current block is used up. */
  #condition(node: Expression, whenTrue: MutableBlock, whenFalse: MutableBlock): void {
    const constant = constantTruth(node);
    if (constant !== null) {
      this.#blocks.connect(this.#blocks.current, constant ? whenTrue : whenFalse, NEXT);
      return;
    }
    switch (node.kind) {
      case 'unary':
        if (node.op === '!') {
          this.#condition(node.operand, whenFalse, whenTrue);
          return;
        }
        break;
      case 'binary':
        if (node.op === '&&' || node.op === '||') {
          const right = this.#blocks.add();
          if (node.op === '&&') this.#condition(node.left, right, whenFalse);
          else this.#condition(node.left, whenTrue, right);
          this.#blocks.current = right;
          this.#condition(node.right, whenTrue, whenFalse);
          return;
        }
        break;
      case 'conditional': {
        const then = node.then;
        if (then === null) break;
        const yes = this.#blocks.add();
        const no = this.#blocks.add();
        this.#condition(node.test, yes, no);
        this.#blocks.current = yes;
        this.#condition(then, whenTrue, whenFalse);
        this.#blocks.current = no;
        this.#condition(node.otherwise, whenTrue, whenFalse);
        return;
      }
      case 'comma':
        this.#expression(node.left);
        this.#condition(node.right, whenTrue, whenFalse);
        return;
      case 'call': {
        const name = calleeName(node);
        const first = node.args[0];
        if (name !== null && first !== undefined && TESTED_AS_ARGUMENT.has(name)) {
          for (const arg of node.args.slice(1)) this.#expression(arg);
          this.#condition(first, whenTrue, whenFalse);
          return;
        }
        break;
      }
      default:
        break;
    }
    this.#expression(node);
    this.#blocks.connect(this.#blocks.current, whenTrue, { kind: 'branch', condition: node, truth: true });
    this.#blocks.connect(this.#blocks.current, whenFalse, { kind: 'branch', condition: node, truth: false });
  }
}
