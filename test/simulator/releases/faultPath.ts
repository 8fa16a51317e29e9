/** Faults of user mode and what the fault path does with mmap_lock and the lock of the vma. */

import type { Change } from './across.js';

const ANON = { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 } as const;
const TMPFS = { kind: 'tmpfs_memfd', share: 'shared', prot: 'rw-', len: 16384 } as const;
const DRIVER = { kind: 'driver', share: 'shared', prot: 'rw-', len: 16384, driver: 'fault' } as const;
const NO_MAPPING = { kind: 'special', share: 'private', prot: '---', len: 4096 } as const;
const USER = 'ALLOW_RETRY KILLABLE USER INTERRUPTIBLE';
const LOCKED = ['start_read', 'acquired_read', 'release_read'];

export const FAULT_PATH: readonly Change[] = [
  {
    what: 'a write that dirties a page of shared memory drops the lock to throttle',
    of: ['dirtyThrottleDropsLock'],
    scenario: { fn: 'get_user_pages_remote', mm: 'remote', locked: 1, flags: ['FOLL_WRITE'], vma: TMPFS },
    before: ['5.4', { ret: 1, locked_after: 1, faults: ['WRITE ALLOW_RETRY REMOTE -> LOCKED'] }],
    since: ['5.6', { ret: 1, locked_after: 0, faults: ['WRITE ALLOW_RETRY REMOTE -> LOCKED RETRY'] }],
  },
  {
    what: 'it is complete then, and not to be retried',
    of: ['faultCompleted'],
    scenario: { fn: 'get_user_pages_remote', mm: 'remote', locked: 1, flags: ['FOLL_WRITE'], vma: TMPFS },
    before: [
      '5.19',
      { ret: 1, locked_after: 0, faults: ['WRITE ALLOW_RETRY KILLABLE REMOTE -> LOCKED RETRY'] },
    ],
    since: [
      '6.0',
      { ret: 1, locked_after: 0, faults: ['WRITE ALLOW_RETRY KILLABLE REMOTE -> LOCKED COMPLETED'] },
    ],
  },
  {
    what: 'a touch takes a second fault for it, or none',
    of: ['faultCompleted'],
    scenario: { fn: 'user_write', vma: TMPFS },
    before: [
      '5.19',
      {
        faults: [
          'WRITE ALLOW_RETRY KILLABLE USER INTERRUPTIBLE -> LOCKED RETRY',
          'WRITE ALLOW_RETRY KILLABLE TRIED USER INTERRUPTIBLE ->',
        ],
        lock_events: ['start_read', 'acquired_read', 'release_read', ...LOCKED],
      },
    ],
    since: [
      '6.0',
      {
        faults: ['WRITE ALLOW_RETRY KILLABLE USER INTERRUPTIBLE -> LOCKED COMPLETED'],
        lock_events: LOCKED,
      },
    ],
  },
  {
    what: 'a touch tries mmap_lock first, which only a tracepoint sees beginning',
    of: ['mmapLockTraced'],
    scenario: { fn: 'user_read' },
    before: ['5.10', { lock_events: ['acquired_read', 'release_read'] }],
    since: ['5.11', { lock_events: LOCKED }],
  },
  {
    what: 'a second retry of a touch may wait again; before, a userfault was SIGBUS then',
    of: ['archRetryRepeats', 'defaultFaultFlags'],
    scenario: { fn: 'user_read', vma: { ...ANON, uffd: { mode: 'missing', plan: 'WC' } } },
    before: [
      '5.6',
      { ret: -1, faults: ['ALLOW_RETRY KILLABLE USER -> RETRY', 'KILLABLE TRIED USER -> SIGBUS'] },
    ],
    since: [
      '5.7',
      {
        ret: 0,
        faults: [
          `${USER} -> RETRY`,
          'ALLOW_RETRY KILLABLE TRIED USER INTERRUPTIBLE -> RETRY',
          'ALLOW_RETRY KILLABLE TRIED USER INTERRUPTIBLE ->',
        ],
      },
    ],
  },
  {
    what: 'a stack grows under mmap_lock held for writing',
    of: ['lockMmAndFindVma'],
    scenario: { fn: 'user_write', vma: NO_MAPPING, page_state: 'below_stack' },
    before: ['6.0', { ret: 0, lock_events: LOCKED }],
    since: [
      '6.1',
      {
        ret: 0,
        lock_events: [...LOCKED, 'start_write', 'acquired_write', 'downgrade', 'release_read'],
      },
    ],
  },
  {
    what: 'fixup_user_fault() retries any number of times',
    of: ['fixupRepeats'],
    scenario: {
      fn: 'fixup_user_fault',
      locked: 1,
      vma: { ...ANON, uffd: { mode: 'missing', plan: 'WC' } },
    },
    before: ['5.6', { ret: -14, faults: ['ALLOW_RETRY -> RETRY', 'TRIED -> SIGBUS'] }],
    since: [
      '5.7',
      {
        ret: 0,
        faults: [
          'ALLOW_RETRY KILLABLE -> RETRY',
          'ALLOW_RETRY KILLABLE TRIED -> RETRY',
          'ALLOW_RETRY KILLABLE TRIED ->',
        ],
      },
    ],
  },
];

