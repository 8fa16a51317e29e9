/** What is said of a call site where there is room for a few words: in tables, lists and trees. */

import { isSymbolic, overridesOfForce, profileFor, type Release } from '../../../kernel/src/index.js';
import type { FlagsAtSite, SiteKind } from '../analysis/index.js';

/** What the words are made of; a {@link CallSite} has it, and so do the rows that are made of one. */
export interface SpokenSite {
  readonly kind: SiteKind;
  readonly flags:
    | (Pick<FlagsAtSite, 'text' | 'possible' | 'must' | 'may'> & { readonly from: string })
    | null;
  readonly implied: readonly string[];
  readonly effective: readonly (readonly string[])[];
  readonly lock: { readonly before: string; readonly after: string };
  readonly release: { readonly how: readonly string[]; readonly kind: string };
}

const BEFORE: Readonly<Record<string, string>> = {
  'held-read': 'read',
  'held-write': 'write',
  held: 'held',
  'not-held': 'not held',
  'caller-dependent': "caller's",
  'vma-lock': 'VMA lock',
  unknown: 'unknown',
};

const AFTER: Readonly<Record<string, string>> = {
  held: 'held',
  'not-held': 'not held',
  'depends-on-locked': 'by *locked',
  'held-unless-retry-or-completed': 'unless retry',
  'caller-dependent': "caller's",
  unknown: 'unknown',
};

const PREFIX = /^(?:FOLL_|FAULT_FLAG_)/;

const short = (name: string): string => name.replace(PREFIX, '');

/**
 * What a call passes, then with `+` what the callee adds. Flags of every path come first, then those of some with `±`;
 * without prefixes, caller's values as `param:x`; what could not be told as written, with a `?`. Empty where the callee
 * knows no flags.
 */
export function flagsInShort({ flags, implied }: Pick<SpokenSite, 'flags' | 'implied'>): string[] {
  const adds = implied.map(name => `+${short(name)}`);
  if (flags === null) return adds;
  const must = new Set(flags.must);
  const words = flags.must.map(short);
  for (const name of flags.may) if (!must.has(name)) words.push(`±${short(name)}`);
  if (words.length > 0) return [...words, ...adds];
  return [flags.from === 'unknown' ? `${flags.text.replace(/\s+/g, ' ')}?` : 'no flags', ...adds];
}

/** The mmap_lock before and after: `read → by *locked`; '' where the call has nothing to do with it. */
export function lockInShort({ kind, lock }: Pick<SpokenSite, 'kind' | 'lock'>): string {
  if (kind === 'unpin' || kind === 'handler') return '';
  return `${BEFORE[lock.before] ?? lock.before} → ${AFTER[lock.after] ?? lock.after}`;
}

/** What releases the pages, and who has them: `unpin_user_page (stored)`; '' where none are got. */
export function releaseInShort({ release }: Pick<SpokenSite, 'release'>): string {
  const [how] = release.how;
  if (release.kind === 'none' || how === undefined) return '';
  return release.kind === 'unknown' ? how : `${how} (${release.kind})`;
}

/** Whether a call may pass one of the flags, or has its callee add it; of an empty list, any call. */
export function passesOneOf(
  { flags, implied }: Pick<SpokenSite, 'flags' | 'implied'>,
  names: readonly string[],
): boolean {
  if (names.length === 0) return true;
  return names.some(name => flags?.may.includes(name) === true || implied.includes(name));
}

/** Whether a call hands on what its function was given, so that what it passes is known to the callers alone. */
export function handsOn({ flags }: Pick<SpokenSite, 'flags'>): boolean {
  return flags?.may.some(isSymbolic) === true;
}

/** What FOLL_FORCE has a call do in a release that it may not do without. */
export function forceOverrides(
  { flags, effective }: Pick<SpokenSite, 'flags' | 'effective'>,
  release: Release,
): readonly string[] {
  const forced = effective.filter(set => set.includes('FOLL_FORCE'));
  const sets = forced.length > 0 ? forced : (flags?.possible ?? null);
  return overridesOfForce(profileFor(release), sets);
}
