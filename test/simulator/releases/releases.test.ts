/**
 * Every release of the tables by its switches: the same call just before and just at a change, with the outcomes that were
 * read of the sources on both sides.
 */

import { describe, expect, it } from 'vitest';
import { profileFor, SWITCHES, type SwitchName } from '../../../kernel/src/index.js';
import { simulate } from '../../../simulator/src/index.js';
import { scenario } from '../scenarios.js';
import { type Change, outcomeIn, testChange } from './across.js';
import { CALLS } from './calls.js';
import { COPY_ON_WRITE } from './copyOnWrite.js';
import { FAULT_PATH, VMA_LOCK_FAULTS } from './faultPath.js';
import { FILES } from './files.js';
import { HUGE_PAGES } from './hugePages.js';
import { HUGETLB } from './hugetlb.js';
import { MORE } from './more.js';
import { POPULATE } from './populate.js';
import { WALK } from './walk.js';

const TABLES: Readonly<Record<string, readonly Change[]>> = {
  arguments: CALLS,
  'the walk': WALK,
  'copy on write': COPY_ON_WRITE,
  'the fault path': FAULT_PATH,
  'the lock of the vma': VMA_LOCK_FAULTS,
  hugetlb: HUGETLB,
  'files of a disk': FILES,
  'huge pages and O_DIRECT': HUGE_PAGES,
  'filling a range': POPULATE,
  'flags, gup-fast and the lists of reclaim': MORE,
};

/** Switches that no scenario tells apart in two neighbouring releases, and why. */
const NOT_BY_OUTCOME: { readonly [Name in SwitchName]?: string } = {
  explicitFlags: 'before, a call had no flags to give',
  gupFastTakesFlags: 'before, a call had no flags to give',
  remoteTakesLocked: 'before, a call had no pointer to give',
  dumpPageTakesLocked: 'before, a call had no pointer to give',
  longtermNeedsPin: 'since v5.10 the functions without FOLL_PIN refuse FOLL_LONGTERM before',
  numaFlag: 'the rule that came after it is the same, but for the name of the flag',
  nowaitKeepsLocked: 'before, outside the model',
  hugetlbNowaitKeepsLocked: 'before, outside the model',
  hugetlbPageType: 'v6.9 to v6.11 are not modelled: what a walk reads for a map count is not known there',
  pageTypeNumber: 'v6.9 to v6.11 are not modelled: what a walk reads for a map count is not known there',
  forkCopiesPinned: 'no call forks: test/simulator/otherTasks.test.ts',
  wpReusesKsm: 'merged pages of recordings have two mappings at least: test/litmus/guards/gup-fast-ksm',
  forkWriteProtectSeq: 'no call forks: test/simulator/otherTasks.test.ts',
  reclaimSkipsPinned: 'no call reclaims pages: test/simulator/otherTasks.test.ts',
  mprotectUpgradesWrite: 'no call is mprotect(): test/simulator/otherTasks.test.ts',
  gupFastHoldsFlushesUp:
    'no call changes entries while gup-fast looks at them: test/simulator/guards.test.ts',
  gupFastRechecksPmd: 'no call collapses a page table while gup-fast walks it',
  mprotectUpgradesWriteHuge: 'no call is mprotect(): test/simulator/hugeTasks.test.ts',
  forkCopiesPinnedHugetlb: 'no call forks: test/simulator/hugeTasks.test.ts',
  forkWriteProtectSeqHugetlb: 'no call forks: test/simulator/hugeTasks.test.ts',
  softDirtySkipsPinned: 'no call clears soft-dirty bits: test/simulator/hugeTasks.test.ts',
  madvPageout: 'no call reclaims pages: test/simulator/hugeTasks.test.ts',
  madvCollapse: 'no call collapses pages: test/simulator/hugeTasks.test.ts',
  collapseNeedsWritable: 'no call collapses pages: test/simulator/hugeTasks.test.ts',
  anonLargeFolios: 'before, there were none: test/simulator/hugeTasks.test.ts',
  ioUringFixedBuffers: 'no call is of io_uring: test/litmus/selftests',
  ioUringPinsFast: 'no call is of io_uring: test/litmus/selftests',
  ioUringRefusesFiles: 'no call is of io_uring: test/litmus/selftests',
  ioUringTakesShmem: 'no call is of io_uring: test/litmus/selftests',
  uffdPoison: 'before, a monitor could not',
  daxPagesCounted: 'since, outside the model',
};

const VMA = { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 } as const;
const MONITORED = { ...VMA, uffd: { mode: 'missing', plan: 'C' } } as const;

for (const [title, changes] of Object.entries(TABLES)) {
  describe(title, () => {
    for (const change of changes) {
      it(`${change.before[0]} and ${change.since[0]}: ${change.what}`, () => testChange(change));
    }
  });
}

describe('the switches of the simulator', () => {
  it('each changes what some call does, or says why not', () => {
    const seen = new Set<SwitchName>(
      Object.values(TABLES).flatMap(changes => changes.flatMap(each => each.of)),
    );
    // No release has a proposal: test/discussions runs with and without each. A guard shows between tasks alone.
    const asked = SWITCHES.filter(({ kind, reads }) => reads === 'simulator' && kind === 'change').map(
      ({ name }) => name,
    );
    expect(asked.filter(name => !seen.has(name) && NOT_BY_OUTCOME[name] === undefined)).toEqual([]);
    expect(Object.keys(NOT_BY_OUTCOME).filter(name => seen.has(name as SwitchName))).toEqual([]);
  });

  it('go on or off between the two releases of a change', () => {
    const wrong = Object.values(TABLES)
      .flat()
      .flatMap(({ what, of, before, since }) => {
        const [old, now] = [profileFor(before[0]).switches, profileFor(since[0]).switches];
        return of.filter(name => old[name] === now[name]).map(name => `${what}: ${name}`);
      });
    expect(wrong).toEqual([]);
  });
});

describe('what one release alone has', () => {
  it('get_user_pages_locked() is there until 5.17, and may drop the lock', () => {
    const changes = { fn: 'get_user_pages_locked', locked: 1, vma: MONITORED } as const;
    expect(outcomeIn('5.17', changes)).toMatchObject({ ret: 1, locked_after: 0 });
    const gone = simulate(scenario({ ...changes, kernel: '5.18' }));
    expect(gone).toMatchObject({ modelled: false, reason: expect.stringContaining('no such function') });
  });

  it('get_dump_page() of 7.3 leaves a lock that its caller holds', () => {
    const changes = { fn: 'get_dump_page', page_state: 'write_populated' } as const;
    expect(outcomeIn('7.3', { ...changes, locked: 1 })).toMatchObject({ locked_after: 1, lock_events: [] });
    expect(outcomeIn('7.3', { ...changes, locked: 0 })).toMatchObject({
      locked_after: 0,
      lock_events: ['start_read', 'acquired_read', 'release_read'],
    });
  });

  it('4.15: FOLL_NOWAIT with a locked pointer leaves the lock taken twice, which is outside the model', () => {
    const changes = {
      fn: 'get_user_pages_remote',
      mm: 'remote',
      locked: 1,
      vma: MONITORED,
      flags: ['FOLL_NOWAIT'],
    } as const;
    const before = simulate(scenario({ ...changes, kernel: '4.15' }));
    expect(before).toMatchObject({ modelled: false, reason: expect.stringContaining('FOLL_NOWAIT') });
    expect(outcomeIn('4.16', changes)).toMatchObject({ ret: 0, locked_after: 1 });
  });
});
