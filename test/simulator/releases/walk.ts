/** What the slow walk and the lockless walk find and return. */

import type { Change } from './across.js';

const ANON = { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 } as const;
const PFN = {
  kind: 'driver',
  share: 'shared',
  prot: 'rw-',
  vm_flags: '0x1c0000fb',
  len: 16384,
  driver: 'mixedmap_special_pfn',
  fault_prog: [],
  mkwrite_prog: [],
} as const;

function monitored(plan: string) {
  return { ...ANON, uffd: { mode: 'missing', plan } };
}

const REMOTE = { fn: 'get_user_pages_remote', mm: 'remote', locked: 1 } as const;

export const WALK: readonly Change[] = [
  {
    what: 'a page frame without struct page, for a reference: -EFAULT, then -EEXIST',
    of: ['pfnIsEexist'],
    scenario: { vma: PFN },
    before: ['5.17', { ret: -14, faults: ['-> NOPAGE'] }],
    since: ['5.18', { ret: -17, faults: ['-> NOPAGE'] }],
  },
  {
    what: 'a pin counts such an entry as a page',
    of: ['pfnIsEexist'],
    scenario: { vma: PFN, fn: 'pin_user_pages' },
    before: ['5.17', { ret: 1, held: [], refcount_delta: null }],
    since: ['5.18', { ret: -17, held: [], refcount_delta: null }],
  },
  {
    what: 'a pending SIGKILL ends the walk',
    of: ['fatalSignalIsEintr'],
    scenario: { opts: ['sigkill_pending'] },
    before: ['5.6', { ret: -512 }],
    since: ['5.7', { ret: -4 }],
  },
  {
    what: 'a fault that may drop the lock is killable',
    of: ['killableFaults'],
    scenario: REMOTE,
    before: ['5.6', { faults: ['ALLOW_RETRY REMOTE ->'] }],
    since: ['5.7', { faults: ['ALLOW_RETRY KILLABLE REMOTE ->'] }],
  },
  {
    what: 'a second retry may drop the lock again; before, it could not, and a userfault is SIGBUS then',
    of: ['retryMayRepeat'],
    scenario: { ...REMOTE, vma: monitored('WC') },
    before: ['5.6', { ret: -14, faults: ['ALLOW_RETRY REMOTE -> RETRY', 'TRIED REMOTE -> SIGBUS'] }],
    since: [
      '5.7',
      {
        ret: 1,
        faults: ['ALLOW_RETRY KILLABLE REMOTE -> RETRY', 'ALLOW_RETRY KILLABLE TRIED REMOTE -> RETRY'],
      },
    ],
  },
  {
    what: 'with pages NULL the retry loop runs too',
    of: ['retryWithoutPages'],
    scenario: { ...REMOTE, vma: monitored('C'), opts: ['pages_null'] },
    before: ['5.1', { ret: 0, locked_after: 0, lock_events: ['release_read'] }],
    since: [
      '5.2',
      {
        ret: 1,
        locked_after: 0,
        lock_events: ['release_read', 'start_read', 'acquired_read', 'release_read'],
      },
    ],
  },
  {
    what: 'pins are counted',
    of: ['pinCounting'],
    scenario: { fn: 'pin_user_pages', flags: ['FOLL_WRITE'] },
    before: ['5.6', { ret: 1, refcount_delta: 1, pincount: 0 }],
    since: ['5.7', { ret: 1, refcount_delta: 1024, pincount: 1 }],
  },
  {
    what: 'a pin of the zero page counts nothing',
    of: ['zeroPagePinNotCounted'],
    scenario: { fn: 'pin_user_pages' },
    before: ['6.0', { refcount_delta: 1024, pincount: 1, held: ['zero_page'] }],
    since: ['6.1', { refcount_delta: 0, pincount: 0, held: ['zero_page'] }],
  },
  {
    what: 'a long-term pin moves the page out of ZONE_MOVABLE',
    of: ['longtermMovesMovable'],
    scenario: {
      fn: 'pin_user_pages',
      flags: ['FOLL_WRITE', 'FOLL_LONGTERM'],
      variant: 'movable',
      page_state: 'write_populated',
    },
    before: ['5.12', { same_page_as_before: true, held: ['anon', 'movable_zone', 'maybe_dma_pinned'] }],
    since: ['5.13', { same_page_as_before: false, held: ['anon', 'pg_dirty', 'maybe_dma_pinned'] }],
  },
  {
    what: 'a lockless long-term pin leaves it to the slow path',
    of: ['gupFastRefusesUnpinnable'],
    scenario: {
      fn: 'pin_user_pages_fast',
      flags: ['FOLL_LONGTERM'],
      variant: 'movable',
      page_state: 'write_populated',
    },
    before: ['5.12', { same_page_as_before: true, lock_events: [] }],
    since: [
      '5.13',
      { same_page_as_before: false, lock_events: ['start_read', 'acquired_read', 'release_read'] },
    ],
  },
  {
    what: 'GUP grows a stack',
    of: ['gupGrowsStack'],
    scenario: {
      vma: { kind: 'special', share: 'private', prot: '---', len: 4096 },
      page_state: 'below_stack',
      flags: ['FOLL_WRITE'],
    },
    before: ['6.0', { ret: 1 }],
    since: ['6.1', { ret: -14 }],
  },
  {
    what: 'a NUMA-hint entry is followed by a read',
    of: ['honorNumaFault'],
    scenario: { page_state: 'numa_hint_protnone' },
    before: ['6.4', { ret: 1, faults: ['->'] }],
    since: ['6.6', { ret: 1, faults: [] }],
  },
  {
    what: 'an empty result is -EFAULT',
    of: ['emptyResultIsFault'],
    scenario: { fn: 'get_user_pages_unlocked', nr: 0 },
    before: ['6.6', { ret: 0, lock_events: ['start_read', 'acquired_read', 'release_read'] }],
    since: ['6.7', { ret: 0, lock_events: [] }],
  },
];
