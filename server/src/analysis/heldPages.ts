/** What is known, at a point of a function, of the pages that one call got: who has them, and what carries them. */

import { convertsPage } from '../../../kernel/src/index.js';
import type { Call, Expression } from '../syntax/index.js';
import type { Lattice } from './dataflow.js';
import { calleeName, lvalueText, valueExpression } from './expressions.js';
import { type Facts, joinFacts, NO_FACTS, sameFacts, withFact } from './lattices/factLattice.js';

/**
 * Something that outlives the function and has the pages. `where` is an lvalue or a call, as text. `unknown`: a call
 * of which nothing is known was given them, and may have kept them.
 */
export interface Keeper {
  readonly kind: 'stored' | 'returned' | 'out-param' | 'unknown';
  readonly where: string;
}

/** The pages may be held. */
export interface HeldPages {
  /**
   * Lvalues, and `#offset` for the result of a call, through which the pages can be reached. The number: how many
   * pointers to follow to what stands for a page. 0: a page, its frame number or address; 1: an array.
   */
  readonly carriers: ReadonlyMap<string, number>;
  /** By `where`, in the order in which they got them. */
  readonly keepers: ReadonlyMap<string, Keeper>;
  /** What holds the result of the call, as keys of facts. */
  readonly results: ReadonlySet<string>;
  /** What is known of the result. */
  readonly facts: Facts;
  /** Whether an earlier pass of a loop got pages too: that the last one failed does not mean that none are held. */
  readonly earlier: boolean;
}

/** `not-held`: no pages of the call are held here. null: nothing reaches here. */
export type HeldState = HeldPages | 'not-held' | null;

/** The pages, if some may be held. */
export function heldOf(state: HeldState): HeldPages | null {
  return state === 'not-held' ? null : state;
}

/** The pages at the start of their life. */
export function heldPages(
  carriers: ReadonlyMap<string, number>,
  keepers: ReadonlyMap<string, Keeper>,
): HeldPages {
  return { carriers, keepers, results: new Set(), facts: NO_FACTS, earlier: false };
}

/** The lattice: pages that are held on one of two paths are held where they meet. */
export const heldLattice: Lattice<HeldState> = {
  bottom: null,
  join(a, b) {
    if (a === b || b === null) return a;
    if (a === null || a === 'not-held') return b;
    if (b === 'not-held') return a;
    const carriers = new Map(a.carriers);
    for (const [key, depth] of b.carriers) carriers.set(key, Math.min(depth, carriers.get(key) ?? depth));
    return {
      carriers,
      keepers: new Map([...a.keepers, ...b.keepers]),
      results: new Set([...a.results].filter(key => b.results.has(key))),
      facts: joinFacts(a.facts, b.facts),
      earlier: a.earlier || b.earlier,
    };
  },
  equals(a, b) {
    if (a === b) return true;
    if (a === null || a === 'not-held' || b === null || b === 'not-held') return false;
    return (
      a.earlier === b.earlier &&
      a.carriers.size === b.carriers.size &&
      [...a.carriers].every(([key, depth]) => b.carriers.get(key) === depth) &&
      a.keepers.size === b.keepers.size &&
      [...a.keepers.keys()].every(where => b.keepers.has(where)) &&
      a.results.size === b.results.size &&
      [...a.results].every(key => b.results.has(key)) &&
      sameFacts(a.facts, b.facts)
    );
  },
};

/** Somebody else has the pages too. */
export function kept(state: HeldPages, keeper: Keeper): HeldPages {
  if (state.keepers.has(keeper.where)) return state;
  return { ...state, keepers: new Map([...state.keepers, [keeper.where, keeper]]) };
}

/** An lvalue leads to the pages. */
export function carried(state: HeldPages, key: string, depth: number): HeldPages {
  if (state.carriers.get(key) === depth) return state;
  return { ...state, carriers: new Map([...state.carriers, [key, depth]]) };
}

