/** What the headers of one tree say of its flags, and the profile of its release with the tree's own values. */

import { evaluateConstant, orOfNames } from './constantExpression.js';
import type { FlagNamespace } from './facts.js';
import { headerConstants } from './headerConstants.js';
import { type DeclaredFunction, declaredFunctions } from './headerFunctions.js';
import { FLAGS, type Profile, profileFor, type ResolvedFlag } from './profile.js';
import { inRange, RELEASES, type Release, releaseIndex } from './release.js';

/** The headers that define flags in one release or another, by their path in the tree. */
export const TREE_HEADERS = ['include/linux/mm.h', 'include/linux/mm_types.h', 'mm/internal.h'] as const;

export type TreeHeaderPath = (typeof TREE_HEADERS)[number];

/** One flag as the headers of a tree define it. */
export interface TreeFlag {
  readonly name: string;
  readonly namespace: FlagNamespace;
  /** Every value given to it, in order: more than one is a contradiction, none means that it could not be computed. */
  readonly values: readonly number[];
  /** The names that it joins, for a mask or another name of a flag; null for any other. */
  readonly members: readonly string[] | null;
  /** Where it is defined. */
  readonly headers: readonly TreeHeaderPath[];
}

/** What the headers of a tree say. Plain data: it may be sent to another thread. */
export interface TreeFacts {
  /** Those of {@link TREE_HEADERS} that were there to be read. */
  readonly headers: readonly TreeHeaderPath[];
  readonly flags: readonly TreeFlag[];
  /** The call site functions that they declare; absent if there is none. */
  readonly functions?: readonly DeclaredFunction[];
}

/**
 * `value`: the tree gives it other bits. `backport`: the tree has it, the release has not. `missing`: the reverse.
 * `contradictory`: the tree's headers give it several values.
 */
export type TreeDifferenceKind = 'value' | 'backport' | 'missing' | 'contradictory';

/** One flag of which a tree and the tables of its release say different things. */
export interface TreeDifference {
  readonly name: string;
  readonly namespace: FlagNamespace;
  readonly kind: TreeDifferenceKind;
  /** What the tree's headers give it; empty for `missing`. */
  readonly tree: readonly number[];
  /** What the tables have for the release; null for a flag that it does not have. */
  readonly table: number | null;
  /** Where the tree defines it. */
  readonly headers: readonly TreeHeaderPath[];
  /** The same in words, to stand after the name: `0x2 in this tree (include/linux/mm.h); 0x10000 in Linux 6.12`. */
  readonly text: string;
}

const FLAG_NAME = /^(FOLL|FAULT_FLAG|VM_FAULT)_[A-Z0-9_]+$/;
/** Flags that every release has: where the tree defines them, its headers are where they are looked for. */
const ALWAYS_THERE: Readonly<Record<FlagNamespace, string>> = {
  FOLL: 'FOLL_WRITE',
  FAULT_FLAG: 'FAULT_FLAG_WRITE',
  VM_FAULT: 'VM_FAULT_OOM',
};
/** Names defined by names: a limit so that no header can exhaust the stack. */
const DEEPEST = 64;
/** Profiles kept of trees; an edited header makes a new one. */
const MOST_KEPT = 16;

/**
 * Reads flags from the text of headers. A header that is not given counts as not there; what cannot be understood
 * is left out. Never throws.
 */
