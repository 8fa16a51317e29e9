/** When what is known of a name changed, from release to release. */

import {
  compareProfiles,
  endOf,
  FLAGS,
  FUNCTIONS,
  isOlder,
  oldestFirst,
  type ProfileDifference,
  type Range,
  type Release,
  releaseBefore,
  SWITCHES,
} from '../../../../kernel/src/index.js';

/** A change that a release brought. */
export interface Change {
  /** The release that brought it. */
  readonly release: Release;
  /** As a sentence or less. */
  readonly text: string;
  readonly difference: ProfileDifference;
}

/**
 * Everything that changed about a flag, function or switch, oldest first: its own facts, and the behaviours that
 * speak of it by name. Empty for a name that stays the same, and for an unknown one.
 */
export function changesOf(name: string): readonly Change[] {
  return bordersOf(name).flatMap(release => broughtBy(release, name));
}

/**
 * Only what stands next to a release: what the last release up to it brought that changed something, and what the
 * next one will. Either is empty where there is none. Looks at no more releases than it has to.
 */
export function changesAround(
  name: string,
  release: Release,
): { readonly last: readonly Change[]; readonly next: readonly Change[] } {
  const isFuture = (one: Release): boolean => isOlder(release, one);
  const first = (releases: readonly Release[]): readonly Change[] => {
    for (const one of releases) {
      const changes = broughtBy(one, name);
      if (changes.length > 0) return changes;
    }
    return [];
  };
  const borders = bordersOf(name);
  return {
    last: first(borders.filter(one => !isFuture(one)).reverse()),
    next: first(borders.filter(isFuture)),
  };
}

/**
 * The releases, oldest first, at which a range of the facts about a name begins or has just ended: nothing can have
 * changed at any other. To compare all releases would take a hover longer than a person should wait.
 */
function bordersOf(name: string): readonly Release[] {
  const names = factsAbout(name);
  const about = [...FLAGS, ...FUNCTIONS, ...SWITCHES].filter(fact => names.has(fact.name));
  const ranges = about.flatMap(fact => Object.values(fact).flatMap(rangesIn));
  return oldestFirst(ranges.flatMap(range => [range.since, endOf(range) ?? range.since]));
}

function rangesIn(value: unknown): readonly Range[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item: unknown): item is Range => {
    return typeof item === 'object' && item !== null && 'since' in item;
  });
}

/** What a release changed about a name over the one before it. To compare all that it has takes ten times as long. */
function broughtBy(release: Release, name: string): readonly Change[] {
  const before = releaseBefore(release);
  if (before === null) return [];
  return compareProfiles(before, release, factsAbout(name)).map(difference => {
    return { release, text: changeText(difference, name), difference };
  });
}

/** The names of the facts that tell of a name: its own, and the switches whose meaning speaks of it. */
function factsAbout(name: string): ReadonlySet<string> {
  spokenOf ??= switchesByName();
  return new Set([name, ...(spokenOf.get(name) ?? [])]);
}

let spokenOf: ReadonlyMap<string, readonly string[]> | null = null;

function switchesByName(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const fact of SWITCHES) {
    for (const name of namesIn(fact.meaning)) found.set(name, [...(found.get(name) ?? []), fact.name]);
  }
  return found;
}

const KNOWN: ReadonlySet<string> = new Set(FUNCTIONS.map(({ name }) => name));

/**
 * The flags and functions that a text speaks of: `FOLL_PIN`, `get_user_pages()`, and `get_user_pages(), _remote()`
 * for both.
 */
export function namesIn(text: string): readonly string[] {
  const names: string[] = [...(text.match(/\b(?:FOLL|FAULT_FLAG|VM_FAULT)_[A-Z0-9_]+\b/g) ?? [])];
  let base: string | null = null;
  for (const [, name] of text.matchAll(/(?<![A-Za-z0-9_>])([a-z_][a-z0-9_]*)\(\)/g)) {
    if (name === undefined) continue;
    const joined: string | null = base !== null && name.startsWith('_') ? `${base}${name}` : null;
    if (joined !== null && KNOWN.has(joined)) {
      names.push(joined);
      continue;
    }
    base = name;
    if (KNOWN.has(name)) names.push(name);
  }
  return [...new Set(names)];
}

/** What a difference means to somebody who asked for `name`, which need not be said again. */
function changeText(difference: ProfileDifference, name: string): string {
  if (difference.subject === 'switch' && difference.name === name) return difference.change;
  return differenceText(difference);
}

/** A difference in short, to stand behind the name: what came and what went. */
export function differenceText(difference: ProfileDifference): string {
  const { change, before, after, text } = difference;
  switch (change) {
    case 'gained':
      return difference.subject === 'flag' ? `new: ${text.slice(text.indexOf(':') + 1).trim()}` : 'new';
    case 'lost':
      return 'gone';
    case 'renumbered':
      return `${after[0] ?? '?'}; it was ${before[0] ?? '?'}`;
    case 'became-internal':
      return 'may only be passed by mm';
    case 'became-public':
      return 'may be passed by any caller';
    case 'signature':
      return signatureChange(before[0] ?? '', after[0] ?? '');
    case 'lock':
      return `lock: ${after[0] ?? ''}`;
    case 'adds':
      return gainedAndLost('adds', 'no longer', before, after);
    case 'refuses':
      return gainedAndLost('refuses', 'no longer', before, after);
    case 'returns':
      return `results: ${returnsChange(before, after)}`;
    case 'released-by':
      return gainedAndLost('release also with', 'no longer with', before, after);
    case 'on':
    case 'off':
      return text;
  }
}

function gainedAndLost(
  gains: string,
  loses: string,
  before: readonly string[],
  after: readonly string[],
): string {
  const parts: string[] = [];
  if (after.length > 0) parts.push(`${gains} ${after.join('; ')}`);
  if (before.length > 0) parts.push(`${loses} ${before.join('; ')}`);
  return parts.join('; ');
}

/** Values that come, go or get another reason; the reasons stand in the table of results. */
function returnsChange(before: readonly string[], after: readonly string[]): string {
  const value = (text: string): string => text.split(': ', 1)[0] ?? text;
  const old = new Set(before.map(value));
  const now = new Set(after.map(value));
  const parts = [
    ['new', [...now].filter(one => !old.has(one))],
    ['gone', [...old].filter(one => !now.has(one))],
    ['other reasons for', [...now].filter(one => old.has(one))],
  ] as const;
  return parts
    .filter(([, values]) => values.length > 0)
    .map(([word, values]) => `${word} ${values.join(', ')}`)
    .join('; ');
}

/** Which parameters come and go; else the new prototype. */
function signatureChange(before: string, after: string): string {
  const [old, now] = [parametersOf(before), parametersOf(after)];
  const gone = old.filter(one => !now.includes(one));
  const come = now.filter(one => !old.includes(one));
  const parts: string[] = [];
  if (come.length > 0) parts.push(`takes ${come.map(plain).join(', ')}`);
  if (gone.length > 0) parts.push(`no longer ${gone.map(plain).join(', ')}`);
  if (parts.length === 0 || come.length + gone.length > 4) return `is now ${plain(after)}`;
  return parts.join('; ');
}

function parametersOf(prototype: string): readonly string[] {
  const inside = /\((.*)\)[^)]*$/s.exec(prototype)?.[1] ?? '';
  return inside.split(',').map(plain);
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