const VMA_LOCK = `${USER} VMA_LOCK`;
export const VMA_LOCK_FAULTS: readonly Change[] = [
  {
    what: 'a touch of anonymous memory that has an anon_vma needs no mmap_lock',
    of: ['vmaLock'],
    scenario: { fn: 'user_read', page_state: 'written_then_MADV_DONTNEED' },
    before: ['6.3', { faults: [`${USER} ->`], lock_events: LOCKED }],
    since: ['6.4', { faults: [`${VMA_LOCK} ->`], lock_events: [] }],
  },
  {
    what: 'without an anon_vma it waits for 6.10, where the fault takes mmap_lock for it',
    of: ['vmaLockAnonVmaTrylock'],
    scenario: { fn: 'user_write' },
    before: ['6.9', { faults: [`WRITE ${USER} ->`], lock_events: LOCKED }],
    since: ['6.10', { faults: [`WRITE ${VMA_LOCK} ->`], lock_events: LOCKED }],
  },
  {
    what: 'a touch of a file is tried under it, and dropped until 6.7',
    of: ['vmaLockAnyVma'],
    scenario: { fn: 'user_read', vma: TMPFS, page_state: 'file_hole_not_cached' },
    before: ['6.5', { faults: [`${USER} -> LOCKED`], lock_events: LOCKED }],
    since: ['6.6', { faults: [`${VMA_LOCK} -> RETRY`, `${USER} -> LOCKED`], lock_events: LOCKED }],
  },
  {
    what: 'handlers of vm_ops with map_pages run under it',
    of: ['vmaLockFileFaults'],
    scenario: { fn: 'user_read', vma: TMPFS, page_state: 'file_hole_not_cached' },
    before: ['6.6', { faults: [`${VMA_LOCK} -> RETRY`, `${USER} -> LOCKED`], lock_events: LOCKED }],
    since: ['6.7', { faults: [`${VMA_LOCK} -> LOCKED`], lock_events: [] }],
  },
  {
    what: 'those of a driver without map_pages do not',
    of: ['vmaLockAnyVma'],
    scenario: { fn: 'user_read', vma: DRIVER },
    before: ['6.5', { faults: [`${USER} ->`], lock_events: LOCKED }],
    since: ['6.7', { faults: [`${VMA_LOCK} -> RETRY`, `${USER} ->`], lock_events: LOCKED }],
  },
  {
    what: 'a userfault waits under it',
    of: ['vmaLockSwapAndUffd', 'vmaLockDroppedByCore'],
    scenario: {
      fn: 'user_read',
      page_state: 'written_then_MADV_DONTNEED',
      vma: { ...ANON, uffd: { mode: 'missing', plan: 'C' } },
    },
    before: [
      '6.5',
      {
        faults: [`${USER} -> RETRY`, 'ALLOW_RETRY KILLABLE TRIED USER INTERRUPTIBLE ->'],
        lock_events: [...LOCKED, ...LOCKED],
      },
    ],
    since: ['6.6', { faults: [`${VMA_LOCK} -> RETRY`, `${USER} ->`], lock_events: LOCKED }],
  },
  {
    what: 'an access that the vma forbids is looked at again under mmap_lock',
    of: ['vmaLockAccessErrorFinal'],
    scenario: { fn: 'user_write', vma: { ...ANON, prot: 'r--' }, page_state: 'written_then_MADV_DONTNEED' },
    before: ['6.9', { ret: -1, lock_events: LOCKED }],
    since: ['6.10', { ret: -1, lock_events: [] }],
  },
  {
    what: 'a private file page without anon_vma falls back until 6.10',
    of: ['vmaLockAnonVmaTrylock'],
    scenario: {
      fn: 'user_write',
      vma: { ...TMPFS, share: 'private' },
      page_state: 'file_hole_not_cached',
    },
    before: [
      '6.9',
      { faults: [`WRITE ${VMA_LOCK} -> RETRY`, `WRITE ${USER} -> LOCKED`], lock_events: LOCKED },
    ],
    since: ['6.10', { faults: [`WRITE ${VMA_LOCK} -> LOCKED`], lock_events: LOCKED }],
  },
];
