/** Changes of flags, of what gup-fast refuses, and of what is left on the lists of reclaim. */

import type { Change } from './across.js';

const ANON = { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 } as const;
const DRIVER = { kind: 'driver', share: 'shared', prot: 'rw-', len: 16384, driver: 'fault' } as const;
const WITH_MAP_PAGES = { ...DRIVER, driver: 'fault_with_map_pages' } as const;
const USER = 'ALLOW_RETRY KILLABLE USER INTERRUPTIBLE';
const LOCKED = ['start_read', 'acquired_read', 'release_read'];

/** A page of a driver that is mapped already. */
const DRIVER_PAGE = {
  vma: DRIVER,
  page_state: 'write_populated',
  pte_before: [{ lvl: 1, f: ['present', 'write', 'dirty', 'young', 'pg_dirty'], ref: 2, map: 1, pin: 0 }],
} as const;

const NUMA_HINT = {
  page_state: 'numa_hint_protnone',
  pte_before: [
    {
      lvl: 1,
      f: ['present', 'dirty', 'young', 'protnone', 'anon', 'anon_exclusive'],
      ref: 1,
      map: 1,
      pin: 0,
    },
  ],
} as const;

const OF_PARENT = { lvl: 1, f: ['present', 'dirty', 'anon'], ref: 3, map: 2, pin: 0 } as const;

