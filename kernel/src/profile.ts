/** What one release promises: every table of this folder, resolved for it. */

import type {
  AddedFlags,
  Certainty,
  FlagFact,
  FlagNamespace,
  FunctionFact,
  FunctionKind,
  LockContract,
  ParameterFact,
  ParameterRole,
  Range,
  Refusal,
  ReturnFact,
} from './facts.js';
import { FAULT_FLAGS } from './flags/faultFlags.js';
import { FOLL_FLAGS } from './flags/foll.js';
import { VM_FAULT_RESULTS } from './flags/vmFault.js';
import { FUNCTIONS } from './functions/index.js';
import { prototypeText } from './functions/prototype.js';
import {
  inRange,
  NEWEST_RELEASE,
  RELEASES,
  RELEASES_NOT_READ,
  type Release,
  releaseIndex,
} from './release.js';
import { SWITCHES, type SwitchName } from './switches/index.js';
import type { TreeDifference } from './treeFacts.js';

/** A flag as one release has it. */
export interface ResolvedFlag {
  readonly name: string;
  readonly namespace: FlagNamespace;
  readonly value: number;
  /** Only mm code may pass it in this release. */
  readonly internal: boolean;
  readonly meaning: string;
  /** Names of this release that it always brings along. */
  readonly implies: readonly string[];
  readonly setBy: readonly string[];
  readonly excludes: readonly string[];
  readonly notes: string;
  /** First release that has it; null: older than the tables. */
  readonly since: Release | null;
  /** Last release that has it; null: the newest has it. */
  readonly until: Release | null;
  readonly certainty: Certainty;
}

/** A function as one release has it. */
export interface ResolvedFunction {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly visibility: FunctionFact['visibility'];
  /** The C type of the result. */
  readonly returns: string;
  readonly parameters: readonly ParameterFact[];
  /** The prototype as C text. */
  readonly signature: string;
  readonly flagsNamespace: FunctionFact['flagsNamespace'];
  readonly adds: readonly Pick<AddedFlags, 'flags' | 'when'>[];
  readonly refuses: readonly Refusal[];
  readonly lock: LockContract;
  readonly acquires: FunctionFact['acquires'];
  /** What gives back what was acquired, the most usual first. */
  readonly releasedBy: readonly string[];
  readonly returnValues: readonly Pick<ReturnFact, 'value' | 'when' | 'nullNeeds'>[];
  readonly notes: string;
  readonly since: Release | null;
  readonly until: Release | null;
  readonly certainty: Certainty;
  /** Index of the argument with this meaning, or -1. */
  argument(role: ParameterRole): number;
}

/** Everything the tables say of one release; with `profileWithTree()`, with the flags of one tree. */
export interface Profile {
  readonly release: Release;
  /** Different for profiles that differ: the release, and for a tree that differs from it more. A key for caches. */
  readonly id: string;
  readonly flags: ReadonlyMap<string, ResolvedFlag>;
  readonly functions: ReadonlyMap<string, ResolvedFunction>;
  readonly switches: Readonly<Record<SwitchName, boolean>>;
  /** By flag, where the headers of the tree say something else than the release; empty without a tree. */
  readonly treeDifferences: ReadonlyMap<string, TreeDifference>;
}

/** Every flag of the tables over all releases, also those that were only proposed. */
export const FLAGS: readonly FlagFact[] = [...FOLL_FLAGS, ...FAULT_FLAGS, ...VM_FAULT_RESULTS];

const PROFILES = new Map<Release, Profile>();

/** The profile of a release; the same frozen object each time. */
export function profileFor(release: Release): Profile {
  const known = PROFILES.get(release);
  if (known !== undefined) return known;
  const profile = resolveProfile(release);
  PROFILES.set(release, profile);
  return profile;
}

const NO_DIFFERENCES: ReadonlyMap<string, TreeDifference> = readOnly(new Map());

