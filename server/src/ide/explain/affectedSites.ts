/** The calls of one file that going from one release to another affects. */

import { compareProfiles, type Release, releaseDistance } from '../../../../kernel/src/index.js';
import type { CallSite } from '../../analysis/index.js';
import type { AnalysedFile } from '../analysedFile.js';
import { type Reason, reasonsFor } from './affected.js';

/** A call and the reasons why it is affected; at least one. */
export interface AffectedSite {
  readonly site: CallSite;
  readonly reasons: readonly Reason[];
}

/**
 * @param before the file as read for the older profile, `after` for the newer
 * @param written the release that the file was written for; null: not known
 * @returns in order of position; without calls that a condition on the version leaves to one of the two
 */
export function affectedSites(
  before: AnalysedFile,
  after: AnalysedFile,
  written: Release | null,
): AffectedSite[] {
  const [from, to] = [before.profile, after.profile];
  const step = { from, to, differences: compareProfiles(from.release, to.release) };
  const reading = readingOf(written, from.release, to.release);
  const inMm = isInMm(after.input.path);
  const old = new Map(before.sites.map(site => [`${site.span.start} ${site.kind}`, site]));
  return after.sites.flatMap(site => {
    const same = old.get(`${site.span.start} ${site.kind}`);
    if (same === undefined) return [];
    const reasons = reasonsFor({ before: same, after: site, reading }, step, inMm);
    return reasons.length === 0 ? [] : [{ site, reasons }];
  });
}

/** Which of two releases code counts as written for: that nearer to its own release, else the newer profile's. */
export function readingOf(written: Release | null, from: Release, to: Release): 'before' | 'after' {
  if (written === null) return 'after';
  return releaseDistance(from, written) < releaseDistance(to, written) ? 'before' : 'after';
}

/** Whether a file is of mm/, which may pass flags that others may not. */
export function isInMm(path: string): boolean {
  return /(?:^|\/)mm\/[^/]+$/.test(path);
}
