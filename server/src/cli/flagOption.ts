/** `--flag NAME` of `gup-lens sites`: only the calls that may pass it, and what FOLL_FORCE overrides there. */

import { FLAGS, isSymbolic, overridesOfForce, profileFor, type Release } from '../../../kernel/src/index.js';
import { UsageError } from './io.js';
import { nearestNames } from './nearest.js';
import type { SiteRow } from './siteRow.js';

/**
 * The flags that the option names; `FORCE` is FOLL_FORCE.
 *
 * @throws UsageError for a name that no release has; the message names the nearest ones
 */
export function flagsAsked(names: readonly string[]): readonly string[] {
  const known = FLAGS.filter(flag => flag.namespace !== 'VM_FAULT').map(flag => flag.name);
  return names.map(name => {
    const found = [name, `FOLL_${name}`, `FAULT_FLAG_${name}`].find(each => known.includes(each));
    if (found !== undefined) return found;
    const like = nearestNames(name, known);
    throw new UsageError(
      `--flag ${name}: no such flag${like.length > 0 ? `; did you mean ${like.join(', ')}?` : ''}`,
    );
  });
}

/** Whether a call may pass one of the flags, or has its callee add it; of an empty list, any row. */
export function passesOneOf(row: SiteRow, flags: readonly string[]): boolean {
  if (flags.length === 0) return true;
  return flags.some(flag => row.flags?.may.includes(flag) === true || row.implied.includes(flag));
}

/** Whether a call hands on what its function was given, so that what it passes is known to the callers alone. */
export function handsOn(row: SiteRow): boolean {
  return row.flags?.may.some(isSymbolic) === true;
}

/**
 * The row with what FOLL_FORCE overrides in it.
 *
 * @param kernel the release that the row is for, where it does not say so itself
 */
export function withOverrides(row: SiteRow, kernel: Release): SiteRow {
  const release = row.releases?.[0] ?? kernel;
  const forced = row.effective.filter(set => set.includes('FOLL_FORCE'));
  const sets = forced.length > 0 ? forced : (row.flags?.possible ?? null);
  return { ...row, overrides: overridesOfForce(profileFor(release), sets) };
}
