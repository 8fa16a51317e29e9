import { readFileSync } from 'node:fs';
import { inRange, RELEASES, RELEASES_NOT_READ, type Release } from '../../kernel/src/index.js';

/** The objects of a fixture with one JSON object a line. */
export function readLines<T>(name: string): readonly T[] {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T);
}

/** Releases of which a tree was read: the fixtures speak of these. */
export const READ: readonly Release[] = RELEASES.filter(release => !RELEASES_NOT_READ.has(release));

/** Releases of a line of a fixture, both included; `until` null: to the newest. */
export interface Lifetime {
  readonly since: Release;
  readonly until: Release | null;
}

/** Whether a line of a fixture speaks of `release`. */
export function holdsIn(release: Release, { since, until }: Lifetime): boolean {
  return inRange(release, until === null ? { since } : { since, until });
}
