/** What FOLL_FORCE has a walk do that it would refuse, or wait for, without it. */

import { isSymbolic } from './gupFlags.js';
import type { Profile } from './profile.js';

/**
 * What the flag overrides, one clause each, in the order of check_vma_flags() and follow_page_pte().
 *
 * @param sets the sets of flags that the call may pass; those without FOLL_FORCE do not matter. null: not known, so that
 *   both a read and a write count
 */
export function overridesOfForce(
  profile: Profile,
  sets: readonly (readonly string[])[] | null,
): readonly string[] {
  const forced = sets?.filter(set => set.includes('FOLL_FORCE')) ?? null;
  const writes = forced === null || forced.some(set => set.includes('FOLL_WRITE') || set.some(isSymbolic));
  const reads = forced === null || forced.some(set => !set.includes('FOLL_WRITE'));
  const { shadowStackRefused, hugetlbForceWriteRefused, numaFlag, protnoneFollowedWithForceOnly } =
    profile.switches;
  const overrides: string[] = [];
  if (writes) {
    const besides = hugetlbForceWriteRefused ? ', hugetlb aside' : '';
    overrides.push(
      `writes without VM_WRITE: to a copy in a private mapping that has VM_MAYWRITE${besides}; the task itself still may not write`,
    );
    if (shadowStackRefused) overrides.push('writes to a shadow stack');
  }
  if (reads) overrides.push('reads without VM_READ, if VM_MAYREAD is there');
  if (numaFlag || protnoneFollowedWithForceOnly)
    overrides.push('follows PROT_NONE entries, NUMA hints among them, without a fault');
  return overrides;
}
