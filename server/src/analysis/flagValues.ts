/** Which flags an expression may hold at a point of a function. */

import { expandFlags } from '../../../kernel/src/index.js';
import type { Call, Expression, FunctionAst, Span } from '../syntax/index.js';
import type { Cfg, CfgEdge, CfgElement, CfgPosition } from './cfg.js';
import { type FlowSolution, solveForward } from './dataflow.js';
import { calleeName, constantTruth, lvalueText, rootOf, valueExpression, walk } from './expressions.js';
import { isFlagName } from './fileConstants.js';
import {
  type EnteredFlow,
  type FlagContext,
  type FlagHelper,
  keepsPointer,
  pointee,
  seenFrom,
} from './flagHelper.js';
import { numberFlags } from './flagNumber.js';
import { readsOf, readsOfArguments } from './flagReads.js';
import { sameValues, type Values, withValue } from './flagState.js';
import { afterFault, afterGupArgs, isFromOutside, notedAsOutside, TOLD } from './flagsTold.js';
import { flagTest } from './flagTest.js';
import { FlagVariables, memberInitialiser } from './flagVariables.js';
import {
  clearFlags,
  type FlagValue,
  flagLattice,
  flagSet,
  keepFlags,
  NO_FLAGS_VALUE,
  onlySet,
  orFlags,
  refineByTest,
  UNKNOWN_FLAGS,
  ZERO_FLAGS,
} from './lattices/flagLattice.js';

/** Prefix of the notes that say of which flags a fault's result is; see {@link FlagFlow}. */
const FAULT_OF = 'fault of ';

/**
 * The flag values of one function, for the variables that the expressions asked for depend on. A parameter starts
 * as `param:NAME`, a local without a value, a field as `field:EXPR` (or `param:EXPR` where it is the caller's),
 * anything else unknown.
 */
export class FlagFlow implements EnteredFlow {
  readonly #cfg: Cfg;
  readonly #context: FlagContext;
  readonly #variables: FlagVariables;
  /** Variables whose value matters, and the solution for them. */
  #tracked: Set<string> = new Set();
  #solution: FlowSolution<Values | null> | null = null;

  /** @param entry what it is called with, where it is followed for one call */
  constructor(ast: FunctionAst, cfg: Cfg, context: FlagContext, entry: Values | null = null) {
    this.#cfg = cfg;
    this.#context = context;
    this.#variables = new FlagVariables(ast, cfg, context, entry);
  }