export function readTreeFacts(
  texts: readonly { readonly path: TreeHeaderPath; readonly text: string }[],
): TreeFacts {
  const expressions = new Map<
    string,
    { readonly path: TreeHeaderPath; readonly expression: string | null }[]
  >();
  for (const { path, text } of texts) {
    for (const { name, expression } of headerConstants(text, new Set(expressions.keys()))) {
      const entries = expressions.get(name) ?? [];
      entries.push({ path, expression });
      expressions.set(name, entries);
    }
  }
  const pending = new Set<string>();
  const known = new Map<string, readonly (number | null)[]>();
  const valuesOf = (name: string): readonly (number | null)[] => {
    const computed = known.get(name);
    if (computed !== undefined) return computed;
    // A definition that comes back to itself has no value; nor one behind more names than any header has.
    if (pending.has(name) || pending.size === DEEPEST) return [null];
    pending.add(name);
    const values = (expressions.get(name) ?? []).map(({ expression }) =>
      expression === null ? null : evaluateConstant(expression, valueNamed),
    );
    pending.delete(name);
    known.set(name, [...new Set(values)]);
    return known.get(name) ?? [];
  };
  const valueNamed = (name: string): number | null => {
    const [value = null, ...others] = valuesOf(name);
    return others.length === 0 ? value : null;
  };
  const flags: TreeFlag[] = [];
  for (const [name, entries] of expressions) {
    const namespace = namespaceOf(name);
    if (namespace === null) continue;
    const computed = valuesOf(name);
    const values = computed.includes(null) ? [] : computed.filter(value => value !== null);
    const [first] = entries;
    const members = entries.length === 1 ? orOfNames(first?.expression ?? '') : null;
    const headers = [...new Set(entries.map(({ path }) => path))];
    flags.push({ name, namespace, values, members, headers });
  }
  const functions = declaredFunctions(texts.map(({ text }) => text));
  return {
    headers: texts.map(({ path }) => path),
    flags,
    ...(functions.length === 0 ? {} : { functions }),
  };
}

function namespaceOf(name: string): FlagNamespace | null {
  const prefix = FLAG_NAME.exec(name)?.[1];
  return prefix === 'FOLL' || prefix === 'FAULT_FLAG' || prefix === 'VM_FAULT' ? prefix : null;
}

const kept = new Map<string, Profile>();

/**
 * The profile of a release with the flags of a tree: its values, its additional flags, and without those that it
 * does not define. Of a flag whose headers contradict each other the table's value stays. Everything else (switches,
 * functions) is the release's. The differences are in `treeDifferences`. Facts that say the same give the same
 * object; where nothing differs it is `profile` itself.
 */
export function profileWithTree(profile: Profile, facts: TreeFacts): Profile {
  const last = latest.get(facts);
  if (last?.of === profile) return last.made;
  const made = withFlagsOf(profile, facts);
  latest.set(facts, { of: profile, made });
  return made;
}

/** What was made of facts last: the files of a tree ask one after the other. */
const latest = new WeakMap<TreeFacts, { readonly of: Profile; readonly made: Profile }>();

function withFlagsOf(profile: Profile, facts: TreeFacts): Profile {
  const flags = new Map<string, ResolvedFlag>();
  const differences = new Map<string, TreeDifference>();
  const inTree = new Map(facts.flags.map(flag => [flag.name, flag]));
  for (const flag of profile.flags.values()) {
    const found = inTree.get(flag.name);
    const { resolved, difference } =
      found === undefined ? withoutDefinition(flag, facts, profile) : asDefined(flag, found, profile);
    if (resolved !== null) flags.set(flag.name, resolved);
    if (difference !== null) differences.set(flag.name, difference);
  }
  for (const found of facts.flags) {
    if (profile.flags.has(found.name)) continue;
    const added = additional(found, profile);
    if (added === null) continue;
    if (added.resolved !== null) flags.set(found.name, added.resolved);
    differences.set(found.name, added.difference);
  }
  if (differences.size === 0) return profile;
  return keep(profile, flags, differences);
}

function keep(
  profile: Profile,
  flags: ReadonlyMap<string, ResolvedFlag>,
  differences: ReadonlyMap<string, TreeDifference>,
): Profile {
  const told = [...differences.values()].map(({ name, tree, headers }) => [
    name,
    tree,
    headers,
    flags.get(name)?.implies,
  ]);
  const id = `${profile.release}+${JSON.stringify(told)}`;
  const before = kept.get(id);
  if (before !== undefined) return before;
  const made = Object.freeze({
    ...profile,
    id: `${profile.release}+tree${fingerprint(id)}`,
    flags,
    treeDifferences: differences,
  });
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(id, made);
  return made;
}

interface Outcome {
  /** null: not a flag of this tree. */
  readonly resolved: ResolvedFlag | null;
  readonly difference: TreeDifference | null;
}

function withoutDefinition(flag: ResolvedFlag, facts: TreeFacts, profile: Profile): Outcome {
  const { name, namespace, value } = flag;
  const areAllRead = facts.headers.length === TREE_HEADERS.length;
  if (!areAllRead || !facts.flags.some(found => found.name === ALWAYS_THERE[namespace]))
    return { resolved: flag, difference: null };
  const text = `not defined in this tree's headers; ${hex(value)} in Linux ${profile.release}`;
  return {
    resolved: null,
    difference: { name, namespace, kind: 'missing', tree: [], table: value, headers: [], text },
  };
}

