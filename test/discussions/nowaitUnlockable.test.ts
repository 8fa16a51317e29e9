/** FOLL_UNLOCKABLE against FOLL_NOWAIT (May 2023): docs/discussions/nowait-unlockable.md. */

import { describe, expect, it } from 'vitest';
import { FOLL } from '../../simulator/src/flagSets.js';
import type { Outcome, Scenario } from '../../simulator/src/index.js';
import { simulate } from '../../simulator/src/index.js';
import { getUserPages } from '../../simulator/src/ops/getUserPages.js';
import { take } from '../../simulator/src/state/index.js';
import { machine, machines, run } from '../simulator/machines.js';
import { scenario } from '../simulator/scenarios.js';
import { compareWith, SITUATIONS, withSwitch } from './situations.js';

/** One release for each way in which the walk and the fault path differ since FOLL_UNLOCKABLE. */
const RELEASES = ['6.3', '6.4', '6.5', '6.6', '6.7', '6.9', '6.12', '7.3'] as const;

const MAY_UNLOCK: ReadonlySet<string> = new Set([
  'get_user_pages_remote',
  'pin_user_pages_remote',
  'get_user_pages_unlocked',
  'pin_user_pages_unlocked',
]);

/** Calls that may drop the lock in every recorded situation, with FOLL_NOWAIT added where it was not. */
const WITH_NOWAIT: readonly Scenario[] = SITUATIONS.filter(
  ({ fn, locked }) => MAY_UNLOCK.has(fn) && (locked === 1 || fn.endsWith('_unlocked')),
).map(each => ({ ...each, flags: [...new Set([...each.flags, 'FOLL_NOWAIT'])] }));

/** What a caller can tell, and what happens to the lock: all but the flags on the way. */
function withoutFlags(outcome: Outcome): unknown {
  const { effective_gup_flags: _, gup_calls, faults, ...rest } = outcome;
  return {
    ...rest,
    gup_calls: gup_calls.map(({ nr, locked_ptr, ret }) => ({ nr, locked_ptr, ret })),
    faults: faults.map(({ fn, page, ret }) => ({ fn, page, ret })),
  };
}

const SWAPPED = scenario({
  kernel: '6.3',
  fn: 'get_user_pages_unlocked',
  flags: ['FOLL_NOWAIT'],
  page_state: 'swapped_out',
});

function faultFlags(of: Scenario, proposed: boolean): readonly string[] | undefined {
  const simulation = simulate(of, proposed ? withSwitch('nowaitNotUnlockable') : undefined);
  return simulation.modelled ? simulation.outcome.faults[0]?.flags : undefined;
}

