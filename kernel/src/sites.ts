/** Which names are call sites, in this release and in any other. */

import { FUNCTIONS } from './functions/index.js';
import { type Profile, type ResolvedFunction, resolveFunction } from './profile.js';
import { inRange, RELEASES, type Release, releaseIndex } from './release.js';

/** The kinds of function that are call sites. */
export type SiteFunctionKind = 'gup' | 'unpin' | 'fault-entry';

/** Functions whose calls are call sites, over all releases: a stable tree has backported ones, a vendor tree old ones. */
export const SITE_FUNCTIONS: ReadonlyMap<string, SiteFunctionKind> = new Map(
  FUNCTIONS.flatMap(fact =>
    fact.kind === 'other' || fact.signatures.length === 0 ? [] : [[fact.name, fact.kind] as const],
  ),
);

/** The call sites that get pages for their callers, over all releases. */
export const ACQUIRING_FUNCTIONS: ReadonlySet<string> = new Set(
  FUNCTIONS.filter(({ name, kind, acquires }) => {
    return SITE_FUNCTIONS.has(name) && kind === 'gup' && acquires !== 'none';
  }).map(({ name }) => name),
);

/** By profile: functions that its release does not have. */
const elsewhere = new WeakMap<Profile, Map<string, ResolvedFunction | null>>();

/**
 * The function as the profile's release has it; where that release does not have it (a backport, or removed since),
 * as the nearest release that does. null: no call site in any release.
 */
export function siteFunction(profile: Profile, name: string): ResolvedFunction | null {
  if (!SITE_FUNCTIONS.has(name)) return null;
  const own = profile.functions.get(name);
  if (own !== undefined) return own;
  const known = elsewhere.get(profile) ?? new Map<string, ResolvedFunction | null>();
  elsewhere.set(profile, known);
  const old = known.get(name);
  if (old !== undefined) return old;
  const nearest = nearestTo(profile.release, name);
  known.set(name, nearest);
  return nearest;
}

function nearestTo(wanted: Release, name: string): ResolvedFunction | null {
  const fact = FUNCTIONS.find(candidate => candidate.name === name);
  if (fact === undefined) return null;
  const here = releaseIndex(wanted);
  let nearest: Release | null = null;
  for (const release of RELEASES) {
    if (!fact.signatures.some(range => inRange(release, range))) continue;
    const closer =
      nearest === null || Math.abs(releaseIndex(release) - here) < Math.abs(releaseIndex(nearest) - here);
    if (closer) nearest = release;
  }
  return nearest === null ? null : resolveFunction(fact, nearest);
}

/** The members of struct vm_operations_struct whose functions are fault handlers. */
export const HANDLER_OPS = ['fault', 'page_mkwrite', 'pfn_mkwrite', 'huge_fault', 'map_pages'] as const;

/** Handlers that mm exports for others to install or to call. */
export const CORE_HANDLERS: ReadonlyMap<string, (typeof HANDLER_OPS)[number]> = new Map([
  ['filemap_fault', 'fault'],
  ['filemap_map_pages', 'map_pages'],
  ['filemap_page_mkwrite', 'page_mkwrite'],
]);
