/**
 * A forward flow over paths that carry a tag: what somebody wants to know of the way that led here ("the result was
 * VM_FAULT_RETRY and no signal was looked for"). Paths with different tags stay apart when they meet, each with the facts that tell
 * them apart; paths with the same tag are merged.
 */

import type { Profile } from '../../../kernel/src/index.js';
import type { Cfg, CfgElement, EdgeLabel } from './cfg.js';
import { type FlowSolution, solveForward } from './dataflow.js';
import { type Facts, joinFacts, NO_FACTS, sameFacts } from './lattices/factLattice.js';
import { PathFacts } from './pathFacts.js';

/** Plain values only: two tags are the same if all of these are. */
export type Tag = Readonly<Record<string, string | number | boolean | null>>;

/** One kind of way that leads to a point. */
export interface TaggedPath<T extends Tag> {
  readonly tag: T;
  readonly facts: Facts;
}

/** The kinds of ways that lead to a point, one a tag, in a fixed order; empty: nothing reaches it. */
export type TaggedState<T extends Tag> = readonly TaggedPath<T>[];

/** What a tag is and how it changes. The functions are pure; a tag that stays is returned as the same object. */
export interface TaggedProblem<T extends Tag> {
  /** The tag on entry of the function. */
  readonly entry: T;
  /** What is known on entry; nothing where it is left out. */
  readonly entryFacts?: Facts;
  /** Lvalues whose facts matter though no condition tests them. */
  readonly facts?: Iterable<string>;
  /** What an element makes of a path, whose facts are those behind it already. */
  element(element: CfgElement, path: TaggedPath<T>): readonly TaggedPath<T>[];
  /** The tag along an edge; null if a path with it does not go there. */
  edge?(label: EdgeLabel, tag: T): T | null;
}

/** Solves such a problem for the graph of a function. */
export function solveTagged<T extends Tag>(
  cfg: Cfg,
  profile: Profile,
  problem: TaggedProblem<T>,
): FlowSolution<TaggedState<T>> {
  const facts = new PathFacts(cfg, profile, problem.facts ?? []);
  return solveForward<TaggedState<T>>(cfg, {
    bottom: [],
    entry: [{ tag: problem.entry, facts: problem.entryFacts ?? NO_FACTS }],
    join: (a, b) => merged([...a, ...b]),
    equals: sameState,
    transfer: (element, state) =>
      merged(
        state.flatMap(path => {
          const after = facts.after(element, path.facts);
          return problem.element(element, after === path.facts ? path : { ...path, facts: after });
        }),
      ),
    refine: ({ label }, state) =>
      merged(
        state.flatMap(path => {
          const along = facts.along(label, path.facts);
          const tag = problem.edge === undefined ? path.tag : problem.edge(label, path.tag);
          return along === null || tag === null ? [] : [{ tag, facts: along }];
        }),
      ),
  });
}

function merged<T extends Tag>(paths: readonly TaggedPath<T>[]): TaggedState<T> {
  if (paths.length <= 1) return paths;
  const byTag = new Map<string, TaggedPath<T>>();
  for (const path of paths) {
    const key = keyOf(path.tag);
    const known = byTag.get(key);
    byTag.set(key, known === undefined ? path : { ...known, facts: joinFacts(known.facts, path.facts) });
  }
  return [...byTag].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

function keyOf(tag: Tag): string {
  return Object.values(tag).join();
}

function sameState<T extends Tag>(a: TaggedState<T>, b: TaggedState<T>): boolean {
  return (
    a.length === b.length &&
    a.every((path, index) => {
      const other = b[index];
      return (
        other !== undefined && keyOf(path.tag) === keyOf(other.tag) && sameFacts(path.facts, other.facts)
      );
    })
  );
}