  /**
   * The value of an expression right before the element at a position.
   * @returns unknown where nothing reaches the position.
   */
  valueBefore(expression: Expression, position: CfgPosition): FlagValue {
    const wanted = new Set<string>();
    readsOf(expression, wanted, this.#enters);
    if (wanted.size === 0) return this.#evaluate(expression, new Map());
    const solution = this.#solve(wanted);
    const values = solution.before(position);
    return values === null || !solution.complete ? UNKNOWN_FLAGS : this.#evaluate(expression, values);
  }

  /** Whether what a parameter or a field brought holds, at a position, no flag that only mm itself may pass. */
  isFromOutside(symbol: string, position: CfgPosition): boolean {
    return isFromOutside(this.#solution?.before(position) ?? null, symbol);
  }

  /** What it returns. Bottom if it never returns a value. */
  returned(): FlagValue {
    let value = NO_FLAGS_VALUE;
    for (const { element, at } of this.#cfg.elements()) {
      if (element.kind !== 'return' || element.node.value === null) continue;
      value = flagLattice.join(value, this.valueBefore(element.node.value, at));
    }
    return value;
  }

  /** What an lvalue holds where the function returns. */
  atExit(key: string): FlagValue {
    if (keepsPointer(this.#cfg, rootOf(key))) return UNKNOWN_FLAGS;
    const solution = this.#solve(new Set([key]));
    const values = solution.atStart(this.#cfg.exit);
    if (values === null || !solution.complete) return UNKNOWN_FLAGS;
    return this.#value(key, values);
  }

  readonly #enters = (call: Call): boolean => {
    const name = calleeName(call);
    return name !== null && !TOLD.has(name) && this.#context.helper(name) !== null;
  };

  /** The flow of a function of the file for one call of it; null if it is not followed. */
  #enter(call: Call, state: Values): { readonly helper: FlagHelper; readonly flow: EnteredFlow } | null {
    const name = calleeName(call);
    const helper = name === null || TOLD.has(name) ? null : this.#context.helper(name);
    if (helper === null) return null;
    const entry = new Map<string, FlagValue>();
    helper.ast.parameters.forEach((parameter, index) => {
      const argument = call.args[index];
      if (parameter.name === null || argument === undefined) return;
      if (parameter.pointers === 0) entry.set(parameter.name, this.#evaluate(argument, state));
      const key = parameter.pointers === 1 ? pointee(argument) : null;
      if (key !== null) entry.set(`*${parameter.name}`, this.#value(key, state));
    });
    return { helper, flow: helper.enter(entry) };
  }

  #solve(wanted: ReadonlySet<string>): FlowSolution<Values | null> {
    if (this.#solution !== null && [...wanted].every(key => this.#tracked.has(key))) return this.#solution;
    const tracked = new Set([...this.#tracked, ...wanted]);
    for (let size = -1; size !== tracked.size; ) {
      size = tracked.size;
      for (const { element } of this.#cfg.elements()) {
        if (element.kind === 'assignment') {
          const left = lvalueText(element.node.left);
          if (left !== null && tracked.has(left)) readsOf(element.node.right, tracked, this.#enters);
        } else if (
          element.kind === 'declare' &&
          element.node.init !== null &&
          tracked.has(element.node.name)
        ) {
          readsOf(element.node.init, tracked, this.#enters);
        } else if (element.kind === 'declare' && element.node.init?.kind === 'initializer-list') {
          for (const { designator, value } of element.node.init.items) {
            if (tracked.has(element.node.name + (designator ?? ''))) readsOf(value, tracked, this.#enters);
          }
        } else if (element.kind === 'call' && this.#mayWrite(element.node, tracked)) {
          readsOfArguments(element.node, tracked, this.#enters);
        }
      }
    }
    this.#tracked = tracked;
    this.#solution = solveForward<Values | null>(this.#cfg, {
      bottom: null,
      entry: new Map(),
      join: (a, b) => this.#join(a, b),
      equals: sameValues,
      transfer: (element, state) => (state === null ? null : this.#transfer(element, state)),
      refine: (edge, state) => (state === null ? null : this.#refine(edge, state)),
    });
    return this.#solution;
  }

  /** Whether a function that is followed is given the address of something that matters. */
  #mayWrite(call: Call, tracked: ReadonlySet<string>): boolean {
    const given = call.args.some(argument => tracked.has(pointee(argument) ?? ''));
    return given && this.#enters(call);
  }

  #join(a: Values | null, b: Values | null): Values | null {
    if (a === null || a === b) return b;
    if (b === null) return a;
    const joined = new Map<string, FlagValue>();
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      joined.set(
        key,
        flagLattice.join(
          a.get(key) ?? this.#variables.initial(key),
          b.get(key) ?? this.#variables.initial(key),
        ),
      );
    }
    return joined;
  }

  #transfer(element: CfgElement, state: Values): Values {
    switch (element.kind) {
      case 'assignment': {
        const { left, op, right } = element.node;
        const key = lvalueText(left);
        if (key === null) return state;
        const kept = this.#forgetBehind(key, state);
        return this.#assign(kept, key, op, right, state);
      }
      case 'declare': {
        const { name, init } = element.node;
        const kept = this.#forgetBehind(name, state);
        if (init !== null) return this.#assign(this.#initialised(name, init, kept), name, '=', init, state);
        return this.#tracked.has(name) ? withValue(kept, name, NO_FLAGS_VALUE) : kept;
      }
      case 'update': {
        const key = lvalueText(element.node.operand);
        return key === null ? state : this.#forget(rootOf(key), state, key === rootOf(key));
      }
      case 'call':
        return this.#transferCall(element.node, state);
      case 'macro-loop': {
        let next = state;
        for (const arg of element.node.args) {
          const key = lvalueText(arg);
          if (key !== null) next = this.#forget(rootOf(key), next, true);
        }
        return next;
      }
      case 'asm':
        return element.node.outputs.reduce((next, name) => this.#forget(name, next, true), state);
      case 'unknown':
        return new Map([...this.#tracked].map(key => [key, UNKNOWN_FLAGS]));
      default:
        return state;
    }
  }

  /** The members of a structure that is declared with an initialiser. */
  #initialised(name: string, init: Expression, state: Values): Values {
    let next = state;
    for (const key of this.#tracked) {
      if (!key.startsWith(`${name}.`)) continue;
      const value = memberInitialiser(init, key.slice(name.length + 1));
      if (value === null) continue;
      next = withValue(next, key, value === 'zero' ? ZERO_FLAGS : this.#evaluate(value, state));
    }
    return next;
  }

  /**
   * Stores a value. For `fault = handle_mm_fault(…, flags, …)` it is noted that `fault` is of these `flags`, until
   * either changes: a fault that comes back with VM_FAULT_RETRY had FAULT_FLAG_ALLOW_RETRY.
   */
  #assign(kept: Values, key: string, op: string, right: Expression, state: Values): Values {
    let next = new Map(kept);
    for (const [note, of] of kept) {
      if (note.startsWith(FAULT_OF) && (note === FAULT_OF + key || onlySet(of)?.[0] === key))
        next.delete(note);
    }
    if (next.size === kept.size) next = kept as Map<string, FlagValue>;
    if (this.#tracked.has(key)) return withValue(next, key, this.#assigned(key, op, right, state));
    const call = valueExpression(right);
    if (op !== '=' || call.kind !== 'call' || calleeName(call) !== 'handle_mm_fault') return next;
    const reads = new Set<string>();
    const fn = this.#context.profile.functions.get('handle_mm_fault');
    const flags = call.args[fn?.argument('flags') ?? -1];
    if (flags !== undefined) readsOf(flags, reads, this.#enters);
    const variables = [...reads].filter(name => this.#variables.isLocal(name) && this.#tracked.has(name));
    const [variable] = variables;
    return variable === undefined || variables.length !== 1
      ? next
      : withValue(next, FAULT_OF + key, flagSet([variable]));
  }

  #assigned(key: string, op: string, right: Expression, state: Values): FlagValue {
    if (op === '=') return this.#evaluate(right, state);
    const old = this.#value(key, state);
    if (op === '|=') return orFlags(old, this.#evaluate(right, state));
    if (op === '&=') return this.#and(old, right, state);
    return UNKNOWN_FLAGS;
  }

  /** Whose address a call is given may be changed by it; `is_valid_gup_args()` is known to add to it. */
  #transferCall(call: Extract<Expression, { kind: 'call' }>, state: Values): Values {
    let next = state;
    const name = calleeName(call);
    const entered = this.#mayWrite(call, this.#tracked) ? this.#enter(call, state) : null;
    for (const [index, arg] of call.args.entries()) {
      const value = valueExpression(arg);
      const written = entered?.helper.ast.parameters[index]?.name;
      const behind = pointee(arg);
      if (entered !== null && written && behind !== null && this.#tracked.has(behind)) {
        next = withValue(next, behind, seenFrom(call, entered.helper, entered.flow.atExit(`*${written}`)));
        continue;
      }
      if (value.kind === 'unary' && value.op === '&') {
        const key = lvalueText(value.operand);
        if (key === null) continue;
        const held = this.#tracked.has(key) ? this.#value(key, next) : null;
        if (held !== null && name === 'is_valid_gup_args') {
          const passed = afterGupArgs(call, held, argument => this.#evaluate(argument, state));
          next = notedAsOutside(withValue(next, key, passed), held);
        } else if (held !== null && name === 'faultin_page') {
          next = withValue(next, key, afterFault(this.#context.profile, held));
        } else {
          next = this.#forget(rootOf(key), next, true);
          if (name === 'memset' && index === 0) next = this.#cleared(key, call, next);
        }
      } else if (value.kind === 'identifier') next = this.#forget(value.name, next, false);
    }
    return next;
  }

  /** `memset(&x, 0, sizeof(x))`: every member is 0. */
  #cleared(key: string, { args }: Call, state: Values): Values {
    const [, byte, size] = args;
    if (byte?.kind !== 'number' || byte.value !== 0 || size?.kind !== 'type-query') return state;
    return [...this.#tracked]
      .filter(member => member.startsWith(`${key}.`))
      .reduce((next, member) => withValue(next, member, ZERO_FLAGS), state);
  }

  /** Forgets what is reached through a variable, and with `itself` the variable too. */
  #forget(root: string, state: Values, itself: boolean): Values {
    let next: Map<string, FlagValue> | null = null;
    for (const key of this.#tracked) {
      if (rootOf(key) !== root || (key === root && !itself)) continue;
      const entered = this.#variables.given(key) !== undefined;
      // A field that nobody wrote here is still what the structure holds.
      if (key !== root && !state.has(key) && !entered) continue;
      next ??= new Map(state);
      next.set(key, key === root || entered ? UNKNOWN_FLAGS : this.#variables.initial(key));
    }
    return next ?? state;
  }

  #forgetBehind(key: string, state: Values): Values {
    return key === rootOf(key) ? this.#forget(key, state, false) : state;
  }

  #refine(edge: CfgEdge, state: Values): Values | null {
    if (edge.label.kind !== 'branch') return state;
    const test = flagTest(edge.label.condition);
    if (test === null) return state;
    const tested = lvalueText(test.value);
    let names = this.#constantNames(test.mask);
    const truth = edge.label.truth === test.truth;
    if (tested === null || names === null || names.length === 0) return state;
    let key = tested;
    if (!this.#tracked.has(key)) {
      const of = state.get(FAULT_OF + key);
      const variable = of === undefined ? undefined : onlySet(of)?.[0];
      if (variable === undefined || !truth || names.join() !== 'VM_FAULT_RETRY') return state;
      key = variable;
      names = ['FAULT_FLAG_ALLOW_RETRY'];
    }
    if (test.whole && names.length > 1) return state;
    const old = this.#value(key, state);
    const refined = refineByTest(old, new Set(names), truth);
    if (refined === old) return state;
    if (flagLattice.equals(refined, NO_FLAGS_VALUE) || (refined.kind === 'sets' && refined.sets.size === 0)) {
      return old.kind === 'sets' && old.sets.size === 0 ? state : null;
    }
    return withValue(state, key, refined);
  }

  #evaluate(node: Expression, state: Values): FlagValue {
    switch (node.kind) {
      case 'identifier':
        return this.#name(node.name, node, state);
      case 'number':
        return numberFlags(node.value, node, this.#context);
      case 'member':
      case 'index': {
        const entries = this.#table(node);
        if (entries !== null) return entries;
        const key = lvalueText(node);
        return key === null ? UNKNOWN_FLAGS : this.#memberValue(key, node, state);
      }
      case 'cast':
        return this.#evaluate(node.operand, state);
      case 'comma':
        return this.#evaluate(node.right, state);
      case 'assignment': {
        const key = lvalueText(node.left);
        return key === null ? UNKNOWN_FLAGS : this.#value(key, state);
      }
      case 'conditional': {
        const truth = constantTruth(node.test);
        if (truth !== null) return this.#evaluate(truth ? (node.then ?? node.test) : node.otherwise, state);
        return flagLattice.join(
          this.#evaluate(node.then ?? node.test, state),
          this.#evaluate(node.otherwise, state),
        );
      }
      case 'unary': {
        if (node.op === '+') return this.#evaluate(node.operand, state);
        if (node.op === '*') {
          const key = lvalueText(node);
          return key === null ? UNKNOWN_FLAGS : this.#memberValue(key, node, state);
        }
        return node.op === '!' ? this.#truth(node) : UNKNOWN_FLAGS;
      }
      case 'binary':
        return this.#binary(node, state);
      case 'call': {
        const value = valueExpression(node);
        if (value !== node) return this.#evaluate(value, state);
        const entered = this.#enter(node, state);
        return entered === null ? UNKNOWN_FLAGS : seenFrom(node, entered.helper, entered.flow.returned());
      }
      default:
        return UNKNOWN_FLAGS;
    }
  }

  /** Any entry of a constant table, `table[i]` or `table[i].flags`; null if it is none. */
  #table(node: Extract<Expression, { kind: 'index' | 'member' }>): FlagValue | null {
    const field = node.kind === 'member' && !node.arrow ? node.name : null;
    const entry = node.kind === 'member' && !node.arrow ? node.object : node;
    if (entry.kind !== 'index' || entry.object.kind !== 'identifier') return null;
    const { name } = entry.object;
    if (this.#variables.isOwn(name)) return null;
    const entries = this.#context.table(name, field);
    if (entries === null) return null;
    const values = entries.map(names =>
      flagSet(
        names.flatMap(flag => this.#expandName(flag) ?? []),
        node,
      ),
    );
    return values.reduce((a, b) => flagLattice.join(a, b), NO_FLAGS_VALUE);
  }

  /** What an lvalue holds. */
  #value(key: string, state: Values): FlagValue {
    if (this.#variables.isUnfollowed(key)) return UNKNOWN_FLAGS;
    return state.get(key) ?? this.#variables.initial(key);
  }

  /** The same for a member, an element or what a pointer leads to: if nobody wrote it here, this is where it is read. */
  #memberValue(key: string, at: Span, state: Values): FlagValue {
    const known = this.#variables.isUnfollowed(key) ? undefined : state.get(key);
    if (known !== undefined) return known;
    const initial = this.#variables.initial(key);
    const only = onlySet(initial);
    return only === null ? initial : flagSet(only, at);
  }

  /** A truth value used as flags: 0 or the flag of bit 0. */
  #truth(at: Span): FlagValue {
    return flagLattice.join(ZERO_FLAGS, numberFlags(1, at, this.#context));
  }

  #binary(node: Extract<Expression, { kind: 'binary' }>, state: Values): FlagValue {
    if (node.op === '|') return orFlags(this.#evaluate(node.left, state), this.#evaluate(node.right, state));
    if (node.op === '&') {
      const left = this.#constantNames(node.left);
      if (left !== null) return keepFlags(this.#evaluate(node.right, state), new Set(left));
      return this.#and(this.#evaluate(node.left, state), node.right, state);
    }
    if (/^(?:[=!<>]=?|&&|\|\|)$/.test(node.op)) return this.#truth(node);
    if (node.op === '*') {
      const left = this.#constantNames(node.left);
      const right = this.#constantNames(node.right);
      if (left !== null || right !== null) {
        // `write * FOLL_WRITE`, as old callers wrote it.
        return flagLattice.join(ZERO_FLAGS, this.#evaluate(left === null ? node.right : node.left, state));
      }
    }
    return UNKNOWN_FLAGS;
  }

  #and(old: FlagValue, right: Expression, state: Values): FlagValue {
    if (right.kind === 'unary' && right.op === '~') {
      const cleared = this.#constantNames(right.operand);
      if (cleared !== null) return clearFlags(old, new Set(cleared));
      const value = this.#evaluate(right.operand, state);
      return value.kind === 'sets'
        ? [...value.sets.values()]
            .map(set => clearFlags(old, new Set(set)))
            .reduce((a, b) => flagLattice.join(a, b), NO_FLAGS_VALUE)
        : UNKNOWN_FLAGS;
    }
    const kept = this.#constantNames(right);
    return kept === null ? UNKNOWN_FLAGS : keepFlags(old, new Set(kept));
  }

  /** The names of a constant mask such as `(A | B)`, expanded; null if it is not constant. */
  #constantNames(node: Expression): readonly string[] | null {
    let constant = true;
    walk(node, part => {
      if (part.kind === 'identifier') constant &&= this.#expandName(part.name) !== null;
      else if (part.kind === 'binary') constant &&= part.op === '|';
      else if (part.kind !== 'number' && part.kind !== 'cast') constant = false;
    });
    return constant ? onlySet(this.#evaluate(node, new Map())) : null;
  }

  #name(name: string, at: Span, state: Values): FlagValue {
    const known = this.#variables.isUnfollowed(name) ? undefined : state.get(name);
    if (known !== undefined) return known;
    const names = this.#variables.isOwn(name) ? null : this.#expandName(name);
    return names === null ? this.#variables.initial(name) : flagSet(names, at);
  }

  /** The flags behind a constant's name, masks such as FAULT_FLAG_DEFAULT resolved; null if it is not a constant. */
  #expandName(name: string): readonly string[] | null {
    if (this.#context.profile.flags.has(name)) return expandFlags(this.#context.profile, [name]);
    if (isFlagName(name)) return [name];
    if (name === 'false') return [];
    const constant = this.#context.constant(name);
    return constant?.flatMap(inner => this.#expandName(inner) ?? []) ?? null;
  }
}
