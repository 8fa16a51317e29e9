/** What differs between what two releases promise. */

import { addedText, lockText, refusalText, returnText } from './contractText.js';
import type { Certainty, Evidence } from './facts.js';
import { FUNCTIONS } from './functions/index.js';
import { FLAGS, type Profile, profileFor, type ResolvedFlag, type ResolvedFunction } from './profile.js';
import { RELEASES, type Release, releaseIndex } from './release.js';
import { SWITCHES } from './switches/index.js';

/**
 * What kind of difference it is. Of a flag: `gained`, `lost`, `renumbered`, `became-internal` (callers outside mm
 * may no longer pass it), `became-public`. Of a function: `gained`, `lost`, `signature`, `adds`, `refuses`, `lock`,
 * `returns`, `released-by`. Of a switch: `on`, `off`.
 */
export type DifferenceKind =
  | 'gained'
  | 'lost'
  | 'renumbered'
  | 'became-internal'
  | 'became-public'
  | 'signature'
  | 'adds'
  | 'refuses'
  | 'lock'
  | 'returns'
  | 'released-by'
  | 'on'
  | 'off';

/** One difference between two releases. */
export interface ProfileDifference {
  readonly subject: 'flag' | 'function' | 'switch';
  /** Name of the flag, function or switch. */
  readonly name: string;
  readonly change: DifferenceKind;
  /**
   * What the older profile says and the newer does not: a value as hexadecimal number, a prototype, a lock contract,
   * or only those items of a list that are gone, one a string. Empty: nothing.
   */
  readonly before: readonly string[];
  /** What the newer profile says and the older does not, in the same form. */
  readonly after: readonly string[];
  /** The difference as a sentence. */
  readonly text: string;
  /** The release that brought what `to` says, that is the last change on the way from `from` to `to`. */
  readonly at: Release;
  readonly certainty: Certainty;
  readonly evidence: readonly Evidence[];
}

/**
 * What changes for somebody who goes from one release to the other; `from` may be the newer one (a backport).
 *
 * @param only names of flags, functions and switches: nothing else is looked at; null: all
 * @returns flags first, then functions, then switches, each in the order of the tables; empty for twice the same
 */
export function compareProfiles(
  from: Release,
  to: Release,
  only: ReadonlySet<string> | null = null,
): ProfileDifference[] {
  const before = profileFor(from);
  const after = profileFor(to);
  const of = <F extends { readonly name: string }>(facts: readonly F[]): readonly F[] =>
    only === null ? facts : facts.filter(({ name }) => only.has(name));
  return [
    ...flagDifferences(of(FLAGS), before, after),
    ...functionDifferences(of(FUNCTIONS), before, after),
    ...switchDifferences(of(SWITCHES), before, after),
  ];
}

interface Change {
  readonly change: DifferenceKind;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly text: string;
  /** What of a profile this change is about, as text: where it changes last is where the difference began. */
  readonly aspect: (profile: Profile) => string;
}

function* flagDifferences(
  facts: typeof FLAGS,
  before: Profile,
  after: Profile,
): Generator<ProfileDifference> {
  for (const { name, evidence } of facts) {
    const [old, now] = [before.flags.get(name), after.flags.get(name)];
    for (const change of flagChanges(name, old, now)) {
      yield difference('flag', name, change, before, after, {
        certainty: worst(old?.certainty, now?.certainty),
        evidence,
      });
    }
  }
}

function* flagChanges(
  name: string,
  old: ResolvedFlag | undefined,
  now: ResolvedFlag | undefined,
): Generator<Change> {
  const value = (profile: Profile): string => hex(profile.flags.get(name)) ?? '';
  const internal = (profile: Profile): string => String(profile.flags.get(name)?.internal ?? '');
  const [was, is] = [hex(old), hex(now)];
  if (was !== is) {
    const change = was === null ? 'gained' : is === null ? 'lost' : 'renumbered';
    const text =
      was === null
        ? `${name} exists: ${is}${now?.internal === true ? ', for mm only' : ''}`
        : is === null
          ? `${name} does not exist; it was ${was}`
          : `${name} is ${is}; it was ${was}`;
    // What came or went did so with the flag itself: another bit that it got on the way is not the difference.
    const aspect = change === 'renumbered' ? value : (profile: Profile) => String(profile.flags.has(name));
    yield { change, before: was === null ? [] : [was], after: is === null ? [] : [is], text, aspect };
  }
  if (old !== undefined && now !== undefined && old.internal !== now.internal) {
    yield {
      change: now.internal ? 'became-internal' : 'became-public',
      before: [old.internal ? 'for mm only' : 'public'],
      after: [now.internal ? 'for mm only' : 'public'],
      text: now.internal ? `${name} may only be passed by mm` : `${name} may be passed by any caller`,
      aspect: internal,
    };
  }
}

