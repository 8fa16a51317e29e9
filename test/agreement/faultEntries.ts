/** The page-fault entry of an architecture against touches from user mode, which enter the fault path of x86. */

import { type ModelledSimulation, simulate } from '../../simulator/src/index.js';
import { isClaimed } from './claims.js';
import type { SiteUnderTest } from './siteRuns.js';
import { SITUATIONS } from './situations.js';

/** nios2 gives a write flags of its own. */
const READS_ONLY = 'shape_nios2';

/** Touches that the entry passes on with the flags that x86 would give them; not all tell instruction fetches apart. */
export function touchesOf({ site }: SiteUnderTest): string[] {
  if (site.function === READS_ONLY) return ['user_read'];
  const fetches = site.flags?.may.includes('FAULT_FLAG_INSTRUCTION') === true;
  return ['user_read', 'user_write', ...(fetches ? ['user_exec'] : [])];
}

/**
 * What of the faults of touches the calls of a function (`tested` and those `beside` it) do not claim, each thing once.
 * A function without a first attempt under the lock of the vma is compared with faults under mmap_lock only.
 */
export function unclaimedTouches(tested: SiteUnderTest, beside: readonly SiteUnderTest[]): string[] {
  const underVmaLock = tested.site.lock.before === 'vma-lock';
  const claimed = beside
    .filter(({ site }) => (site.lock.before === 'vma-lock') === underVmaLock)
    .flatMap(({ site }) => site.fault);
  const found = new Set<string>();
  for (const fn of touchesOf(tested)) {
    for (const run of touches(fn, tested.release)) {
      for (const fault of run.outcome.faults) {
        if (fault.flags.includes('VMA_LOCK') !== underVmaLock) continue;
        const flags = fault.flags.map(flag => `FAULT_FLAG_${flag}`);
        if (!isClaimed(claimed, flags)) found.add(`fault ${flags.join('|')}`);
      }
      if (!underVmaLock) for (const text of unclaimedLocks(tested, run)) found.add(text);
    }
  }
  return [...found];
}

/** Faults under mmap_lock that leave the lock otherwise than the analysis says. */
function unclaimedLocks({ site }: SiteUnderTest, { trace, outcome }: ModelledSimulation): string[] {
  const ends = trace.filter(step => step.fault !== undefined);
  return ends.flatMap(({ fault = [], lock }, index) => {
    if (outcome.faults[index]?.flags.includes('VMA_LOCK') === true) return [];
    const dropped = fault.includes('RETRY') || fault.includes('COMPLETED');
    const held = site.lock.after !== 'held-unless-retry-or-completed' || !dropped;
    return held === (lock !== 'none') ? [] : [`lock ${lock} after ${fault.join('|') || '0'}`];
  });
}

function touches(fn: string, kernel: string): ModelledSimulation[] {
  return SITUATIONS.filter(({ opts }) => opts.length === 0)
    .map(situation =>
      simulate({ kernel, fn, flags: [], locked: null, mm: 'current', addr_offset: 0, ...situation }),
    )
    .filter(simulation => simulation.modelled);
}
