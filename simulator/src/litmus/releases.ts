/** Releases as a litmus file names them: `6.1`, `4.8..5.10`, `5.11..`, `..5.8`, or several of these with commas. */

import {
  isOlder,
  NEWEST_RELEASE,
  OLDEST_RELEASE,
  oldestFirst,
  type Release,
  releasesBetween,
  resolveRelease,
} from '../../../kernel/src/index.js';

/** The releases that a text names, oldest first, or what is wrong with it. */
export function releasesNamed(
  text: string,
): { readonly releases: readonly Release[] } | { readonly error: string } {
  const found = new Set<Release>();
  for (const part of text.split(',')) {
    const ends = part.split('..').map(end => end.trim());
    if (ends.length > 2) return { error: `${JSON.stringify(part.trim())}: write a range as 4.8..5.10` };
    const [first, last] = ends.length === 1 ? [ends[0], ends[0]] : ends;
    const from = named(first === '' && ends.length === 2 ? OLDEST_RELEASE : (first ?? ''));
    const to = named(last === '' && ends.length === 2 ? NEWEST_RELEASE : (last ?? ''));
    if ('error' in from) return from;
    if ('error' in to) return to;
    if (isOlder(to.release, from.release))
      return { error: `${from.release} is newer than ${to.release}; write ${to.release}..${from.release}` };
    for (const release of releasesBetween(from.release, to.release)) found.add(release);
  }
  return { releases: oldestFirst(found) };
}

function named(text: string): { readonly release: Release } | { readonly error: string } {
  const resolved = resolveRelease(text);
  if ('error' in resolved) return { error: resolved.error };
  // What a release is taken for that the tables do not have, nothing was expected of.
  return resolved.exact || resolved.note === null ? { release: resolved.release } : { error: resolved.note };
}
