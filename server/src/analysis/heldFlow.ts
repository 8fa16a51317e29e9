/** Where the pages of one call go: followed through copies, helpers and loops to where the function returns. */

import {
  convertsPage,
  keepsPages,
  PAGE_CONSUMERS,
  PAGE_RELEASES,
  SITE_FUNCTIONS,
} from '../../../kernel/src/index.js';
import { type Call, type Expression, type FunctionAst, namesIdentifier } from '../syntax/index.js';
import type { Cfg, CfgEdge, CfgElement } from './cfg.js';
import { factKey, refineFacts } from './conditionFacts.js';
import { solveForward } from './dataflow.js';
import { calleeName, lvalueText, rootOf, valueExpression } from './expressions.js';
import {
  carried,
  carriersBehind,
  depthOf,
  type HeldPages,
  type HeldState,
  heldLattice,
  heldOf,
  heldPages,
  type Keeper,
  kept,
  withoutCarrier,
  withoutKeeper,
  withoutResult,
} from './heldPages.js';
import { POSITIVE, withFact } from './lattices/factLattice.js';
import { type Loop, loopsOf } from './loops.js';
import { FREES, KEEPS_NOTHING } from './pagePaths/pageFunctions.js';

/** A function as this flow needs it. */
export interface HeldFunction {
  readonly ast: FunctionAst;
  readonly cfg: Cfg;
}

/** What the flow is told of other functions. */
export interface HeldContext {
  /**
   * What a function does with the pages that it is given; null if that cannot be told.
   *
   * @param given which arguments lead to them, see {@link givenText}
   */
  outcome(name: string, given: string): HelperOutcome | null;
}

/** What a function does with pages that its caller has. Without places in its text, so that it may stand anywhere. */
export interface HelperOutcome {
  /** Who has them when it has returned, in the order in which they got them. */
  readonly keepers: readonly HelperKeeper[];
  readonly releases: boolean;
  readonly consumes: boolean;
  /** Whether its caller still has them on some path: it has neither released nor consumed all of them. */
  readonly leaves: boolean;
}

/** A keeper in the names of the function that was called. */
export interface HelperKeeper extends Keeper {
  /** Which parameter `where` begins with; -1: none. */
  readonly parameter: number;
  /** As {@link HeldPages.carriers} counts. */
  readonly depth: number;
}

/** What becomes of the pages until the function returns. */
export interface HeldOutcome {
  /** Who has them on some path when the function returns; null: they are held on none. */
  readonly exit: HeldPages | null;
  /** The functions that release them somewhere, in order of position. */
  readonly releasedBy: readonly string[];
  /** The functions that take them over for good. */
  readonly consumedBy: readonly string[];
}

/** Where the pages come from: a call of the function, or what it is given as it starts. */
export interface HeldOrigin {
  /** null: held from the start. */
  readonly call: Call | null;
  readonly carriers: ReadonlyMap<string, number>;
}

const RELEASES: ReadonlyMap<string, number> = new Map([
  ...PAGE_RELEASES.map(release => [release.name, release.argument] as const),
  // include/linux/highmem.h: kunmap_local() and folio_put()
  ['unmap_and_put_page', 0],
  ['folio_release_kmap', 0],
  // virt/kvm/kvm_main.c
  ['kvm_release_pfn_clean', 0],
  ['kvm_release_pfn_dirty', 0],
]);

/**
 * Follows the pages of a call, or those that a function is given.
 * @returns null if the flow was given up: nothing is known then
 */
export function followPages(fn: HeldFunction, origin: HeldOrigin, context: HeldContext): HeldOutcome | null {
  return new HeldFlow(fn, origin, context).solve();
}

/**
 * Which arguments of a call lead to pages, as a text: `0=1 2->pages=0`. The number of the argument, what follows it,
 * and how many pointers to follow from there to a page.
 */
export function givenText(given: ReadonlyMap<number, ReadonlyMap<string, number>>): string {
  const parts = [...given].flatMap(([index, reached]) =>
    [...reached].map(([rest, depth]) => `${index}${rest}=${depth}`),
  );
  return parts.join(' ');
}

