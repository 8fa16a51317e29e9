/**
 * Follows all paths of a function, for one call that gets pages: for each way in which the call can go, what is done
 * with the result and what becomes of the pages. Paths that agree are united; so a loop ends, and a long function
 * costs no more than a bound.
 */

import type { Expression, FunctionAst, Span } from '../../syntax/index.js';
import type { CfgBlock, CfgEdge } from '../cfg.js';
import { isNull, lvalueText, walk } from '../expressions.js';
import { ASKED, ASKED_WITH_MORE, evaluate, truthOf } from './evaluate.js';
import type { Exploration, ExploredFunction, FollowedCall, Surroundings } from './exploration.js';
import type { PageNames } from './pageNames.js';
import type { PathState } from './pathState.js';
import { PathTransfer } from './pathTransfer.js';
import { arrive, type ReachedStates } from './reachedStates.js';
import { caseTruth, refine } from './refine.js';
import { goesToOffset } from './releaseCount.js';
import { escaped } from './stateChanges.js';

/** Follows the paths of one function. */
export class PathExplorer {
  readonly #fn: ExploredFunction;
  readonly #names: PageNames;
  readonly #transfer: PathTransfer;

  constructor(fn: ExploredFunction, names: PageNames, followed: FollowedCall | null, around: Surroundings) {
    this.#fn = fn;
    this.#names = names;
    this.#transfer = new PathTransfer(fn, names, followed, around);
  }

  /**
   * Follows all paths.
   * @param entry the state on entry of the function
   * @param mostSteps how many blocks may be visited
   */
  explore(entry: PathState, mostSteps: number): Exploration {
    const { cfg } = this.#fn;
    const reached: ReachedStates = new Map();
    const work: { readonly block: number; readonly state: PathState }[] = [
      { block: cfg.entry, state: entry },
    ];
    let steps = 0;
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      if (++steps > mostSteps) return { events: [], ends: [], complete: false };
      const state = arrive(reached, next.block, next.state);
      const block = cfg.blocks[next.block];
      if (state === null || block === undefined) continue;
      if (block.id === cfg.exit) continue;
      for (const end of this.#block(block, state)) {
        for (const edge of block.out) {
          if (edge.to === cfg.exit) {
            this.#transfer.leave(end, null, endOf(this.#fn.ast));
            continue;
          }
          const along = this.#along(edge, end);
          if (along !== null) work.push({ block: edge.to, state: along });
        }
      }
    }
    return { events: this.#transfer.events, ends: this.#transfer.ends, complete: true };
  }

  #block(block: CfgBlock, entry: PathState): PathState[] {
    let states = [entry];
    for (const element of block.elements) {
      states = states.flatMap(state => this.#transfer.element(element, state));
    }
    return states;
  }

  #along(edge: CfgEdge, state: PathState): PathState | null {
    const { label } = edge;
    if (label.kind === 'branch') return this.#branch(label.condition, label.truth, state);
    if (label.kind === 'case') {
      return caseTruth(label.subject, label.case, state, this.#fn) === false ? null : state;
    }
    if (label.kind === 'default') {
      return label.cases.some(one => caseTruth(label.subject, one, state, this.#fn) === true) ? null : state;
    }
    return state;
  }

  #branch(condition: Expression, truth: boolean, state: PathState): PathState | null {
    const verdict = truthOf(condition, state, this.#fn);
    if (verdict.truth !== null && verdict.truth !== truth) return null;
    if (verdict.truth === null && this.#asksForNothing(condition, truth, state)) return null;
    let next: PathState | null = state;
    if (verdict.truth === null) {
      next = refine(condition, truth, state, this.#fn, key => this.#fn.tracked.has(key));
      if (next === null) return null;
    }
    if (state.outcome === null) return next;
    if (verdict.blurred) next = { ...next, blurred: true };
    // What goes wrong later goes wrong because of the first.
    if (verdict.mistaken && next.mistaken === null)
      next = { ...next, mistaken: { start: condition.start, end: condition.end } };
    if (!truth) next = this.#loopLeft(condition, verdict.truth, next);
    const turn = this.#fn.shape.turnAt(condition, truth);
    if (turn === null) return next;
    const failed = this.#asksAbout(next.givenTo, condition, state);
    if (next.fate === 'noted' && failed) return { ...next, turn, fate: 'refused' };
    return next.fate === 'lent' && failed ? { ...next, turn, fate: 'declined' } : { ...next, turn };
  }

  /** Whether a condition asks what a call returned. */
  #asksAbout(call: number | null, condition: Expression, state: PathState): boolean {
    if (call === null) return false;
    const id = `${this.#fn.prefix}#${call}`;
    let asks = false;
    walk(condition, node => {
      if (node.kind !== 'call' && lvalueText(node) === null) return;
      const value = evaluate(node, state, this.#fn);
      asks ||= value.kind === 'symbol' && [id, `${id}${ASKED}`, `${id}${ASKED_WITH_MORE}`].includes(value.id);
    });
    return asks;
  }

  /** Whether a condition came out as it does for no page, though it asks for one that is there. */
  #asksForNothing(condition: Expression, truth: boolean, state: PathState): boolean {
    if (condition.kind === 'binary' && /^[!=]=$/.test(condition.op) && isNull(condition.right))
      return truth === (condition.op === '==') && this.#isHeldPage(condition.left, state);
    return !truth && this.#isHeldPage(condition, state);
  }

  /** Whether an expression is a pointer to pages that are there. */
  #isHeldPage(pages: Expression, state: PathState): boolean {
    if (state.fate === 'none' || lvalueText(pages) === null) return false;
    return this.#names.carried(pages) === 'pages' && this.#names.isCertain(pages);
  }

  /**
   * A loop ends that does something with the pages. Where nothing is known of how often it was run, it is taken to
   * have seen to all of them.
   */
  #loopLeft(condition: Expression, truth: boolean | null, state: PathState): PathState {
    const settled = state.fate === 'none' || state.fate === 'released' || state.fate === 'gone';
    if (settled && !state.earlier) return state;
    const loop = this.#fn.shape.loopOf(condition);
    if (loop === null) return state;
    if (goesToOffset(loop, null, state, this.#fn)) return { ...state, earlier: false };
    const oneByOne = state.fate === 'passing' || state.fate === 'dealt';
    if (oneByOne && isReleasing(state, loop)) return { ...state, fate: 'released' };
    if (oneByOne) return escaped(state);
    if (truth !== null) return state;
    if (!settled) return this.#transfer.loops.after(loop, state);
    return this.#transfer.loops.handle(loop, state) ? { ...state, earlier: false } : state;
  }
}

/** Whether it was in a loop that the path has released pages one by one. */
function isReleasing({ fate, releasedAt }: PathState, loop: Span): boolean {
  if (fate !== 'passing' || releasedAt === null || releasedAt.through) return false;
  return loop.start <= releasedAt.start && releasedAt.end <= loop.end;
}

function endOf(ast: FunctionAst): Span {
  return { start: ast.end - 1, end: ast.end };
}
