/** Forward data flow over a control-flow graph: a work list, run until nothing changes. */

import type { Cfg, CfgEdge, CfgElement, CfgPosition } from './cfg.js';

/**
 * A join semilattice. Laws, which test/analysis checks: join is associative, commutative and idempotent up to
 * `equals`, and `bottom` (nothing reaches here) is its neutral element.
 */
export interface Lattice<S> {
  readonly bottom: S;
  join(a: S, b: S): S;
  equals(a: S, b: S): boolean;
}

/**
 * A forward problem. `transfer` and `refine` are monotone, do not change their arguments, and map bottom to
 * bottom. `refine` says what remains of a state along an edge; bottom means that the edge cannot be taken.
 */
export interface FlowProblem<S> extends Lattice<S> {
  /** The state on entry of the function. */
  readonly entry: S;
  transfer(element: CfgElement, state: S): S;
  /** As `transfer` for one element after the other, where it saves copies of the states between them. */
  transferAll?(elements: readonly CfgElement[], state: S): S;
  refine?(edge: CfgEdge, state: S): S;
}

/** The states of a solved problem. */
export interface FlowSolution<S> {
  /** The state at the start of a block; bottom if nothing reaches it. */
  atStart(block: number): S;
  /** The state at the end of a block, before its edges are taken. */
  atEnd(block: number): S;
  /** What reaches the end of an edge by it. */
  along(edge: CfgEdge): S;
  /** The state right before an element. */
  before(position: CfgPosition): S;
  /** The state right after an element. */
  after(position: CfgPosition): S;
  /** False if the work list was given up: then nothing it says is known. */
  readonly complete: boolean;
}

/** A block is looked at no more often than this: lattices here are small, so more means that something is not monotone. */
const MOST_VISITS = 300;

/**
 * Solves a forward problem.
 * @returns the solution; never throws unless the problem's own functions do.
 */
export function solveForward<S>(cfg: Cfg, problem: FlowProblem<S>): FlowSolution<S> {
  const starts = new Map<number, S>([[cfg.entry, problem.entry]]);
  const ends = new Map<number, S>();
  const { order } = cfg;
  const rank = new Map(order.map((id, index) => [id, index]));
  const visits = new Uint16Array(order.length);
  /** By rank: the block that comes first of those that wait is next, so that most are looked at once. */
  const waits = new Uint8Array(order.length);
  let next = rank.get(cfg.entry) ?? 0;
  waits[next] = 1;
  let complete = true;
  for (; next < order.length; next++) {
    if (waits[next] !== 1) continue;
    waits[next] = 0;
    const at = next;
    const id = order[at] ?? -1;
    const block = cfg.blocks[id];
    if (block === undefined) continue;
    const visit = (visits[at] ?? 0) + 1;
    visits[at] = visit;
    if (visit > MOST_VISITS) {
      complete = false;
      break;
    }
    let state = starts.get(id) ?? problem.bottom;
    if (problem.transferAll !== undefined) state = problem.transferAll(block.elements, state);
    else for (const element of block.elements) state = problem.transfer(element, state);
    ends.set(id, state);
    for (const edge of block.out) {
      const along = problem.refine === undefined ? state : problem.refine(edge, state);
      const old = starts.get(edge.to);
      const joined = old === undefined ? along : problem.join(old, along);
      if (old !== undefined && problem.equals(old, joined)) continue;
      starts.set(edge.to, joined);
      if (old === undefined && problem.equals(joined, problem.bottom)) continue;
      const to = rank.get(edge.to) ?? at;
      waits[to] = 1;
      // One less, as the loop goes on to the one behind.
      next = Math.min(next, to - 1);
    }
  }
  return new Solution(cfg, problem, starts, ends, complete);
}

class Solution<S> implements FlowSolution<S> {
  readonly complete: boolean;
  readonly #cfg: Cfg;
  readonly #problem: FlowProblem<S>;
  readonly #starts: ReadonlyMap<number, S>;
  readonly #ends: ReadonlyMap<number, S>;
  /** States before each element of a block, made when one is asked for. */
  readonly #inside = new Map<number, readonly S[]>();

  constructor(
    cfg: Cfg,
    problem: FlowProblem<S>,
    starts: ReadonlyMap<number, S>,
    ends: ReadonlyMap<number, S>,
    complete: boolean,
  ) {
    this.#cfg = cfg;
    this.#problem = problem;
    this.#starts = starts;
    this.#ends = ends;
    this.complete = complete;
  }

  atStart(block: number): S {
    return this.#starts.get(block) ?? this.#problem.bottom;
  }

  atEnd(block: number): S {
    return this.#ends.get(block) ?? this.#problem.bottom;
  }

  along(edge: CfgEdge): S {
    const state = this.atEnd(edge.from);
    return this.#problem.refine === undefined ? state : this.#problem.refine(edge, state);
  }

  before(position: CfgPosition): S {
    return this.#statesOf(position.block)[position.index] ?? this.#problem.bottom;
  }

  after(position: CfgPosition): S {
    return this.#statesOf(position.block)[position.index + 1] ?? this.#problem.bottom;
  }

  #statesOf(block: number): readonly S[] {
    const known = this.#inside.get(block);
    if (known !== undefined) return known;
    let state = this.atStart(block);
    const states = [state];
    for (const element of this.#cfg.blocks[block]?.elements ?? []) {
      state = this.#problem.transfer(element, state);
      states.push(state);
    }
    this.#inside.set(block, states);
    return states;
  }
}