export const MORE: readonly Change[] = [
  {
    what: 'fixup_user_fault() tells of a poisoned page',
    of: ['fixupReportsPoison'],
    scenario: { fn: 'fixup_user_fault', page_state: 'hwpoisoned' },
    before: ['4.11', { ret: -133, faults: ['-> HWPOISON'] }],
    since: ['4.12', { ret: -14, faults: ['-> HWPOISON'] }],
  },
  {
    what: 'the fast walk refuses flags that it does not take',
    of: ['gupFastChecksFlags'],
    scenario: { fn: 'get_user_pages_fast', flags: ['FOLL_DUMP'], page_state: 'write_populated' },
    before: ['5.2', { ret: 1, warned: false }],
    since: ['5.3', { ret: -22, warned: true }],
  },
  {
    what: 'the fast walk takes FOLL_FORCE',
    of: ['pinApi'],
    scenario: { fn: 'get_user_pages_fast', flags: ['FOLL_FORCE'], page_state: 'write_populated' },
    before: ['5.5', { ret: -22, warned: true }],
    since: ['5.6', { ret: 1, warned: false }],
  },
  {
    what: 'a lockless pin does not go beside a fork',
    of: ['gupFastForkSeq'],
    scenario: {
      fn: 'pin_user_pages_fast',
      opts: ['write_protect_seq_odd'],
      flags: ['FOLL_WRITE'],
      page_state: 'write_populated',
    },
    before: ['5.9', { ret: 1, lock_events: [] }],
    since: ['5.10', { ret: 1, lock_events: LOCKED }],
  },
  {
    what: 'a long-term pin without the lock',
    of: ['unlockedRefusesLongterm'],
    scenario: { fn: 'pin_user_pages_unlocked', flags: ['FOLL_LONGTERM', 'FOLL_WRITE'] },
    before: ['6.1', { ret: -22, warned: true }],
    since: ['6.2', { ret: 1, warned: false }],
  },
  {
    what: 'the slow part of a fast long-term pin may drop the lock',
    of: ['fastLongtermKeepsLock'],
    scenario: {
      fn: 'pin_user_pages_fast',
      flags: ['FOLL_LONGTERM'],
      vma: { ...ANON, uffd: { mode: 'missing', plan: 'C' } },
    },
    before: ['6.1', { ret: -14, faults: ['-> SIGBUS'] }],
    since: ['6.2', { ret: 1, faults: ['ALLOW_RETRY KILLABLE -> RETRY'] }],
  },
  {
    what: 'an unshare fault copies the zero page too',
    of: ['unshareFaultAnyPage'],
    scenario: { fn: 'fixup_user_fault', flags: ['UNSHARE'], page_state: 'read_populated' },
    before: ['6.1', { ret: 0, mapped: 'present young special zero_page x1' }],
    since: ['6.2', { ret: 0, mapped: 'present young anon anon_exclusive x2' }],
  },
  {
    what: 'taking the NUMA hint away gives the write bit to an exclusive page',
    of: ['numaHintUpgradesWrite'],
    scenario: { ...NUMA_HINT, flags: ['FOLL_WRITE'] },
    before: ['6.1', { ret: 1, faults: ['WRITE ->', 'WRITE -> WRITE'] }],
    since: ['6.2', { ret: 1, faults: ['WRITE ->'] }],
  },
  {
    what: 'FOLL_LONGTERM with FOLL_PCI_P2PDMA is an error of the arguments',
    of: ['longtermP2pdmaInVmaCheck'],
    scenario: { fn: 'pin_user_pages', flags: ['FOLL_LONGTERM', 'FOLL_PCI_P2PDMA'] },
    before: ['6.2', { ret: -95, warned: false }],
    since: ['6.3', { ret: 0, warned: true }],
  },
  {
    what: 'FOLL_REMOTE from a caller is refused',
    of: ['internalFlagsRejected'],
    scenario: { flags: ['FOLL_REMOTE'] },
    before: ['6.2', { ret: 1, warned: false }],
    since: ['6.3', { ret: -22, warned: true }],
  },
  {
    what: 'FOLL_UNLOCKABLE says that the lock may be dropped',
    of: ['unlockableFlag'],
    scenario: { fn: 'get_user_pages_unlocked' },
    before: ['6.2', { effective_gup_flags: ['FOLL_TOUCH', 'FOLL_GET'] }],
    since: ['6.3', { effective_gup_flags: ['FOLL_TOUCH', 'FOLL_GET', 'FOLL_UNLOCKABLE'] }],
  },
  {
    what: 'a copy to user space that fails is tried once more by bytes',
    of: ['userCopiesRewritten'],
    scenario: { fn: 'copy_to_user', vma: { ...ANON, prot: 'r--' }, page_state: 'read_populated' },
    before: ['6.3', { ret: -14, lock_events: LOCKED }],
    since: ['6.4', { ret: -14, lock_events: [...LOCKED, ...LOCKED] }],
  },
  {
    what: 'a copy from user space that fails is not',
    of: ['userCopiesRewritten'],
    scenario: { fn: 'copy_from_user', vma: { ...ANON, prot: '---' } },
    before: ['6.3', { ret: -14, lock_events: [...LOCKED, ...LOCKED] }],
    since: ['6.4', { ret: -14, lock_events: LOCKED }],
  },
  {
    what: 'FOLL_HONOR_NUMA_FAULT is implied, for FOLL_FORCE too',
    of: ['honorNumaFault', 'honorNumaImplied'],
    scenario: { page_state: 'numa_hint_protnone', flags: ['FOLL_FORCE'] },
    before: ['6.4', { ret: 1, faults: [] }],
    since: ['6.5', { ret: 1, faults: ['->'] }],
  },
  {
    what: 'and is implied no more',
    of: ['honorNumaImplied'],
    scenario: { page_state: 'numa_hint_protnone' },
    before: ['6.5', { ret: 1, faults: ['->'] }],
    since: ['6.6', { ret: 1, faults: [] }],
  },
  {
    what: 'a long-term write pin of a mapping that tracks dirty pages is refused',
    of: ['longtermWriteRefusedOnDirtyTracked'],
    scenario: {
      fn: 'pin_user_pages',
      flags: ['FOLL_LONGTERM', 'FOLL_WRITE'],
      vma: { ...DRIVER, driver: 'fault_and_page_mkwrite' },
    },
    before: ['6.4', { ret: 1 }],
    since: ['6.5', { ret: -14 }],
  },
  {
    what: 'a lockless long-term write pin needs a page that it knows',
    of: ['gupFastWritePinNeedsKnownFolio'],
    scenario: { ...DRIVER_PAGE, fn: 'pin_user_pages_fast', flags: ['FOLL_LONGTERM', 'FOLL_WRITE'] },
    before: ['6.4', { ret: 1, lock_events: [] }],
    since: ['6.5', { ret: 1, lock_events: LOCKED }],
  },
  {
    what: 'so does every lockless walk',
    of: ['gupFastRefusesNullMapping'],
    scenario: { ...DRIVER_PAGE, fn: 'get_user_pages_fast' },
    before: ['6.9', { ret: 1, lock_events: [] }],
    since: ['6.10', { ret: 1, lock_events: LOCKED }],
  },
  {
    what: 'and no more',
    of: ['gupFastRefusesNullMapping'],
    scenario: { ...DRIVER_PAGE, fn: 'get_user_pages_fast' },
    before: ['7.2', { ret: 1, lock_events: LOCKED }],
    since: ['7.3', { ret: 1, lock_events: [] }],
  },
  {
    what: 'a migrated page waits in a batch',
    of: ['migratedFolioStaysInBatch'],
    scenario: {
      fn: 'pin_user_pages',
      flags: ['FOLL_LONGTERM', 'FOLL_WRITE'],
      variant: 'movable',
      page_state: 'write_populated',
    },
    before: [
      '6.6',
      { ret: 1, mapped: 'present write dirty young anon anon_exclusive pg_dirty maybe_dma_pinned x1025' },
    ],
    since: [
      '6.7',
      { ret: 1, mapped: 'present write dirty young anon anon_exclusive pg_dirty maybe_dma_pinned x1026' },
    ],
  },
  {
    what: 'TRIED is set after a try under the lock of the vma that was MAJOR',
    of: ['triedAfterMajor', 'vmaLockFileFaults'],
    scenario: {
      fn: 'user_read',
      vma: { ...WITH_MAP_PAGES, fault_prog: [{ act: 'RETRY', ret: ['MAJOR'] }] },
    },
    before: [
      '6.6',
      {
        faults: [
          `${USER} VMA_LOCK -> RETRY`,
          `${USER} -> MAJOR RETRY`,
          'ALLOW_RETRY KILLABLE TRIED USER INTERRUPTIBLE ->',
        ],
      },
    ],
    since: [
      '6.7',
      { faults: [`${USER} VMA_LOCK -> MAJOR RETRY`, 'ALLOW_RETRY KILLABLE TRIED USER INTERRUPTIBLE ->'] },
    ],
  },
  {
    what: 'mlock() does not fill a PROT_NONE mapping',
    of: ['populateRefusesProtNone'],
    scenario: { fn: 'mlock', vma: { ...ANON, prot: '---' } },
    before: ['6.8', { ret: -12, effective_gup_flags: ['FOLL_TOUCH', 'FOLL_UNLOCKABLE'] }],
    since: ['6.9', { ret: -12, effective_gup_flags: [] }],
  },
  {
    what: 'MADV_POPULATE_READ of a mapping that refuses is told by the walk',
    of: ['madvPopulateFlag'],
    scenario: { fn: 'madvise_populate_read', vma: { ...ANON, prot: '---' } },
    before: ['6.8', { ret: -22, effective_gup_flags: [] }],
    since: [
      '6.9',
      {
        ret: -22,
        effective_gup_flags: ['FOLL_TOUCH', 'FOLL_HWPOISON', 'FOLL_UNLOCKABLE', 'FOLL_MADV_POPULATE'],
      },
    ],
  },
  {
    what: 'a read that brings a page from swap maps it writable',
    of: ['swapinMapsWritable'],
    scenario: { page_state: 'swapped_out' },
    before: ['6.10', { ret: 1, mapped: 'present young anon anon_exclusive swapcache x3' }],
    since: ['6.11', { ret: 1, mapped: 'present write young anon anon_exclusive swapcache x3' }],
  },
  {
    what: 'the second mark of a page that was marked activates it, by way of a batch',
    of: ['multiGenLru'],
    scenario: { page_state: 'ksm_merged' },
    before: ['6.11', { ret: 1, mapped: 'present young anon ksm pg_dirty x4' }],
    since: ['6.12', { ret: 1, mapped: 'present young anon ksm pg_dirty x3' }],
  },
  {
    what: 'mlock() drains the batches of other CPUs',
    of: ['mlockDrainsAll'],
    scenario: {
      fn: 'mlock',
      page_state: 'written_by_parent_caller_is_forked_child',
      pte_before: [OF_PARENT, OF_PARENT, OF_PARENT, OF_PARENT],
    },
    before: ['4.14', { ret: 0, mappedNext: 'present dirty anon x2' }],
    since: ['4.15', { ret: 0, mappedNext: 'present dirty anon x3' }],
  },
  {
    what: 'UFFDIO_WRITEPROTECT makes an entry writable again that may be',
    of: ['uffdUnprotectUpgradesWrite'],
    scenario: {
      fn: 'get_user_pages_unlocked',
      flags: ['FOLL_WRITE'],
      vma: { ...ANON, uffd: { mode: 'wp', plan: 'w' } },
      page_state: 'write_populated',
      pte_before: [
        { lvl: 1, f: ['present', 'dirty', 'young', 'uffd_wp', 'anon', 'anon_exclusive'], ref: 1, map: 1 },
      ],
    },
    before: [
      '6.2',
      { ret: 1, faults: ['WRITE ALLOW_RETRY KILLABLE -> RETRY', 'WRITE ALLOW_RETRY KILLABLE TRIED ->'] },
    ],
    since: ['6.3', { ret: 1, faults: ['WRITE ALLOW_RETRY KILLABLE -> RETRY'] }],
  },
];