/**
 * What a function does with the pages that it is given.
 *
 * @param given as {@link HeldContext} has it
 * @returns null if it cannot be told
 */
export function helperOutcome(fn: HeldFunction, given: string, context: HeldContext): HelperOutcome | null {
  const names = fn.ast.parameters.map(parameter => parameter.name);
  const carriers = new Map<string, number>();
  for (const part of given.split(' ')) {
    const [, index = '', rest = '', depth = ''] = /^(\d+)(.*)=(\d+)$/.exec(part) ?? [];
    const name = names[Number(index)];
    if (name !== null && name !== undefined) carriers.set(name + rest, Number(depth));
  }
  const outcome = followPages(fn, { call: null, carriers }, context);
  if (outcome === null) return null;
  const { exit, releasedBy, consumedBy } = outcome;
  const keepers = [...(exit?.keepers.values() ?? [])].map(keeper => ({
    ...keeper,
    parameter: keeper.where === RETURNED ? -1 : names.indexOf(rootOf(keeper.where)),
    depth: exit?.carriers.get(keeper.where) ?? 0,
  }));
  return {
    keepers,
    releases: releasedBy.length > 0,
    consumes: consumedBy.length > 0,
    leaves: exit !== null,
  };
}

/** The `where` of a {@link Keeper} that is whoever gets the returned value. */
const RETURNED = 'return';

/** What one call does to pages it is given. */
interface CallEffect {
  readonly state: HeldState;
  readonly releases: boolean;
  readonly consumes: boolean;
}

class HeldFlow {
  readonly #fn: HeldFunction;
  readonly #origin: HeldOrigin;
  readonly #context: HeldContext;
  readonly #parameters: ReadonlySet<string>;
  readonly #locals = new Set<string>();
  /** The loops that release every element: behind one nothing is left, though the graph has a way around its body. */
  #releasing: readonly Loop[] = [];

  constructor(fn: HeldFunction, origin: HeldOrigin, context: HeldContext) {
    this.#fn = fn;
    this.#origin = origin;
    this.#context = context;
    this.#parameters = new Set(fn.ast.parameters.flatMap(p => (p.name === null ? [] : [p.name])));
    for (const { element } of fn.cfg.elements()) {
      if (element.kind === 'declare' && !element.declaration.isStatic) this.#locals.add(element.node.name);
    }
  }

  solve(): HeldOutcome | null {
    const first = this.#run();
    if (first === null) return null;
    this.#releasing = this.#releasingLoops(first.ends, first.roots);
    const found = this.#releasing.length === 0 ? first : this.#run();
    if (found === null) return null;
    return { exit: found.exit, releasedBy: names(found.releases), consumedBy: names(found.consumes) };
  }