function* functionDifferences(
  facts: typeof FUNCTIONS,
  before: Profile,
  after: Profile,
): Generator<ProfileDifference> {
  for (const { name, evidence } of facts) {
    const [old, now] = [before.functions.get(name), after.functions.get(name)];
    for (const change of functionChanges(name, old, now)) {
      yield difference('function', name, change, before, after, {
        certainty: worst(old?.certainty, now?.certainty),
        evidence,
      });
    }
  }
}

/** The lists of a function's contract that are compared item by item, and the words for them. */
const LISTS: readonly {
  readonly change: DifferenceKind;
  readonly words: string;
  readonly items: (fn: ResolvedFunction) => readonly string[];
}[] = [
  { change: 'adds', words: 'adds other flags', items: fn => fn.adds.map(addedText) },
  { change: 'refuses', words: 'refuses other arguments', items: fn => fn.refuses.map(refusalText) },
  { change: 'returns', words: 'has other results', items: fn => fn.returnValues.map(returnText) },
  { change: 'released-by', words: 'is undone by other functions', items: fn => fn.releasedBy },
];

function* functionChanges(
  name: string,
  old: ResolvedFunction | undefined,
  now: ResolvedFunction | undefined,
): Generator<Change> {
  const aspect =
    (of: (fn: ResolvedFunction) => string) =>
    (profile: Profile): string => {
      const fn = profile.functions.get(name);
      return fn === undefined ? '' : of(fn);
    };
  if (old === undefined || now === undefined) {
    if (old === now) return;
    const change = old === undefined ? 'gained' : 'lost';
    yield {
      change,
      before: old === undefined ? [] : [old.signature],
      after: now === undefined ? [] : [now.signature],
      text: change === 'gained' ? `${name}() exists` : `${name}() does not exist`,
      aspect: aspect(() => 'there'),
    };
    return;
  }
  if (old.signature !== now.signature) {
    yield {
      change: 'signature',
      before: [old.signature],
      after: [now.signature],
      text: `${name}() has another signature`,
      aspect: aspect(fn => fn.signature),
    };
  }
  const [was, is] = [lockText(old.lock), lockText(now.lock)];
  if (was !== is) {
    yield {
      change: 'lock',
      before: [was],
      after: [is],
      text: `${name}() has another lock contract`,
      aspect: aspect(fn => lockText(fn.lock)),
    };
  }
  for (const { change, words, items } of LISTS) {
    const [gone, come] = [without(items(old), items(now)), without(items(now), items(old))];
    if (gone.length + come.length === 0) continue;
    yield {
      change,
      before: gone,
      after: come,
      text: `${name}() ${words}`,
      aspect: aspect(fn => items(fn).join('\n')),
    };
  }
}

function* switchDifferences(
  facts: readonly (typeof SWITCHES)[number][],
  before: Profile,
  after: Profile,
): Generator<ProfileDifference> {
  for (const fact of facts) {
    const [old, now] = [before.switches[fact.name], after.switches[fact.name]];
    if (old === now) continue;
    const change: Change = {
      change: now ? 'on' : 'off',
      before: [old ? 'on' : 'off'],
      after: [now ? 'on' : 'off'],
      text: now ? fact.meaning : `No longer: ${fact.meaning}`,
      aspect: profile => String(profile.switches[fact.name]),
    };
    yield difference('switch', fact.name, change, before, after, fact);
  }
}

function difference(
  subject: ProfileDifference['subject'],
  name: string,
  change: Change,
  before: Profile,
  after: Profile,
  source: { readonly certainty: Certainty; readonly evidence: readonly Evidence[] },
): ProfileDifference {
  return {
    subject,
    name,
    change: change.change,
    before: change.before,
    after: change.after,
    text: change.text,
    at: lastChange(before.release, after.release, change.aspect),
    certainty: source.certainty,
    evidence: source.evidence,
  };
}

/** The newest release between the two that differs from its predecessor in this aspect. */
function lastChange(from: Release, to: Release, aspect: Change['aspect']): Release {
  const [low, high] = [releaseIndex(from), releaseIndex(to)].sort((a, b) => a - b);
  const between = RELEASES.slice(low ?? 0, (high ?? 0) + 1);
  const texts = between.map(release => aspect(profileFor(release)));
  const at = texts.findLastIndex((text, index) => index > 0 && text !== texts[index - 1]);
  return between[at] ?? to;
}

function hex(flag: ResolvedFlag | undefined): string | null {
  return flag === undefined ? null : `0x${flag.value.toString(16)}`;
}

function without(items: readonly string[], others: readonly string[]): readonly string[] {
  return items.filter(item => !others.includes(item));
}

const BY_DOUBT: readonly Certainty[] = ['uncertain', 'inferred', 'read'];

function worst(...certainties: readonly (Certainty | undefined)[]): Certainty {
  return BY_DOUBT.find(certainty => certainties.includes(certainty)) ?? 'read';
}
