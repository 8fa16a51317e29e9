/** Before and after among the releases of the tables: the layers above ask these instead of comparing releases. */

import type { Range } from './facts.js';
import { compareReleases, RELEASES, type Release, releaseIndex } from './release.js';

/** Whether `release` came out before `other`; false of twice the same. */
export function isOlder(release: Release, other: Release): boolean {
  return compareReleases(release, other) < 0;
}

/** The release before one; null for the oldest of the tables. */
export function releaseBefore(release: Release): Release | null {
  return RELEASES[releaseIndex(release) - 1] ?? null;
}

/** The release after one; null for the newest of the tables. */
export function releaseAfter(release: Release): Release | null {
  return RELEASES[releaseIndex(release) + 1] ?? null;
}

/** All releases from one to another, both included, oldest first; empty if `from` is the newer one. */
export function releasesBetween(from: Release, to: Release): readonly Release[] {
  return RELEASES.slice(releaseIndex(from), releaseIndex(to) + 1);
}

/** Releases without repetition, oldest first; a text that names none is left out. */
export function oldestFirst(releases: Iterable<string>): readonly Release[] {
  const wanted = new Set(releases);
  return RELEASES.filter(release => wanted.has(release));
}

/** How many releases lie between two, counting one of them: 0 for twice the same. */
export function releaseDistance(release: Release, other: Release): number {
  return Math.abs(compareReleases(release, other));
}

/** Of some releases the one fewest releases away from `own`, the older of two; null of none. */
export function nearestRelease(own: Release, among: Iterable<Release>): Release | null {
  return nearestFirst(own, among)[0] ?? null;
}

/** Releases without repetition by their distance from `own`, the older of two first. */
export function nearestFirst(own: Release, among: Iterable<Release>): readonly Release[] {
  return [...oldestFirst(among)].sort((a, b) => releaseDistance(a, own) - releaseDistance(b, own));
}

/** The release after the last one of a range; null if the range goes up to the newest of the tables. */
export function endOf({ until }: Range): Release | null {
  return until === undefined ? null : releaseAfter(until);
}
