/** Where a FOLL_ flag ends up: the FAULT_FLAG_ bits that it adds to the first page fault of a walk. */

import {
  faultFlagsOf,
  type Profile,
  type ResolvedFunction,
  siteFunction,
} from '../../../../kernel/src/index.js';

/** What a flag makes of the fault. */
export interface Becomes {
  /** FAULT_FLAG_ names, by bit value. */
  readonly flags: readonly string[];
  /** What else is to be said of it, as sentences. */
  readonly remarks: readonly string[];
}

/** Of a flag of another namespace, or one that no fault ever sees: nothing. */
export function becomesOf(profile: Profile, name: string): Becomes {
  // The walk with and without the flag; once where the lock may be dropped, once where it may not.
  const walk = siteFunction(profile, 'get_user_pages_remote');
  if (walk === null || !name.startsWith('FOLL_')) return { flags: [], remarks: [] };
  const kept = added(profile, walk, name, false);
  const dropping = added(profile, walk, name, true);
  const remarks: string[] = [];
  if (kept === null) remarks.push('No fault is taken: what is not there is an error.');
  const flags = [...new Set([...(kept ?? []), ...(dropping ?? [])])];
  const only = (dropping ?? []).filter(flag => kept !== null && !kept.includes(flag));
  if (only.length > 0 && name !== UNLOCKABLE) {
    remarks.push(`${only.join(', ')} only if the lock may be dropped.`);
  }
  if (name === 'FOLL_PIN' && profile.switches.unshareBeforePin) {
    flags.push('FAULT_FLAG_UNSHARE');
    remarks.push(
      'FAULT_FLAG_UNSHARE without FOLL_WRITE, when the walk finds an anonymous page that is not exclusive.',
    );
  }
  if (TAKES_PAGES.has(name) && profile.switches.forceCowBreak) {
    flags.push('FAULT_FLAG_WRITE');
    remarks.push('FAULT_FLAG_WRITE in a private mapping that may be written, for a read too.');
  }
  return { flags, remarks };
}

/** Flags with which a walk takes a reference or a pin. */
const TAKES_PAGES: ReadonlySet<string> = new Set(['FOLL_GET', 'FOLL_PIN']);

const UNLOCKABLE = 'FOLL_UNLOCKABLE';

/** What `name` adds to the fault's flags; null: with it, no fault is taken. */
function added(
  profile: Profile,
  walk: ResolvedFunction,
  name: string,
  mayDrop: boolean,
): readonly string[] | null {
  const others = mayDrop && name !== UNLOCKABLE ? [UNLOCKABLE] : [];
  const args = { locked: mayDrop ? 'given' : 'null', pages: 'given' } as const;
  const without = faultFlagsOf(profile, walk, others, args) ?? [];
  const having = faultFlagsOf(profile, walk, [...others, name], args);
  return having === null ? null : having.filter(flag => !without.includes(flag));
}
