/** All that the tables say of one name in one release, gathered for texts, hovers and JSON. */

import {
  type Certainty,
  FLAGS,
  type FlagFact,
  FUNCTIONS,
  type FunctionFact,
  NEWEST_RELEASE,
  nearestFirst,
  OLDEST_RELEASE,
  type Profile,
  profileFor,
  RELEASES,
  type Release,
  type ResolvedFlag,
  type ResolvedFunction,
  SWITCHES,
  type SwitchFact,
} from '../../../../kernel/src/index.js';
import { type Becomes, becomesOf } from './becomes.js';
import { FUNCTION_MEANING } from './functionMeaning.js';

interface About {
  readonly name: string;
  /** Whose facts were asked for. */
  readonly profile: Profile;
  /** Whether that release has it; a switch is present while it is on. */
  readonly present: boolean;
  readonly meaning: string;
  /** First release that has it; null: older than the tables, or in no release. */
  readonly since: Release | null;
  /** Last release that has it; null: the newest has it, or in no release. */
  readonly until: Release | null;
  readonly certainty: Certainty;
  readonly evidence: readonly { readonly where: string; readonly commit?: string }[];
  /** In the tables but in no release: it was only proposed. */
  readonly proposed: boolean;
}

export interface FlagExplanation extends About {
  readonly kind: 'flag';
  readonly fact: FlagFact;
  /** As the release asked for has it, else as the nearest release that has it; null: none has. */
  readonly flag: ResolvedFlag | null;
  /** The release that `flag` is of. */
  readonly described: Release | null;
  /** Other names of its namespace that it brings along. */
  readonly implies: readonly string[];
  readonly becomes: Becomes;
}

export interface FunctionExplanation extends About {
  readonly kind: 'function';
  readonly fact: FunctionFact;
  /** As the release asked for has it, else as the nearest release that has it; null: none has. */
  readonly fn: ResolvedFunction | null;
  /** The release that `fn` is of. */
  readonly described: Release | null;
}

export interface SwitchExplanation extends About {
  readonly kind: 'switch';
  readonly fact: SwitchFact;
}

export type Explanation = FlagExplanation | FunctionExplanation | SwitchExplanation;

/** Every name that {@link explain} answers for. */
export function explainableNames(): readonly string[] {
  return [...FLAGS, ...FUNCTIONS, ...SWITCHES].map(({ name }) => name);
}

/**
 * What is known of a flag, function or switch; null for a name that is none of them.
 *
 * @param profile the release to speak of, with what was read in its tree if it was
 */
export function explain(name: string, profile: Profile): Explanation | null {
  return explainFlag(name, profile) ?? explainFunction(name, profile) ?? explainSwitch(name, profile);
}

/** {@link explain} for flags only. */
export function explainFlag(name: string, profile: Profile): FlagExplanation | null {
  const having = nearestHaving(profile, candidate => candidate.flags.has(name));
  const flag = having?.flags.get(name) ?? null;
  const fact = FLAGS.find(candidate => candidate.name === name) ?? (flag === null ? null : ofTree(flag));
  if (fact === null) return null;
  const described = having ?? profile;
  const implied = (flag?.implies ?? fact.implies).filter(other => !isBecoming(fact, other));
  return {
    kind: 'flag',
    name,
    profile,
    present: profile.flags.has(name),
    meaning: fact.meaning === '' ? 'The tables know no more than its value.' : fact.meaning,
    since: flag?.since ?? null,
    until: flag?.until ?? null,
    certainty: flag?.certainty ?? 'uncertain',
    evidence: fact.evidence,
    proposed: flag === null,
    fact,
    flag,
    described: having?.release ?? null,
    implies: implied,
    becomes: flag === null ? { flags: [], remarks: [] } : becomesOf(described, name),
  };
}

/** {@link explain} for functions only. */
export function explainFunction(name: string, profile: Profile): FunctionExplanation | null {
  const fact = FUNCTIONS.find(candidate => candidate.name === name);
  if (fact === undefined) return null;
  const having = nearestHaving(profile, candidate => candidate.functions.has(name));
  const fn = having?.functions.get(name) ?? null;
  return {
    kind: 'function',
    name,
    profile,
    present: profile.functions.has(name),
    meaning: FUNCTION_MEANING[name] ?? (fact.notes === '' ? `${name}() of the kernel.` : fact.notes),
    since: fn?.since ?? null,
    until: fn?.until ?? null,
    certainty: fn?.certainty ?? 'uncertain',
    evidence: fact.evidence,
    proposed: fn === null,
    fact,
    fn,
    described: having?.release ?? null,
  };
}

function explainSwitch(name: string, profile: Profile): SwitchExplanation | null {
  const fact = SWITCHES.find(candidate => candidate.name === name);
  if (fact === undefined) return null;
  const on = RELEASES.filter(release => profileFor(release).switches[fact.name]);
  const [first, last] = [on[0], on.at(-1)];
  return {
    kind: 'switch',
    name,
    profile,
    present: profile.switches[fact.name],
    meaning: fact.meaning,
    since: first === OLDEST_RELEASE ? null : (first ?? null),
    until: last === NEWEST_RELEASE ? null : (last ?? null),
    certainty: fact.certainty,
    evidence: fact.evidence,
    proposed: first === undefined,
    fact,
  };
}

/** The profile itself if it has something, else that of the nearest release that has; null: none. */
function nearestHaving(profile: Profile, has: (candidate: Profile) => boolean): Profile | null {
  if (has(profile)) return profile;
  for (const release of nearestFirst(profile.release, RELEASES)) {
    const candidate = profileFor(release);
    if (has(candidate)) return candidate;
  }
  return null;
}

/** The tables write what a FOLL_ flag makes of the fault next to what it brings along. */
function isBecoming(fact: FlagFact, other: string): boolean {
  return fact.namespace === 'FOLL' && other.startsWith('FAULT_FLAG_');
}

/** A flag that only the headers of a tree have. */
function ofTree(flag: ResolvedFlag): FlagFact {
  const { name, namespace, meaning, implies, setBy, excludes, notes } = flag;
  return {
    name,
    namespace,
    meaning,
    implies,
    setBy,
    excludes,
    notes,
    values: [],
    internal: [],
    evidence: [],
  };
}