describe('FOLL_UNLOCKABLE against FOLL_NOWAIT', () => {
  it('as it is: RETRY_NOWAIT, which never waits, together with KILLABLE, which is for waiting', () => {
    for (const kernel of RELEASES) {
      const flags = faultFlags({ ...SWAPPED, kernel }, false);
      expect(flags).toEqual(['ALLOW_RETRY', 'RETRY_NOWAIT', 'KILLABLE']);
    }
  });

  it('with the proposal KILLABLE is gone', () => {
    for (const kernel of RELEASES) {
      const flags = faultFlags({ ...SWAPPED, kernel }, true);
      expect(flags).toEqual(['ALLOW_RETRY', 'RETRY_NOWAIT']);
    }
  });

  it('before v6.3 a locked pointer had the same effect', () => {
    expect(faultFlags({ ...SWAPPED, kernel: '6.2' }, false)).toEqual([
      'ALLOW_RETRY',
      'RETRY_NOWAIT',
      'KILLABLE',
    ]);
    expect(faultFlags({ ...SWAPPED, kernel: '6.2' }, true)).toEqual([
      'ALLOW_RETRY',
      'RETRY_NOWAIT',
      'KILLABLE',
    ]);
  });

  const compared = compareWith('nowaitNotUnlockable', RELEASES, WITH_NOWAIT);

  it('only flags differ, in every situation in which anything does', () => {
    expect(WITH_NOWAIT.length).toBeGreaterThan(1000);
    expect(compared.length).toBeGreaterThan(WITH_NOWAIT.length * (RELEASES.length - 1));
    const wrong = compared.filter(
      each =>
        JSON.stringify(withoutFlags(each.with.outcome)) !==
        JSON.stringify(withoutFlags(each.without.outcome)),
    );
    expect(wrong.map(each => each.scenario)).toEqual([]);
  });

  it('takes the flag from every call that has a walk', () => {
    const withFlag = (outcome: Outcome): boolean =>
      outcome.gup_calls.some(call => call.gup_flags.includes('FOLL_UNLOCKABLE'));
    const walked = compared.filter(each => withFlag(each.without.outcome));
    expect(walked.length).toBeGreaterThan(compared.length / 2);
    expect(compared.filter(each => withFlag(each.with.outcome))).toEqual([]);
  });

  it('KILLABLE and INTERRUPTIBLE are all that the faults lose, and hugetlb up to v6.5 does not', () => {
    const lost = new Set<string>();
    for (const each of compared) {
      each.without.outcome.faults.forEach((fault, index) => {
        const left = each.with.outcome.faults[index]?.flags ?? [];
        for (const flag of fault.flags) if (!left.includes(flag)) lost.add(flag);
      });
    }
    expect([...lost].sort()).toEqual(['INTERRUPTIBLE', 'KILLABLE']);
    const huge = compared.filter(
      each => each.release === '6.5' && each.without.outcome.faults[0]?.fn === 'hugetlb_fault',
    );
    expect(huge.length).toBeGreaterThan(0);
    expect(huge.filter(each => each.with.outcome.faults[0]?.flags.includes('KILLABLE') !== true)).toEqual([]);
  });

  it('a call with FOLL_NOWAIT never lets go of the lock that its caller holds', () => {
    const dropped = compared.filter(
      ({ scenario: { fn }, without: { outcome } }) =>
        !fn.endsWith('_unlocked') && (outcome.lock_events.length > 0 || outcome.locked_after === 0),
    );
    expect(dropped.map(each => each.scenario)).toEqual([]);
  });
});

describe('the contract of locked', () => {
  /** A call of each function with each kind of `locked`, on a page whose fault has to wait. */
  const waiting = { page_state: 'swapped_out' } as const;

  it('is kept by whoever fills a range: the walk that may drop the lock has a pointer to say so', () => {
    const ranges = SITUATIONS.filter(({ fn }) => fn.startsWith('madvise_populate_') || fn === 'mlock');
    expect(ranges.length).toBeGreaterThan(50);
    for (const kernel of ['5.14', '6.1', '6.3', '6.8', '6.9', '6.12'] as const) {
      const walks = ranges.flatMap(range => {
        const simulation = simulate({ ...range, kernel });
        return simulation.modelled ? simulation.outcome.gup_calls : [];
      });
      expect(walks.length).toBeGreaterThan(50);
      expect(walks.filter(({ locked_ptr }) => !locked_ptr)).toEqual([]);
    }
  });

  it('is asserted: a walk with FOLL_UNLOCKABLE and without a pointer is none of the kernel', () => {
    const only = machine(machines(1, '6.3'), 0);
    take(only.mm.mmapLock, 0, 'read');
    const walk = (flags: number, locked: { value: 0 | 1 } | null) => () =>
      run(only, getUserPages(only, 0, 1, flags, null, locked));
    expect(walk(FOLL.UNLOCKABLE, null)).toThrow('FOLL_UNLOCKABLE without a locked pointer');
    expect(walk(FOLL.UNLOCKABLE, { value: 1 })).not.toThrow();
    expect(walk(0, null)).not.toThrow();
  });

  it('a pointer that is not NULL lets the lock go; NULL keeps it', () => {
    for (const kernel of ['4.16', '5.10', '6.1', '6.3', '6.12'] as const) {
      const remote = { ...waiting, kernel, fn: 'get_user_pages_remote', mm: 'remote' as const };
      const given = simulate(scenario({ ...remote, locked: 1 }));
      const none = simulate(scenario({ ...remote, locked: null }));
      expect(given.modelled && given.outcome.locked_after).toBe(0);
      expect(given.modelled && given.outcome.mmap_lock_held_after).toBe(false);
      expect(none.modelled && none.outcome.mmap_lock_held_after).toBe(true);
      expect(none.modelled && none.outcome.lock_events).toEqual([]);
    }
  });
});