function resolveProfile(release: Release): Profile {
  const flags = new Map<string, ResolvedFlag>();
  for (const fact of FLAGS) {
    const flag = resolveFlag(fact, release);
    if (flag !== null) flags.set(flag.name, flag);
  }
  const functions = new Map<string, ResolvedFunction>();
  for (const fact of FUNCTIONS) {
    const resolved = resolveFunction(fact, release);
    if (resolved !== null) functions.set(resolved.name, resolved);
  }
  const switches = {} as Record<SwitchName, boolean>;
  for (const fact of SWITCHES) switches[fact.name] = fact.on.some(range => inRange(release, range));
  return Object.freeze({
    release,
    id: release,
    flags: readOnly(flags),
    functions: readOnly(functions),
    switches: Object.freeze(switches),
    treeDifferences: NO_DIFFERENCES,
  });
}

function resolveFlag(fact: FlagFact, release: Release): ResolvedFlag | null {
  const value = fact.values.find(range => inRange(release, range));
  if (value === undefined) return null;
  return deepFreeze({
    name: fact.name,
    namespace: fact.namespace,
    value: value.value,
    internal: fact.internal.some(range => inRange(release, range)),
    meaning: fact.meaning,
    implies: fact.implies,
    setBy: fact.setBy,
    excludes: fact.excludes,
    notes: fact.notes,
    ...lifetime(fact.values),
    certainty: certaintyAt(release, value.certainty),
  });
}

/** A function as `release` has it; null if it does not have it. */
export function resolveFunction(fact: FunctionFact, release: Release): ResolvedFunction | null {
  const signature = fact.signatures.find(range => inRange(release, range));
  const lock = fact.lock.find(range => inRange(release, range));
  if (signature === undefined || lock === undefined) return null;
  const roles = new Map<ParameterRole, number>();
  signature.parameters.forEach((parameter, index) => {
    if (parameter.role !== null) roles.set(parameter.role, index);
  });
  return deepFreeze({
    name: fact.name,
    kind: fact.kind,
    visibility: fact.visibility,
    returns: signature.returns,
    parameters: signature.parameters,
    signature: prototypeText(fact.name, signature),
    flagsNamespace: fact.flagsNamespace,
    adds: at(fact.adds, release),
    refuses: at(fact.refuses, release),
    lock,
    acquires: fact.acquires,
    releasedBy: at(fact.releasedBy, release).flatMap(entry => entry.functions),
    returnValues: at(fact.returns, release),
    notes: fact.notes,
    ...lifetime(fact.signatures),
    certainty: certaintyAt(release, signature.certainty),
    argument: (role: ParameterRole): number => roles.get(role) ?? -1,
  });
}

function at<T extends Range>(entries: readonly T[], release: Release): readonly T[] {
  return entries.filter(entry => inRange(release, entry));
}

function certaintyAt(release: Release, of: Certainty): Certainty {
  return of === 'read' && RELEASES_NOT_READ.has(release) ? 'inferred' : of;
}

/** First and last release of a list of ranges; null at the borders of the tables. */
function lifetime(ranges: readonly Range[]): {
  readonly since: Release | null;
  readonly until: Release | null;
} {
  const first = Math.min(...ranges.map(range => releaseIndex(range.since)));
  const last = Math.max(...ranges.map(range => releaseIndex(range.until ?? NEWEST_RELEASE)));
  return {
    since: first === 0 ? null : (RELEASES[first] ?? null),
    until: last >= RELEASES.length - 1 ? null : (RELEASES[last] ?? null),
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part);
  }
  return Object.freeze(value);
}

/** A map whose writers throw, since Object.freeze() does not reach the entries of a Map. */
function readOnly<V>(map: Map<string, V>): ReadonlyMap<string, V> {
  const refuse = (): never => {
    throw new TypeError('a profile cannot be changed');
  };
  return Object.freeze(Object.assign(map, { set: refuse, delete: refuse, clear: refuse }));
}