  #run(): Run | null {
    const { cfg } = this.#fn;
    const start = this.#origin.call === null ? this.#started(null) : 'not-held';
    const flow = solveForward<HeldState>(cfg, {
      ...heldLattice,
      entry: start,
      transfer: (element, state) => this.#transfer(element, state),
      refine: (edge, state) => this.#refine(edge, state),
    });
    if (!flow.complete) return null;
    const releases: Call[] = [];
    const consumes: Call[] = [];
    const ends: Call[] = [];
    const roots = new Set<string>();
    for (const { element, at } of cfg.elements()) {
      if (element.kind !== 'call') continue;
      const before = heldOf(flow.before(at));
      if (before === null) continue;
      for (const key of before.carriers.keys()) roots.add(rootOf(key));
      const effect = this.#effect(element.node, before);
      if (effect.releases) releases.push(element.node);
      if (effect.consumes) consumes.push(element.node);
      if (effect.state === 'not-held') ends.push(element.node);
    }
    return { exit: heldOf(flow.atStart(cfg.exit)), releases, consumes, ends, roots };
  }

  /** The state right behind the origin; `before`: what earlier passes of a loop left. */
  #started(before: HeldPages | null): HeldPages {
    const keepers = new Map<string, Keeper>();
    if (this.#origin.call !== null) {
      for (const key of this.#origin.carriers.keys()) {
        const keeper = this.#keeper(key);
        if (keeper !== null) keepers.set(keeper.where, keeper);
      }
    }
    const fresh = heldPages(this.#origin.carriers, keepers);
    if (before === null) return fresh;
    const both = heldOf(heldLattice.join({ ...before, results: new Set() }, fresh)) ?? fresh;
    return { ...both, earlier: true };
  }

  /** Who has what is stored at an lvalue when the function has returned; null: nobody. */
  #keeper(key: string): Keeper | null {
    if (key.startsWith('#')) return null;
    const root = rootOf(key);
    if (key.includes('->')) return { kind: 'stored', where: key };
    if (this.#parameters.has(root)) return { kind: 'out-param', where: key };
    return this.#locals.has(root) ? null : { kind: 'stored', where: key };
  }

  #transfer(element: CfgElement, state: HeldState): HeldState {
    if (state === null) return null;
    if (element.kind === 'call' && element.node === this.#origin.call) {
      return { ...this.#started(heldOf(state)), results: new Set([`#${element.node.start}`]) };
    }
    if (state === 'not-held') return state;
    switch (element.kind) {
      case 'call':
        return this.#effect(element.node, state).state;
      case 'assignment': {
        const { left, op, right } = element.node;
        return op === '=' ? this.#assign(state, left, right) : withoutResult(state, lvalueText(left));
      }
      case 'declare': {
        const { name, init } = element.node;
        if (init === null) return withoutCarrier(withoutResult(state, name), name);
        return this.#store(state, name, false, init);
      }
      case 'update':
        return withoutResult(state, lvalueText(element.node.operand));
      case 'return': {
        const { value } = element.node;
        if (value === null || depthOf(value, state) === null) return state;
        return kept(state, { kind: 'returned', where: RETURNED });
      }
      default:
        return state;
    }
  }

  #assign(state: HeldPages, left: Expression, right: Expression): HeldPages {
    let node = left;
    let indexed = false;
    while (node.kind === 'index' || node.kind === 'cast') {
      indexed ||= node.kind === 'index';
      node = node.kind === 'index' ? node.object : node.operand;
    }
    const key = lvalueText(node);
    return key === null ? state : this.#store(state, key, indexed, right);
  }

  /** Stores a value at an lvalue, or (`indexed`) in an element of it. */
  #store(state: HeldPages, key: string, indexed: boolean, right: Expression): HeldPages {
    let next = indexed ? state : withoutResult(state, key);
    const result = factKey(right);
    if (!indexed && result !== null && state.results.has(result)) {
      next = { ...next, results: new Set([...next.results, key]) };
      const fact = state.facts.get(result);
      if (fact !== undefined) next = { ...next, facts: withFact(next.facts, key, fact) };
    }
    const depth = right.kind === 'initializer-list' ? listDepth(right, state) : depthOf(right, state);
    if (depth === null) return indexed ? next : withoutKeeper(withoutCarrier(next, key), key);
    next = carried(next, key, indexed ? depth + 1 : depth);
    const root = rootOf(key);
    if (!this.#parameters.has(root) || key.includes('->')) {
      const keeper = this.#keeper(key);
      return keeper === null ? next : kept(next, keeper);
    }
    // `*pfn = …` hands over a value, `pages[i] = …` fills the caller's array; the parameter itself is a variable.
    if (key === root) return indexed ? kept(next, { kind: 'out-param', where: key }) : next;
    return kept(next, { kind: 'returned', where: key });
  }

  #effect(call: Call, state: HeldPages): CallEffect {
    const unchanged: CallEffect = { state, releases: false, consumes: false };
    const name = calleeName(call);
    if (name === null) return unchanged;
    const released = RELEASES.get(name);
    if (released !== undefined) {
      const argument = call.args[released];
      const ours = argument !== undefined && depthOf(argument, state) !== null;
      return ours ? { state: 'not-held', releases: true, consumes: false } : unchanged;
    }
    const given = call.args.some(arg => depthOf(arg, state) !== null);
    if (given && keepsPages(name)) {
      return { ...unchanged, state: kept(state, { kind: 'stored', where: `${name}()` }) };
    }
    const consumer = PAGE_CONSUMERS.find(entry => entry.name === name);
    if (consumer !== undefined) {
      const argument = call.args[consumer.argument];
      const ours =
        argument !== undefined &&
        depthOf(argument, state) !== null &&
        call.args.some(arg => namesIdentifier(arg, consumer.flag));
      return ours ? { state: 'not-held', releases: false, consumes: true } : unchanged;
    }
    const helped = this.#helperEffect(name, call, state);
    if (helped !== null) return helped;
    if (!given || keepsNothing(name)) return unchanged;
    return { ...unchanged, state: kept(state, { kind: 'unknown', where: `${name}()` }) };
  }

  /** What another function does with the pages that it is given; null if it is given none or not known. */
  #helperEffect(name: string, call: Call, state: HeldPages): CallEffect | null {
    const given = new Map<number, ReadonlyMap<string, number>>();
    call.args.forEach((arg, index) => {
      const depth = depthOf(arg, state);
      const reached = depth === null ? carriersBehind(arg, state) : new Map([['', depth]]);
      if (reached.size > 0) given.set(index, reached);
    });
    if (given.size === 0) return null;
    const outcome = this.#context.outcome(name, givenText(given));
    if (outcome === null) return null;
    const { releases, consumes } = outcome;
    const keepers = outcome.keepers.filter(keeper => !releases || keeper.kind !== 'unknown');
    if (keepers.length === 0) {
      return { state: releases || consumes ? 'not-held' : state, releases, consumes: consumes && !releases };
    }
    let next: HeldPages = state;
    for (const keeper of keepers) next = this.#keptByHelper(next, keeper, call);
    return { state: next, releases, consumes: false };
  }

  /** A keeper of the helper in the names of its caller: a structure of the caller's own is not a keeper. */
  #keptByHelper(state: HeldPages, keeper: HelperKeeper, call: Call): HeldPages {
    const { kind, where, parameter, depth } = keeper;
    if (kind === 'unknown') return kept(state, { kind, where });
    if (where === RETURNED) return carried(state, `#${call.start}`, 0);
    const root = rootOf(where);
    const argument = call.args[parameter];
    const node = argument === undefined ? null : valueExpression(argument);
    const address = node !== null && node.kind === 'unary' && node.op === '&';
    const text = node === null ? null : lvalueText(address ? node.operand : node);
    if (text === null) return kept(state, { kind: 'stored', where: `${calleeName(call)}()` });
    const rest = where.slice(where.indexOf(root) + root.length);
    let key = text + rest;
    if (where.startsWith('*')) key = address ? text : `*${text}`;
    else if (address && rest.startsWith('->')) key = `${text}.${rest.slice(2)}`;
    const next = carried(state, key, depth);
    const own = this.#keeper(key);
    return own === null ? next : kept(next, own);
  }

  #refine(edge: CfgEdge, state: HeldState): HeldState {
    if (state === null || state === 'not-held') return state;
    if (this.#releasing.some(loop => loop.body.has(edge.from) && !loop.body.has(edge.to))) return 'not-held';
    if (edge.label.kind === 'next') return state;
    if (isNullHere(edge, state)) return state.earlier ? state : 'not-held';
    if (state.results.size === 0) return state;
    if (failsHere(edge, state)) return state.earlier ? state : 'not-held';
    const refined = refineFacts(edge.label, state.facts, name => [name]);
    if (refined === null) return null;
    let facts = state.facts;
    for (const key of state.results) facts = withFact(facts, key, refined.get(key) ?? null);
    for (const key of state.results) {
      const fact = facts.get(key);
      // The count of pages is not positive, the page is NULL, or nothing was got.
      if (fact !== undefined && (fact.signs & POSITIVE) === 0) return state.earlier ? state : 'not-held';
    }
    return { ...state, facts };
  }

  /** The loops without the origin's call, each pass of which releases: inner ones first, since outer ones rely on them. */
  #releasingLoops(ends: readonly Call[], roots: ReadonlySet<string>): readonly Loop[] {
    if (ends.length === 0) return [];
    const { cfg } = this.#fn;
    const origin = this.#origin.call === null ? null : cfg.positionOf(this.#origin.call);
    const releasing = new Set(ends.flatMap(call => cfg.positionOf(call)?.block ?? []));
    const found: Loop[] = [];
    for (const loop of loopsOf(cfg)) {
      if (origin !== null && loop.body.has(origin.block)) continue;
      if (![...releasing].some(block => loop.body.has(block))) continue;
      if (passesWithout(cfg, loop, releasing, roots)) continue;
      found.push(loop);
      releasing.add(loop.header);
    }
    return found;
  }
}