/** An lvalue, and what is reached through it, leads to the pages no more. */
export function withoutCarrier(state: HeldPages, key: string): HeldPages {
  const behind = [`${key}->`, `${key}.`, `${key}[`];
  const left = [...state.carriers].filter(
    ([name]) => name !== key && name !== `*${key}` && !behind.some(prefix => name.startsWith(prefix)),
  );
  return left.length === state.carriers.size ? state : { ...state, carriers: new Map(left) };
}

/** What is stored at an lvalue is not the pages any more. */
export function withoutKeeper(state: HeldPages, key: string): HeldPages {
  if (!state.keepers.has(key)) return state;
  const keepers = new Map(state.keepers);
  keepers.delete(key);
  return { ...state, keepers };
}

/** An lvalue does not have the result of the call any more. */
export function withoutResult(state: HeldPages, key: string | null): HeldPages {
  if (key === null || !state.results.has(key)) return state;
  const results = new Set(state.results);
  results.delete(key);
  return { ...state, results, facts: withFact(state.facts, key, null) };
}

const MAPS_ARRAY: ReadonlySet<string> = new Set(['vmap', 'vm_map_ram']);

/**
 * How many pointers have to be followed from the value of an expression to what stands for one of the pages.
 * @returns null if the value does not lead to them: data read from a page, or a property of it, does not
 */
export function depthOf(expression: Expression, state: HeldPages): number | null {
  const node = valueExpression(expression);
  const text = lvalueText(node);
  const known = text === null ? undefined : state.carriers.get(text);
  if (known !== undefined) return known;
  switch (node.kind) {
    case 'index':
      return behind(depthOf(node.object, state));
    case 'unary':
      if (node.op === '*') return behind(depthOf(node.operand, state));
      return node.op === '&' ? depthOfAddress(node.operand, state) : null;
    case 'update':
      return depthOf(node.operand, state);
    case 'binary':
      if (!/^(?:[-+|*]|<<|>>)$/.test(node.op)) return null;
      return deeper(depthOf(node.left, state), depthOf(node.right, state));
    case 'conditional':
      return deeper(depthOf(node.then ?? node.test, state), depthOf(node.otherwise, state));
    case 'call':
      return depthOfCall(node, state);
    default:
      return null;
  }
}

function behind(depth: number | null): number | null {
  return depth === null || depth === 0 ? null : depth - 1;
}

function deeper(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function depthOfAddress(operand: Expression, state: HeldPages): number | null {
  // `&pages[i]` is the rest of the array.
  if (operand.kind === 'index') return depthOf(operand.object, state);
  // `&folio->page` is the folio under another type.
  if (operand.kind === 'member' && operand.name === 'page' && depthOf(operand.object, state) === 0) return 0;
  const depth = depthOf(operand, state);
  return depth === null ? null : depth + 1;
}

function depthOfCall(call: Call, state: HeldPages): number | null {
  const own = state.carriers.get(`#${call.start}`);
  if (own !== undefined) return own;
  const name = calleeName(call);
  if (name === null || !convertsPage(name)) return null;
  const given = call.args.map(arg => depthOf(arg, state));
  return given.includes(0) || (MAPS_ARRAY.has(name) && given.includes(1)) ? 0 : null;
}

/** The carriers that are reached from an argument as written, by what follows it: `->pages` of `umem`, `.page` of `&x`. */
export function carriersBehind(argument: Expression, state: HeldPages): ReadonlyMap<string, number> {
  const node = valueExpression(argument);
  const address = node.kind === 'unary' && node.op === '&';
  const text = lvalueText(address ? node.operand : node);
  const found = new Map<string, number>();
  if (text === null) return found;
  for (const [key, depth] of state.carriers) {
    if (address && key.startsWith(`${text}.`)) found.set(`->${key.slice(text.length + 1)}`, depth);
    else if (!address && key.startsWith(`${text}->`)) found.set(key.slice(text.length), depth);
  }
  return found;
}
