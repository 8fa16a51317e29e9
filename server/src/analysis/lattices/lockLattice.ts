/**
 * The state of one mmap_lock along the paths of a function. Paths that differ in the lock stay apart when they
 * meet, each with what is known of the variables that tell them apart (`ret`, `locked`, `fault`): the test that
 * follows then finds the right one. Paths that agree on the lock are merged, so there are never more than the
 * modes below.
 */

import type { Span } from '../../syntax/ast.js';
import type { Lattice } from '../dataflow.js';
import { type Facts, joinFacts, NO_FACTS, sameFacts } from './factLattice.js';

/**
 * `caller`: as the caller left it. `held`: for read or for write, which is not known. `vma`: a per-VMA lock is held
 * and not the mmap_lock.
 */
export type LockMode = 'caller' | 'read' | 'write' | 'held' | 'vma' | 'none' | 'unknown';

/** How the mode is known: an operation of this function, an assertion, or nothing said anything. */
export type LockSource = 'local' | 'assert' | 'none';

/** What holds on some of the ways that lead to a point. */
export interface LockPath {
  readonly mode: LockMode;
  readonly source: LockSource;
  /** The operations that brought it about, in order of position. */
  readonly origins: readonly Span[];
  readonly facts: Facts;
}

/** At most one path a mode, sorted by mode; empty: nothing reaches here. */
export type LockState = readonly LockPath[];

/** The state on entry: the caller's. */
export const CALLERS_LOCK: LockState = [{ mode: 'caller', source: 'none', origins: [], facts: NO_FACTS }];

/** Brings paths into the form of a state. */
export function lockState(paths: readonly LockPath[]): LockState {
  if (paths.length <= 1) return paths;
  const byMode = new Map<LockMode, LockPath>();
  for (const path of paths) {
    const known = byMode.get(path.mode);
    byMode.set(path.mode, known === undefined ? path : mergePaths(known, path));
  }
  return [...byMode.values()].sort((a, b) => (a.mode < b.mode ? -1 : 1));
}

function mergePaths(a: LockPath, b: LockPath): LockPath {
  return {
    mode: a.mode,
    source: strongerSource(a.source, b.source),
    origins: mergeSpans(a.origins, b.origins),
    facts: joinFacts(a.facts, b.facts),
  };
}

function strongerSource(a: LockSource, b: LockSource): LockSource {
  if (a === 'local' || b === 'local') return 'local';
  return a === 'assert' || b === 'assert' ? 'assert' : 'none';
}

function mergeSpans(a: readonly Span[], b: readonly Span[]): readonly Span[] {
  if (a === b) return a;
  const more = b.filter(span => !a.some(other => other.start === span.start));
  return more.length === 0 ? a : [...a, ...more].sort((x, y) => x.start - y.start);
}

/** The lattice of lock states. */
export const lockLattice: Lattice<LockState> = {
  bottom: [],
  join(a, b) {
    if (a === b || b.length === 0) return a;
    if (a.length === 0) return b;
    const [x] = a;
    const [y] = b;
    // Most states have one path, and most of these are the same on both sides.
    if (a.length === 1 && b.length === 1 && x !== undefined && x === y) return a;
    return lockState([...a, ...b]);
  },
  equals(a, b) {
    if (a === b) return true;
    if (a.length !== b.length) return false;
    return a.every((path, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        (path === other ||
          (path.mode === other.mode &&
            path.source === other.source &&
            path.origins.length === other.origins.length &&
            path.origins.every((span, j) => span.start === other.origins[j]?.start) &&
            sameFacts(path.facts, other.facts)))
      );
    });
  },
};

/** What all paths together say. Different answers make it `unknown`, except that read or write is `held`. */
export function overallMode(state: LockState): LockMode {
  const modes = new Set(state.map(path => path.mode));
  if (modes.size === 0) return 'unknown';
  const [first = 'unknown'] = modes;
  if (modes.size === 1) return first;
  return [...modes].every(mode => mode === 'read' || mode === 'write' || mode === 'held')
    ? 'held'
    : 'unknown';
}

/** The strongest source of any path. */
export function overallSource(state: LockState): LockSource {
  return state.reduce<LockSource>((source, path) => strongerSource(source, path.source), 'none');
}

/** The operations that brought about the state, in order of position; none if the function has none. */
export function allOrigins(state: LockState): readonly Span[] {
  const byStart = new Map(state.flatMap(path => path.origins.map(span => [span.start, span] as const)));
  return [...byStart.values()].sort((a, b) => a.start - b.start);
}
