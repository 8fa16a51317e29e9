/** Whether a function notices that a call got, or did, fewer pages than it asked for. */

import { PAGE_RELEASE_NAMES, type ResolvedFunction } from '../../../kernel/src/index.js';
import type { Call, Expression, FunctionAst } from '../syntax/index.js';
import type { Cfg, CfgElement } from './cfg.js';
import { factKey } from './conditionFacts.js';
import { type Lattice, solveForward } from './dataflow.js';
import { calleeName, lvalueText, rootOf, walk } from './expressions.js';

/**
 * `yes`: a condition tells a short count from the whole one, or the count itself is what the function goes on with: it
 * is added up, or stored where others find it. `no`: at most its sign is looked at. `n.a.`: the callee has no count, or
 * a single page is asked for and a negative result is the only failure. `unknown`: it cannot be told.
 */
export type ChecksShort = 'yes' | 'no' | 'n.a.' | 'unknown';

/** A function as this question needs it. */
export interface CountedFunction {
  readonly ast: FunctionAst;
  readonly cfg: Cfg;
}

/** What an lvalue has of the result: the result itself, or something that was reckoned from it. */
type Counts = ReadonlyMap<string, 'result' | 'derived'>;

/** null: nothing reaches here. */
const lattice: Lattice<Counts | null> = {
  bottom: null,
  join(a, b) {
    if (a === b || b === null) return a;
    if (a === null) return b;
    const both = new Map(a);
    for (const [key, what] of b) both.set(key, a.get(key) === 'derived' ? 'derived' : what);
    return both;
  },
  equals(a, b) {
    if (a === null || b === null) return a === b;
    return a.size === b.size && [...a].every(([key, what]) => b.get(key) === what);
  },
};

/** These are given a count and do not look at it for anybody. */
const ASKS_NOTHING =
  /^(?:pr_\w+|dev_(?:err|warn|info|dbg|notice)\w*|drm_\w+|DRM_\w+|printk|trace_\w+|WARN\w*|BUG_ON|ERR_PTR|PTR_ERR|IS_ERR\w*|likely|unlikely|k[vz]?free|mm?ap_\w+|set_page_dirty\w*|mod_\w+|atomic\w*|count_vm_\w+)$/;

/** Compare what they are given. */
const COMPARES = /^(?:min|max|min_t|max_t|min3|clamp|clamp_t|umin)$/;

/** A variable that steps through a range: a loop up to the result goes over what was got, and asks nothing else. */
type Counters = ReadonlySet<string>;

/** Whether the function that makes a call notices that the result is smaller than what was asked for. */
export function checksShortReturn(fn: CountedFunction, call: Call, callee: ResolvedFunction): ChecksShort {
  const request = call.args[callee.argument('count')] ?? null;
  // Of a range that is populated the result says how much of it was.
  const hasRange = callee.kind === 'gup' && callee.parameters.some(({ name }) => name === 'end');
  if (!/^(?:unsigned )?(?:int|long)$/.test(callee.returns) || (request === null && !hasRange)) return 'n.a.';
  return new CountFlow(fn, call, request?.kind === 'number' && request.value === 1).answer();
}

class CountFlow {
  readonly #fn: CountedFunction;
  readonly #call: Call;
  readonly #single: boolean;
  readonly #counters: Counters;
  /** Whether a function that is not known was given the count. */
  #lent = false;

  constructor(fn: CountedFunction, call: Call, single: boolean) {
    this.#fn = fn;
    this.#call = call;
    this.#single = single;
    this.#counters = countersOf(fn.cfg);
  }

