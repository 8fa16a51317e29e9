/** The forms that a function had over the releases, looked up without comparing releases. */

import type { FunctionFact, ParameterFact } from './facts.js';
import { inRange, NEWEST_RELEASE, RELEASES, type Release } from './release.js';
import { endOf, isOlder, oldestFirst, releaseBefore, releaseDistance } from './releaseOrder.js';

/** One form of a function and the releases that have it. */
export type Signature = FunctionFact['signatures'][number];

/** The form that a function has in a release; null if the release has no such function. */
export function signatureIn(fact: FunctionFact, release: Release): Signature | null {
  return fact.signatures.find(range => inRange(release, range)) ?? null;
}

/** Of the forms with so many parameters the one of the nearest releases; null if no release of the tables has one. */
export function nearestSignature(fact: FunctionFact, parameters: number, release: Release): Signature | null {
  const distance = ({ since, until }: Signature): number => {
    return Math.min(releaseDistance(since, release), releaseDistance(until ?? NEWEST_RELEASE, release));
  };
  const among = fact.signatures.filter(range => range.parameters.length === parameters);
  return among.reduce<Signature | null>((best, range) => {
    return best === null || distance(range) < distance(best) ? range : best;
  }, null);
}

/** The first release from which on, without a gap up to `here`, the parameters of a function are so. */
export function parametersSince(
  fact: FunctionFact,
  here: Signature,
  isSo: (parameters: readonly ParameterFact[]) => boolean,
): Release {
  let since = here.since;
  for (let before = releaseBefore(since); before !== null; before = releaseBefore(before)) {
    const signature = signatureIn(fact, before);
    if (signature === null || !isSo(signature.parameters)) break;
    since = before;
  }
  return since;
}

/**
 * Where a function is that a release does not have.
 *
 * @returns `goneSince`: the release that is without it after the last that had it before `release`; `comesWith`: the
 *   first after `release` to have it. Either is null where there is none.
 */
export function whereElse(
  fact: FunctionFact,
  release: Release,
): { readonly goneSince: Release | null; readonly comesWith: Release | null } {
  const starts = oldestFirst(fact.signatures.map(({ since }) => since));
  const gone = oldestFirst(fact.signatures.flatMap(range => endOf(range) ?? []));
  return {
    goneSince: gone.filter(end => !isOlder(release, end)).at(-1) ?? null,
    comesWith: starts.find(start => isOlder(release, start)) ?? null,
  };
}

/** The releases of which the form of a function has so many parameters, oldest first. */
export function releasesWith(fact: FunctionFact, parameters: number): readonly Release[] {
  return RELEASES.filter(release => signatureIn(fact, release)?.parameters.length === parameters);
}