function asDefined(flag: ResolvedFlag, found: TreeFlag, { release }: Profile): Outcome {
  const { name, namespace, value: table } = flag;
  const { values, headers, members } = found;
  const common = { name, namespace, tree: values, table, headers };
  const [value] = values;
  const where = headers.join(', ');
  // Its bits may be beyond us, but it is there.
  if (value === undefined) return { resolved: flag, difference: null };
  if (values.length > 1) {
    const each = values.map(hex).join(' or ');
    const text = `${each} in this tree: its headers disagree (${where}); taken as ${hex(table)}, as in Linux ${release}`;
    return { resolved: flag, difference: { ...common, kind: 'contradictory', text } };
  }
  const stands = flag.implies.filter(member => namespaceOf(member) === namespace);
  const isOtherMask = stands.length > 0 && members !== null && !sameNames(stands, members);
  if (value === table && !isOtherMask) return { resolved: flag, difference: null };
  const implies = isOtherMask
    ? [...members, ...flag.implies.filter(member => !stands.includes(member))]
    : flag.implies;
  const text = isOtherMask
    ? `${members.join(' | ')} in this tree (${where}); ${stands.join(' | ')} in Linux ${release}`
    : `${hex(value)} in this tree (${where}); ${hex(table)} in Linux ${release}`;
  return {
    resolved: Object.freeze({ ...flag, value, implies: Object.freeze(implies) }),
    difference: { ...common, kind: 'value', text },
  };
}

/** A flag that the tree has and the release has not; null for what is no flag, such as a mask for printing. */
function additional(
  found: TreeFlag,
  { release }: Profile,
): { readonly resolved: ResolvedFlag | null; readonly difference: TreeDifference } | null {
  const { name, namespace, values, members, headers } = found;
  const [value] = values;
  if (value === undefined) return null;
  const near = nearestWith(name, release);
  const isAlias = members?.length === 1;
  const isBit = value !== 0 && (value & (value - 1)) === 0 && (members === null || isAlias);
  if (near === null && !isBit) return null;
  const where = headers.join(', ');
  const common = { name, namespace, tree: values, table: null, headers };
  if (values.length > 1) {
    const text = `${values.map(hex).join(' or ')} in this tree: its headers disagree (${where}); Linux ${release} does not have it`;
    return { resolved: null, difference: { ...common, kind: 'contradictory', text } };
  }
  const history = near === null ? 'nor has any release' : lifeText(near);
  const text = `${hex(value)} in this tree (${where}); Linux ${release} does not have it (${history})`;
  const internal = headers.includes('mm/internal.h');
  const resolved: ResolvedFlag =
    near === null
      ? {
          name,
          namespace,
          value,
          internal,
          meaning: isAlias
            ? `Another name of ${members[0] ?? ''} in this tree.`
            : 'A flag of this tree: no release has it, so nothing is known of what it does.',
          implies: isAlias ? members : [],
          setBy: [],
          excludes: [],
          notes: '',
          since: null,
          until: null,
          certainty: 'uncertain',
        }
      : { ...near, value, internal: near.internal && internal };
  return { resolved: Object.freeze(resolved), difference: { ...common, kind: 'backport', text } };
}

/** The flag as the release nearest to this one has it, a later one before an earlier one. */
function nearestWith(name: string, release: Release): ResolvedFlag | null {
  const values = FLAGS.find(fact => fact.name === name)?.values ?? [];
  const at = releaseIndex(release);
  const others = [...RELEASES.slice(at + 1), ...RELEASES.slice(0, at).reverse()];
  const nearest = others.find(other => values.some(range => inRange(other, range)));
  return nearest === undefined ? null : (profileFor(nearest).flags.get(name) ?? null);
}

function lifeText({ since, until }: ResolvedFlag): string {
  if (since === null) return until === null ? 'others do' : `until ${until}`;
  return until === null ? `since ${since}` : `${since} to ${until}`;
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every(name => others.includes(name));
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A short text that differs where the given one does (FNV-1a over both halves of each code unit, twice seeded). */
function fingerprint(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
