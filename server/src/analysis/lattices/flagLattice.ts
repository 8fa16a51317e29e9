/**
 * What an integer of flags may hold: the distinct sets that reach a point while there are few, else the bits that
 * are in every set and those that are in some.
 */

import type { Span } from '../../syntax/ast.js';
import type { Lattice } from '../dataflow.js';

/** Sets of more than this many are folded into masks. */
export const MOST_SETS = 64;

/** Where each element comes from: the tokens that name it, in order of position. */
export type Origins = ReadonlyMap<string, readonly Span[]>;

/** Distinct sets by their key; none: no value reaches here (or the variable has none yet). */
export interface FlagSets {
  readonly kind: 'sets';
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly origins: Origins;
}

/** `may` is null where anything may be set. `may`, if known, includes `must`. */
export interface FlagMask {
  readonly kind: 'mask';
  readonly must: ReadonlySet<string>;
  readonly may: ReadonlySet<string> | null;
  readonly origins: Origins;
}

/** What an integer of flags may hold. */
export type FlagValue = FlagSets | FlagMask;

const NO_ORIGINS: Origins = new Map();
const EMPTY: ReadonlySet<string> = new Set();

/** No value: the bottom of the lattice. */
export const NO_FLAGS_VALUE: FlagValue = { kind: 'sets', sets: new Map(), origins: NO_ORIGINS };
/** Nothing is known: the top of the lattice. */
export const UNKNOWN_FLAGS: FlagValue = { kind: 'mask', must: EMPTY, may: null, origins: NO_ORIGINS };
/** Exactly no flag. */
export const ZERO_FLAGS: FlagValue = flagSet([]);

/** The value that is exactly this set; `origin`, if given, is where all of it is named. */
export function flagSet(names: readonly string[], origin?: Span): FlagValue {
  const set = canonical(names);
  const origins =
    origin === undefined
      ? NO_ORIGINS
      : new Map(set.map(name => [name, [{ start: origin.start, end: origin.end }]]));
  return { kind: 'sets', sets: new Map([[set.join('|'), set]]), origins };
}

/** Whether an element stands for what a parameter or a field brings, not for one flag. */
export function isSymbolic(element: string): boolean {
  return element.startsWith('param:') || element.startsWith('field:');
}

/** The one set of a value, or null if it has another number of sets or is not known. */
export function onlySet(value: FlagValue): readonly string[] | null {
  if (value.kind !== 'sets' || value.sets.size !== 1) return null;
  return value.sets.values().next().value ?? null;
}

function canonical(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}

function fromSets(sets: Iterable<readonly string[]>, origins: Origins): FlagValue {
  const byKey = new Map<string, readonly string[]>();
  for (const set of sets) byKey.set(set.join('|'), set);
  const value: FlagSets = { kind: 'sets', sets: byKey, origins };
  return byKey.size <= MOST_SETS ? value : maskOf(value);
}

/** A value as masks. The value that has no set must not be given. */
export function maskOf(value: FlagValue): FlagMask {
  if (value.kind === 'mask') return value;
  const may = new Set<string>();
  let must: Set<string> | null = null;
  for (const set of value.sets.values()) {
    for (const name of set) may.add(name);
    must = new Set(must === null ? set : set.filter(name => must?.has(name)));
  }
  return { kind: 'mask', must: must ?? EMPTY, may, origins: value.origins };
}

function mergeOrigins(a: Origins, b: Origins): Origins {
  if (a === b || b.size === 0) return a;
  if (a.size === 0) return b;
  const merged = new Map(a);
  let changed = false;
  for (const [name, spans] of b) {
    const known = merged.get(name);
    if (known === undefined) {
      merged.set(name, spans);
      changed = true;
      continue;
    }
    const more = spans.filter(span => !known.some(other => other.start === span.start));
    if (more.length === 0) continue;
    merged.set(
      name,
      [...known, ...more].sort((x, y) => x.start - y.start),
    );
    changed = true;
  }
  return changed ? merged : a;
}

function sameOrigins(a: Origins, b: Origins): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [name, spans] of a) {
    const other = b.get(name);
    if (other === undefined || other.length !== spans.length) return false;
    if (spans.some((span, i) => other[i]?.start !== span.start)) return false;
  }
  return true;
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every(name => b.has(name));
}