  answer(): ChecksShort {
    const { cfg } = this.#fn;
    const flow = solveForward<Counts | null>(cfg, {
      ...lattice,
      entry: new Map(),
      transfer: (element, state) => (state === null ? null : this.#transfer(element, state)),
    });
    if (!flow.complete) return 'unknown';
    let found = false;
    for (const { element, at } of cfg.elements()) {
      const state = flow.before(at);
      if (state !== null) found ||= this.#elementChecks(element, state);
    }
    for (const id of cfg.order) {
      const state = flow.atEnd(id);
      if (state === null || state.size === 0) continue;
      for (const { label } of cfg.blocks[id]?.out ?? []) {
        if (label.kind === 'branch') found ||= this.#tells(label.condition, state);
        else if (label.kind === 'case') found ||= this.#what(label.subject, state) !== null;
      }
    }
    if (found) return 'yes';
    if (this.#lent) return 'unknown';
    return this.#single ? 'n.a.' : 'no';
  }

  #transfer(element: CfgElement, state: Counts): Counts {
    switch (element.kind) {
      case 'call': {
        const own = new Map(forgetting(state, element.node));
        if (element.node === this.#call) own.set(`#${element.node.start}`, 'result');
        return own.size === 0 && state.size === 0 ? state : own;
      }
      case 'assignment': {
        const { left, op, right } = element.node;
        const key = lvalueText(left);
        if (key === null) return state;
        const added = op === '=' ? this.#what(right, state) : this.#sum(left, right, state);
        return withCount(state, key, added);
      }
      case 'declare': {
        const { name, init } = element.node;
        return withCount(state, name, init === null ? null : this.#what(init, state));
      }
      default:
        return state;
    }
  }

  /** What the value of an expression has of the result; null: nothing. */
  #what(node: Expression, state: Counts): 'result' | 'derived' | null {
    const key = factKey(node) ?? lvalueText(node);
    const known = key === null ? undefined : state.get(key);
    if (known !== undefined) return known;
    switch (node.kind) {
      case 'cast':
        return this.#what(node.operand, state);
      case 'comma':
        return this.#what(node.right, state);
      case 'assignment':
        return node.op === '=' ? this.#what(node.right, state) : this.#what(node.left, state);
      case 'conditional':
        return this.#what(node.then ?? node.test, state) ?? this.#what(node.otherwise, state);
      case 'binary':
        return /^(?:[-+*/]|<<|>>)$/.test(node.op) ? this.#sum(node.left, node.right, state) : null;
      case 'call':
        return COMPARES.test(calleeName(node) ?? '')
          ? node.args.some(arg => this.#what(arg, state) !== null)
            ? 'derived'
            : null
          : null;
      default:
        return null;
    }
  }

  #sum(left: Expression, right: Expression, state: Counts): 'derived' | null {
    return this.#what(left, state) !== null || this.#what(right, state) !== null ? 'derived' : null;
  }

  /** Whether an element tells a short count from the whole, or hands the count on; notes who is given it. */
  #elementChecks(element: CfgElement, state: Counts): boolean {
    if (state.size === 0) return false;
    switch (element.kind) {
      case 'call':
        return this.#callChecks(element.node, state);
      case 'assignment': {
        const { left, right } = element.node;
        const kept = this.#what(right, state) !== null && this.#outlives(left);
        return kept || this.#compares(right, state);
      }
      case 'declare':
        return element.node.init !== null && this.#compares(element.node.init, state);
      case 'return':
        return element.node.value !== null && this.#compares(element.node.value, state);
      default:
        return false;
    }
  }

  #callChecks(call: Call, state: Counts): boolean {
    const name = calleeName(call);
    const given = call.args.some(arg => this.#what(arg, state) !== null);
    if (!given) return call.args.some(arg => this.#compares(arg, state));
    if (name !== null && COMPARES.test(name)) return true;
    if (name === null || !(PAGE_RELEASE_NAMES.has(name) || ASKS_NOTHING.test(name))) this.#lent = true;
    return false;
  }

  /** Whether what is stored at an lvalue is there for others when the function has returned. */
  #outlives(left: Expression): boolean {
    const key = lvalueText(left);
    return key !== null && (key.includes('->') || key.startsWith('*')) && rootOf(key) !== '';
  }

  /** Whether a comparison anywhere in a value tells a short count. */
  #compares(node: Expression, state: Counts): boolean {
    let found = false;
    walk(node, part => {
      if (part.kind === 'binary' && COMPARISON.test(part.op)) found ||= this.#tells(part, state);
    });
    return found;
  }

  /** Whether a condition, true or not, tells a short count. */
  #tells(condition: Expression, state: Counts): boolean {
    if (condition.kind === 'binary' && COMPARISON.test(condition.op)) {
      const { left, op, right } = condition;
      const [a, b] = [this.#what(left, state), this.#what(right, state)];
      if (a === null && b === null) return false;
      const [other, mirrored] = a !== null ? [right, op] : [left, MIRRORED.get(op) ?? op];
      if ((a === null || b === null) && this.#counts(other)) return false;
      if (a === 'derived' || b === 'derived') return true;
      return this.#comparesResult(mirrored, other);
    }
    let found = false;
    // `if (left)` of what is left to get; `if (ret)` asks for the sign.
    if (this.#what(condition, state) === 'derived') found = true;
    return found || this.#compares(condition, state);
  }

  /** `result OP other`: against zero or an error it is the sign that is asked for. */
  #comparesResult(op: string, other: Expression): boolean {
    if (other.kind === 'unary' && other.op === '-') return false;
    if (other.kind !== 'number' || other.value !== 0) return true;
    // Of a single page, one that was not got is all that can be short.
    return this.#single && op !== '<' && op !== '>=';
  }

  #counts(node: Expression): boolean {
    const key = lvalueText(node);
    return key !== null && this.#counters.has(key);
  }
}

const COMPARISON = /^(?:[<>]=?|[=!]=)$/;
const MIRRORED: ReadonlyMap<string, string> = new Map([
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
]);

/** The variables that something is counted up or down in, one by one. */
function countersOf(cfg: Cfg): Counters {
  const counters = new Set<string>();
  for (const { element } of cfg.elements()) {
    if (element.kind !== 'update') continue;
    const key = lvalueText(element.node.operand);
    if (key !== null) counters.add(key);
  }
  return counters;
}

/** What is left of the counts behind a call that may write to a variable whose address it is given. */
function forgetting(state: Counts, call: Call): Counts {
  let left = state;
  for (const arg of call.args) {
    if (arg.kind !== 'unary' || arg.op !== '&') continue;
    const key = lvalueText(arg.operand);
    if (key !== null) left = withCount(left, key, null);
  }
  return left;
}

function withCount(state: Counts, key: string, what: 'result' | 'derived' | null): Counts {
  if ((state.get(key) ?? null) === what) return state;
  const next = new Map(state);
  if (what === null) next.delete(key);
  else next.set(key, what);
  return next;
}
