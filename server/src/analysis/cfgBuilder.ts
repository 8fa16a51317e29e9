/** Builds the control-flow graph of a parsed function. */

import type { Call, Expression, FunctionAst, Guard, Statement, Switch } from '../syntax/ast.js';
import { Cfg, type CfgBlock, type CfgEdge, type CfgElement, type EdgeLabel } from './cfg.js';
import {
  type Jump,
  type MutableBlock,
  NO_RETURN,
  type PendingGoto,
  type ScopeExit,
  STOPS_IF_TRUE,
  type SwitchScope,
} from './cfgParts.js';
import { calleeName, constantTruth, hasEffects, isExpression, TESTED_AS_ARGUMENT } from './expressions.js';
import type { MacroExit, MacroExits } from './macroExits.js';

const NEXT: EdgeLabel = { kind: 'next' };

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
  return new Builder(options).build(fn);
}

class Builder {
  readonly #blocks: MutableBlock[] = [];
  readonly #exit: MutableBlock;
  readonly #options: CfgOptions;
  readonly #labels = new Map<
    string,
    { readonly block: MutableBlock; readonly scope: readonly ScopeExit[] }
  >();
  readonly #gotos: PendingGoto[] = [];
  readonly #jumps: Jump[] = [];
  readonly #switches: SwitchScope[] = [];
  /** What is to be done on leaving the blocks around, outermost first. */
  #scope: readonly ScopeExit[] = [];
  #current: MutableBlock;
  #complete = true;

  constructor(options: CfgOptions) {
    this.#options = options;
    this.#current = this.#newBlock();
    this.#exit = this.#newBlock();
  }

  build(fn: FunctionAst): Cfg {
    const entry = this.#current;
    this.#complete = fn.errors.length === 0;
    this.#statement(fn.body);
    this.#connect(this.#current, this.#exit, NEXT);
    this.#resolveGotos();
    return new Cfg(this.#blocks as readonly CfgBlock[], entry.id, this.#exit.id, this.#complete);
  }

  #newBlock(): MutableBlock {
    const block: MutableBlock = { id: this.#blocks.length, elements: [], in: [], out: [] };
    this.#blocks.push(block);
    return block;
  }

  #connect(from: MutableBlock, to: MutableBlock, label: EdgeLabel): void {
    const edge: CfgEdge = { from: from.id, to: to.id, label };
    from.out.push(edge);
    to.in.push(edge);
  }