interface Run {
  readonly exit: HeldPages | null;
  readonly releases: readonly Call[];
  readonly consumes: readonly Call[];
  /** The calls behind which they are not held. */
  readonly ends: readonly Call[];
  /** The variables through which the pages were reached. */
  readonly roots: ReadonlySet<string>;
}

/** Whether a function that is given pages only looks at them, fills the array with more, or frees the array. */
export function keepsNothing(name: string): boolean {
  return KEEPS_NOTHING.test(name) || FREES.test(name) || convertsPage(name) || SITE_FUNCTIONS.has(name);
}

function names(calls: readonly Call[]): readonly string[] {
  const sorted = [...calls].sort((a, b) => a.start - b.start);
  return [...new Set(sorted.flatMap(call => calleeName(call) ?? []))];
}

function listDepth(list: Extract<Expression, { kind: 'initializer-list' }>, state: HeldPages): number | null {
  const depths = list.items.flatMap(item => depthOf(item.value, state) ?? []);
  return depths.length === 0 ? null : Math.max(...depths) + 1;
}

/** Whether an edge is taken only where what leads to the pages is NULL. */
function isNullHere(edge: CfgEdge, state: HeldPages): boolean {
  if (edge.label.kind !== 'branch' || edge.label.truth) return false;
  const key = factKey(edge.label.condition);
  return key !== null && state.carriers.has(key);
}

