/** What the exported functions accept, and what their refusal is. */

import type { Change } from './across.js';

const LONGTERM = { flags: ['FOLL_LONGTERM'] };

export const CALLS: readonly Change[] = [
  {
    what: 'get_user_pages() refuses FOLL_LONGTERM',
    of: ['getRefusesLongterm'],
    scenario: { ...LONGTERM, fn: 'get_user_pages' },
    before: ['5.9', { ret: 1, warned: false }],
    since: ['5.10', { ret: -22, warned: true }],
  },
  {
    what: 'pin functions refuse pages NULL; before, what they pin is lost',
    of: ['pinRefusesNullPages'],
    scenario: { fn: 'pin_user_pages', opts: ['pages_null'] },
    before: ['5.18', { ret: 1, warned: false }],
    since: ['5.19', { ret: -22, warned: true }],
  },
  {
    what: 'FOLL_LONGTERM works with a locked pointer',
    of: ['longtermWithLocked'],
    scenario: { ...LONGTERM, fn: 'pin_user_pages_remote', mm: 'remote', locked: 1 },
    before: ['6.1', { ret: -22, warned: true }],
    since: ['6.2', { ret: 1, warned: false }],
  },
  {
    what: 'wrong arguments of pin_user_pages() are 0',
    of: ['pinArgErrorReturnsZero'],
    scenario: { fn: 'pin_user_pages', flags: ['FOLL_GET'] },
    before: ['6.2', { ret: -22, warned: true }],
    since: ['6.3', { ret: 0, warned: true }],
  },
  {
    what: 'FOLL_TOUCH from a caller is refused',
    of: ['internalFlagsRejectedAll'],
    scenario: { flags: ['FOLL_TOUCH'] },
    before: ['6.6', { ret: 1, warned: false }],
    since: ['6.7', { ret: -22, warned: true }],
  },
  {
    what: 'an error of get_user_pages_fast_only() is no longer hidden',
    of: ['gupFastOnlyHidesErrors'],
    scenario: {
      fn: 'get_user_pages_fast_only',
      vma: { kind: 'special', share: 'private', prot: '---', len: 4096 },
      page_state: 'kernel_addr',
    },
    before: ['6.2', { ret: 0 }],
    since: ['6.3', { ret: -14 }],
  },
  {
    what: 'GUP faults of get_dump_page() no longer drop the lock, so that a userfault fails',
    of: ['lockTakenInside', 'dumpPageMayRetry'],
    scenario: {
      fn: 'get_dump_page',
      vma: {
        kind: 'tmpfs_memfd',
        share: 'shared',
        prot: 'rw-',
        len: 16384,
        uffd: { mode: 'missing', plan: 'C' },
      },
      page_state: 'file_hole_not_cached',
    },
    before: ['6.2', { ret: 1, faults: ['ALLOW_RETRY KILLABLE -> RETRY'] }],
    since: ['6.3', { ret: 0, faults: ['-> SIGBUS'] }],
  },
  {
    what: 'get_dump_page() takes mmap_lock itself',
    of: ['dumpPageTakesLock'],
    scenario: { fn: 'get_dump_page', page_state: 'write_populated' },
    before: ['5.9', { ret: 1, lock_events: [] }],
    since: ['5.11', { ret: 1, lock_events: ['start_read', 'acquired_read', 'release_read'] }],
  },
  {
    what: 'MADV_POPULATE_WRITE exists',
    of: ['madvPopulate'],
    scenario: { fn: 'madvise_populate_write' },
    before: ['5.13', { ret: -22, faults: [] }],
    since: ['5.14', { ret: 0, faults: ['WRITE ALLOW_RETRY KILLABLE ->'] }],
  },
];