/** The lattice of flag values. Its height is finite for the names of one function. */
export const flagLattice: Lattice<FlagValue> = {
  bottom: NO_FLAGS_VALUE,
  join(a, b) {
    if (a === b) return a;
    const origins = mergeOrigins(a.origins, b.origins);
    if (a.kind === 'sets' && b.kind === 'sets') {
      return fromSets([...a.sets.values(), ...b.sets.values()], origins);
    }
    if (a.kind === 'sets' && a.sets.size === 0) return { ...b, origins };
    if (b.kind === 'sets' && b.sets.size === 0) return { ...a, origins };
    const x = maskOf(a);
    const y = maskOf(b);
    return {
      kind: 'mask',
      must: new Set([...x.must].filter(name => y.must.has(name))),
      may: x.may === null || y.may === null ? null : new Set([...x.may, ...y.may]),
      origins,
    };
  },
  equals(a, b) {
    if (a === b) return true;
    if (!sameOrigins(a.origins, b.origins)) return false;
    if (a.kind === 'sets') {
      return b.kind === 'sets' && a.sets.size === b.sets.size && [...a.sets.keys()].every(k => b.sets.has(k));
    }
    if (b.kind === 'sets') return false;
    if (!sameSet(a.must, b.must)) return false;
    return a.may === null || b.may === null ? a.may === b.may : sameSet(a.may, b.may);
  },
};

function isBottom(value: FlagValue): boolean {
  return value.kind === 'sets' && value.sets.size === 0;
}

/** `a | b`. */
export function orFlags(a: FlagValue, b: FlagValue): FlagValue {
  if (isBottom(a) || isBottom(b)) return NO_FLAGS_VALUE;
  const origins = mergeOrigins(a.origins, b.origins);
  if (a.kind === 'sets' && b.kind === 'sets') {
    const sets: (readonly string[])[] = [];
    for (const x of a.sets.values()) for (const y of b.sets.values()) sets.push(canonical([...x, ...y]));
    return fromSets(sets, origins);
  }
  const x = maskOf(a);
  const y = maskOf(b);
  return {
    kind: 'mask',
    must: new Set([...x.must, ...y.must]),
    may: x.may === null || y.may === null ? null : new Set([...x.may, ...y.may]),
    origins,
  };
}

/** `a & ~names`. A symbolic element stays: what is left of it is not known by name. */
export function clearFlags(a: FlagValue, names: ReadonlySet<string>): FlagValue {
  const origins = new Map([...a.origins].filter(([name]) => !names.has(name)));
  if (a.kind === 'sets') {
    return fromSets(
      [...a.sets.values()].map(set => set.filter(name => !names.has(name))),
      origins,
    );
  }
  return {
    kind: 'mask',
    must: new Set([...a.must].filter(name => !names.has(name))),
    may: a.may === null ? null : new Set([...a.may].filter(name => !names.has(name))),
    origins,
  };
}

/** `a & names`, where `names` are flags. */
export function keepFlags(a: FlagValue, names: ReadonlySet<string>): FlagValue {
  if (a.kind === 'sets') {
    const sets: (readonly string[])[] = [];
    for (const set of a.sets.values()) {
      const kept = set.filter(name => names.has(name));
      const symbols = set.filter(isSymbolic);
      if (symbols.length === 0) sets.push(kept);
      else if (names.size === 1) sets.push(kept, canonical(names));
      else sets.push(canonical([...kept, ...symbols]));
    }
    return fromSets(sets, a.origins);
  }
  const symbols = [...(a.may ?? [])].filter(isSymbolic);
  const all = a.may === null || symbols.length > 0;
  const [only] = names;
  if (names.size === 1 && only !== undefined) {
    // One bit: two sets say all that there is to say.
    if (a.must.has(only)) return fromSets([[only]], a.origins);
    return fromSets(all || a.may?.has(only) === true ? [[], [only]] : [[]], a.origins);
  }
  return {
    kind: 'mask',
    must: new Set([...a.must].filter(name => names.has(name))),
    may: all ? new Set([...names, ...symbols]) : new Set([...a.may].filter(name => names.has(name))),
    origins: a.origins,
  };
}

/** What remains of a value where `value & names` is known to be non-zero (`truth`) or zero. Bottom: that cannot be. */
export function refineByTest(a: FlagValue, names: ReadonlySet<string>, truth: boolean): FlagValue {
  if (a.kind === 'sets') {
    const sets = [...a.sets.values()].filter(set => {
      const has = set.some(name => names.has(name));
      return truth ? has || set.some(isSymbolic) : !has;
    });
    return sets.length === a.sets.size ? a : fromSets(sets, a.origins);
  }
  if (truth) {
    if (a.may !== null && ![...a.may].some(name => names.has(name) || isSymbolic(name)))
      return NO_FLAGS_VALUE;
    const only = [...names];
    return names.size === 1 ? { ...a, must: new Set([...a.must, ...only]) } : a;
  }
  if ([...a.must].some(name => names.has(name))) return NO_FLAGS_VALUE;
  if (a.may === null) return a;
  return { ...a, may: new Set([...a.may].filter(name => !names.has(name))) };
}