  #add(element: CfgElement): void {
    this.#current.elements.push(element);
  }

  /** Goes on in `block`, to which the current block leads. */
  #flowInto(block: MutableBlock): void {
    this.#connect(this.#current, block, NEXT);
    this.#current = block;
  }

  /** What follows cannot be reached from here (a label may still reach it). */
  #dead(): void {
    this.#current = this.#newBlock();
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
          this.#add({ kind: 'declare', node: declarator, declaration: node });
          if (declarator.cleanup !== null) this.#enter({ kind: 'cleanup', node: declarator });
        }
        return;
      case 'if': {
        const then = this.#newBlock();
        const after = this.#newBlock();
        const otherwise = node.otherwise === null ? after : this.#newBlock();
        this.#condition(node.test, then, otherwise);
        this.#current = then;
        this.#statement(node.then);
        this.#connect(this.#current, after, NEXT);
        if (node.otherwise !== null) {
          this.#current = otherwise;
          this.#statement(node.otherwise);
          this.#connect(this.#current, after, NEXT);
        }
        this.#current = after;
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
        const head = this.#newBlock();
        const body = this.#newBlock();
        const after = this.#newBlock();
        this.#flowInto(head);
        this.#add({ kind: 'macro-loop', node });
        this.#connect(head, body, NEXT);
        this.#connect(head, after, NEXT);
        this.#current = body;
        this.#jumps.push({ breakTo: after, continueTo: head, scope: this.#scope.length });
        this.#statement(node.body);
        this.#jumps.pop();
        this.#connect(this.#current, head, NEXT);
        this.#current = after;
        return;
      }
      case 'guard':
        for (const arg of node.args) this.#expression(arg);
        this.#add({ kind: 'guard-enter', node });
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
        const target = this.#newBlock();
        this.#flowInto(target);
        this.#switches.at(-1)?.cases.push({ node, target });
        return;
      }
      case 'goto':
        this.#gotos.push({ from: this.#current, target: node.target, scope: this.#scope });
        this.#dead();
        return;
      case 'label': {
        const block = this.#newBlock();
        this.#flowInto(block);
        this.#labels.set(node.name, { block, scope: this.#scope });
        return;
      }
      case 'return':
        if (node.value !== null) this.#expression(node.value);
        this.#add({ kind: 'return', node });
        this.#leave(0);
        this.#connect(this.#current, this.#exit, NEXT);
        this.#dead();
        return;
      case 'break':
      case 'continue':
        this.#jump(node.kind);
        return;
      case 'asm':
        this.#add({ kind: 'asm', node });
        return;
      case 'unknown-statement':
        for (const child of node.children) {
          if (isExpression(child)) this.#expression(child);
          else this.#statement(child);
        }
        this.#complete = false;
        this.#add({ kind: 'unknown', node });
        return;
      case 'empty':
        return;
    }
  }

  #loop(test: Expression | null, update: Expression | null, body: Statement, bodyFirst: boolean): void {
    const head = this.#newBlock();
    const inside = this.#newBlock();
    const step = update === null ? head : this.#newBlock();
    const after = this.#newBlock();
    this.#connect(this.#current, bodyFirst ? inside : head, NEXT);
    this.#current = inside;
    this.#jumps.push({ breakTo: after, continueTo: step, scope: this.#scope.length });
    this.#statement(body);
    this.#jumps.pop();
    this.#connect(this.#current, step, NEXT);
    if (update !== null) {
      this.#current = step;
      this.#expression(update);
      this.#connect(this.#current, head, NEXT);
    }
    this.#current = head;
    if (test === null) this.#connect(head, inside, NEXT);
    else this.#condition(test, inside, after);
    this.#current = after;
  }

  #scopedGuard(node: Guard, body: Statement): void {
    const around = this.#scope;
    const after = this.#newBlock();
    this.#enter({ kind: 'guard-exit', node });
    // scoped_guard() is a for loop of one pass, so break and continue leave it.
    const leave = this.#newBlock();
    this.#jumps.push({ breakTo: leave, continueTo: leave, scope: this.#scope.length });
    this.#statement(body);
    this.#jumps.pop();
    this.#flowInto(leave);
    this.#leave(around.length);
    this.#scope = around;
    this.#flowInto(after);
  }

  #switch(node: Switch): void {
    this.#expression(node.subject);
    const dispatch = this.#current;
    const after = this.#newBlock();
    const scope: SwitchScope = { cases: [] };
    this.#switches.push(scope);
    this.#jumps.push({ breakTo: after, continueTo: null, scope: this.#scope.length });
    this.#dead();
    this.#statement(node.body);
    this.#jumps.pop();
    this.#switches.pop();
    this.#connect(this.#current, after, NEXT);
    const cases = scope.cases.filter(entry => entry.node.value !== null).map(entry => entry.node);
    let hasDefault = false;
    for (const { node: label, target } of scope.cases) {
      if (label.value === null) {
        hasDefault = true;
        this.#connect(dispatch, target, { kind: 'default', subject: node.subject, cases });
      } else this.#connect(dispatch, target, { kind: 'case', subject: node.subject, case: label });
    }
    if (!hasDefault) this.#connect(dispatch, after, { kind: 'default', subject: node.subject, cases });
    this.#current = after;
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
    this.#connect(this.#current, target, NEXT);
    this.#dead();
  }

  #enter(exit: ScopeExit): void {
    this.#scope = [...this.#scope, exit];
  }

  /** Does what is to be done from the innermost block out, without the first `keep`. */
  #leave(keep: number): void {
    for (let i = this.#scope.length - 1; i >= keep; i--) {
      const exit = this.#scope[i];
      if (exit !== undefined) this.#add(exit);
    }
  }

  #resolveGotos(): void {
    for (const { from, target, scope } of this.#gotos) {
      const named = target === null ? undefined : this.#labels.get(target);
      // A computed goto, or a label that a macro names: it is one of those that are there.
      const targets = named === undefined ? [...this.#labels.values()] : [named];
      if (target === null || targets.length === 0) this.#complete = false;
      if (targets.length === 0) this.#connect(from, this.#exit, NEXT);
      for (const label of targets) {
        const left = scope.filter(exit => !label.scope.includes(exit)).reverse();
        // A jump past a guard() into its scope does not compile: something was not read as it is meant.
        if (label.scope.some(exit => !scope.includes(exit))) this.#complete = false;
        if (left.length === 0) {
          this.#connect(from, label.block, NEXT);
          continue;
        }
        const between = this.#newBlock();
        between.elements.push(...left);
        this.#connect(from, between, NEXT);
        this.#connect(between, label.block, NEXT);
      }
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
        this.#add({ kind: 'assignment', node });
        return;
      case 'update':
        this.#expression(node.operand);
        this.#add({ kind: 'update', node });
        return;
      case 'binary':
        if ((node.op === '&&' || node.op === '||') && hasEffects(node.right)) {
          const right = this.#newBlock();
          const after = this.#newBlock();
          if (node.op === '&&') this.#condition(node.left, right, after);
          else this.#condition(node.left, after, right);
          this.#current = right;
          this.#expression(node.right);
          this.#connect(this.#current, after, NEXT);
          this.#current = after;
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
        const then = this.#newBlock();
        const otherwise = this.#newBlock();
        const after = this.#newBlock();
        this.#condition(node.test, then, otherwise);
        this.#current = then;
        if (node.then !== null) this.#expression(node.then);
        this.#connect(this.#current, after, NEXT);
        this.#current = otherwise;
        this.#expression(node.otherwise);
        this.#connect(this.#current, after, NEXT);
        this.#current = after;
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
        this.#add({ kind: 'unknown', node });
        return;
      default:
        return;
    }
  }

  #call(node: Call): void {
    const name = calleeName(node);
    const first = node.args[0];
    if (name !== null && STOPS_IF_TRUE.has(name) && first !== undefined) {
      const stops = this.#newBlock();
      const after = this.#newBlock();
      this.#condition(first, stops, after);
      this.#current = after;
      return;
    }
    if (node.callee.kind !== 'identifier') this.#expression(node.callee);
    for (const arg of node.args) this.#expression(arg);
    this.#add({ kind: 'call', node });
    if (name === null) return;
    if (NO_RETURN.has(name)) this.#dead();
    const exit = this.#options.macroExits?.get(name);
    if (exit !== undefined) this.#leaveByMacro(exit);
  }

  #leaveByMacro({ to, always }: MacroExit): void {
    const use = this.#current;
    for (const target of to) {
      this.#current = this.#newBlock();
      this.#connect(use, this.#current, NEXT);
      if (target !== null) {
        this.#gotos.push({ from: this.#current, target, scope: this.#scope });
        continue;
      }
      this.#leave(0);
      this.#connect(this.#current, this.#exit, NEXT);
    }
    this.#current = this.#newBlock();
    if (!always) this.#connect(use, this.#current, NEXT);
  }

  /** Evaluates an expression for its truth, going on in one of two blocks. The current block is used up. */
  #condition(node: Expression, whenTrue: MutableBlock, whenFalse: MutableBlock): void {
    const constant = constantTruth(node);
    if (constant !== null) {
      this.#connect(this.#current, constant ? whenTrue : whenFalse, NEXT);
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
          const right = this.#newBlock();
          if (node.op === '&&') this.#condition(node.left, right, whenFalse);
          else this.#condition(node.left, whenTrue, right);
          this.#current = right;
          this.#condition(node.right, whenTrue, whenFalse);
          return;
        }
        break;
      case 'conditional': {
        const then = node.then;
        if (then === null) break;
        const yes = this.#newBlock();
        const no = this.#newBlock();
        this.#condition(node.test, yes, no);
        this.#current = yes;
        this.#condition(then, whenTrue, whenFalse);
        this.#current = no;
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
    this.#connect(this.#current, whenTrue, { kind: 'branch', condition: node, truth: true });
    this.#connect(this.#current, whenFalse, { kind: 'branch', condition: node, truth: false });
  }
}
