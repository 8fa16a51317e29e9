/** How one row of the switches is written. */

import type { Certainty, Evidence, Range, SwitchKind } from '../facts.js';
import type { Release } from '../release.js';

/** A switch without its name, which is the key it stands under. */
export interface Behaviour {
  /** What is so while the switch is on, in one sentence. */
  readonly meaning: string;
  readonly on: readonly Range[];
  readonly certainty: Certainty;
  readonly evidence: readonly Evidence[];
  readonly kind: SwitchKind;
}

/** Releases from `since` to `until`, both included; no `until`: to the newest. */
export function range(since: Release, until?: Release): Range {
  return until === undefined ? { since } : { since, until };
}

/**
 * A behaviour that was read in trees on both sides of its edges. Where the tree that was read of a release had a
 * change by backport (6.1.192, 6.12.117, 5.10.7), the release counts as having it: the meaning says so. It says too
 * where one is not counted (4.15.18, 5.7.14).
 */
export function behaviour(meaning: string, on: readonly Range[], where: string, commit?: string): Behaviour {
  const evidence = [commit === undefined ? { where } : { where, commit }];
  return { meaning, on, certainty: 'read', evidence, kind: 'change' };
}

/** The same where an edge falls on a release that was not read, or where sources leave a doubt. */
export function uncertain(meaning: string, on: readonly Range[], where: string, commit?: string): Behaviour {
  return { ...behaviour(meaning, on, where, commit), certainty: 'uncertain' };
}

/** Proposed on the list and in no release: off everywhere, so that a comparison can turn it on. */
export function proposal(meaning: string, where: string): Behaviour {
  return { ...behaviour(meaning, [], where), kind: 'proposal' };
}

/** What every release has from some time on, and a test can leave out to show what it is there for. */
export function guard(meaning: string, on: readonly Range[], where: string, commit?: string): Behaviour {
  return { ...behaviour(meaning, on, where, commit), kind: 'guard' };
}
