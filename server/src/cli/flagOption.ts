/** `--flag NAME` of `gup-lens sites`: only the calls that may pass it, and what FOLL_FORCE overrides there. */

import { FLAGS, type Release } from '../../../kernel/src/index.js';
import { forceOverrides } from '../ide/index.js';
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

/**
 * The row with what FOLL_FORCE overrides in it.
 *
 * @param kernel the release that the row is for, where it does not say so itself
 */
export function withOverrides(row: SiteRow, kernel: Release): SiteRow {
  const release = row.releases?.[0] ?? kernel;
  return { ...row, overrides: forceOverrides(row, release) };
}