/** Whether an edge is taken only where the result is an error pointer. */
function failsHere(edge: CfgEdge, state: HeldPages): boolean {
  if (edge.label.kind !== 'branch' || !edge.label.truth) return false;
  const { condition } = edge.label;
  if (condition.kind !== 'call' || !/^IS_ERR(?:_OR_NULL)?$/.test(calleeName(condition) ?? '')) return false;
  const [argument] = condition.args;
  const key = argument === undefined ? null : factKey(argument);
  return key !== null && state.results.has(key);
}

/** Whether a pass of a loop can go by all these blocks, other than because a page is not there (`if (pages[i])`). */
function passesWithout(
  cfg: Cfg,
  loop: Loop,
  blocks: ReadonlySet<number>,
  roots: ReadonlySet<string>,
): boolean {
  if (blocks.has(loop.header)) return false;
  const seen = new Set<number>();
  const left = [loop.header];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    for (const edge of cfg.blocks[id]?.out ?? []) {
      if (!loop.body.has(edge.to) || isAbsent(edge, roots)) continue;
      if (edge.to === loop.header) return true;
      if (seen.has(edge.to) || blocks.has(edge.to)) continue;
      seen.add(edge.to);
      left.push(edge.to);
    }
  }
  return false;
}

function isAbsent({ label }: CfgEdge, roots: ReadonlySet<string>): boolean {
  if (label.kind !== 'branch' || label.truth) return false;
  const { condition } = label;
  let node: Expression = condition;
  while (node.kind === 'index') node = node.object;
  const key = lvalueText(node);
  return key !== null && roots.has(rootOf(key));
}
