/** Whether what the analysis claims of a call leaves room for what a run did. */

import { isSymbolic, profileFor } from '../../kernel/src/index.js';
import type { FaultOutcome, ModelledSimulation } from '../../simulator/src/index.js';
import { runsOf, type SiteRun, type SiteUnderTest } from './siteRuns.js';

type Sets = readonly (readonly string[])[];

/** What depends on what the walk finds and not on the call, and so is in no set of the analysis (faultFlagsOf()). */
const OF_THE_WALK: ReadonlySet<string> = new Set(['FAULT_FLAG_TRIED', 'FAULT_FLAG_UNSHARE']);

/** Whether a set is one of `sets`; a member that stands for what a parameter brings leaves room for anything more. */
export function isClaimed(sets: Sets, flags: readonly string[]): boolean {
  return sets.some(set => {
    const known = set.filter(flag => !isSymbolic(flag));
    const open = known.length < set.length;
    return known.every(flag => flags.includes(flag)) && (open || known.length === flags.length);
  });
}

/** The flags of a fault that its call decides. */
export function faultFlags({ flags }: FaultOutcome): string[] {
  return flags.map(flag => `FAULT_FLAG_${flag}`).filter(flag => !OF_THE_WALK.has(flag));
}

/** What of the runs of a call the analysis has not claimed, each thing once; empty: they agree. */
export function unclaimed(tested: SiteUnderTest): string[] {
  const found = new Set<string>();
  for (const run of runsOf(tested)) for (const text of unclaimedOf(tested, run)) found.add(text);
  return [...found];
}

function unclaimedOf({ site, release }: SiteUnderTest, { simulation, effective }: SiteRun): string[] {
  const { outcome } = simulation;
  const texts: string[] = [];
  // __get_user_pages() adds FOLL_NUMA to itself until 6.0.
  const flags = outcome.effective_gup_flags?.filter(flag => flag !== 'FOLL_NUMA');
  if (flags !== undefined && !isClaimed(effective, flags)) texts.push(`flags ${flags.join('|')}`);
  const { forceCowBreak } = profileFor(release).switches;
  for (const fault of outcome.faults) {
    // Up to 6.0 GUP calls hugetlb_fault() itself, with flags of its own (hugetlbFaultFlagsOf()).
    if (fault.fn !== 'handle_mm_fault') continue;
    const decided = faultFlags(fault);
    const asRead = decided.filter(flag => flag !== 'FAULT_FLAG_WRITE');
    if (!isClaimed(site.fault, decided) && !(forceCowBreak && isClaimed(site.fault, asRead)))
      texts.push(`fault ${decided.join('|')}`);
  }
  if (!lockIsClaimed(site.lock.after, simulation)) {
    texts.push(`lock ${outcome.mmap_lock_held_after ? 'held' : 'not held'}, *locked ${outcome.locked_after}`);
  }
  return texts;
}

/** Whether a claim of the lock after a call holds for a run of it. */
export function lockIsClaimed(
  claim: SiteUnderTest['site']['lock']['after'],
  { outcome }: ModelledSimulation,
): boolean {
  const held = outcome.mmap_lock_held_after;
  switch (claim) {
    case 'held':
      return held;
    case 'not-held':
      return !held;
    case 'depends-on-locked':
      return held === (outcome.locked_after === 1);
    case 'held-unless-retry-or-completed': {
      const last = outcome.faults.at(-1)?.ret ?? [];
      return held || last.includes('RETRY') || last.includes('COMPLETED');
    }
    case 'caller-dependent':
    case 'unknown':
      return true;
  }
}
