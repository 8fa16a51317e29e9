/** Huge pages of hugetlb: who walks and faults them, and how they are counted. */

import type { Change } from './across.js';

const HUGE = { kind: 'hugetlb', share: 'private', prot: 'rw-', len: 2 << 20 } as const;
const SHARED = { ...HUGE, share: 'shared' } as const;
const FORCED = {
  vma: { ...HUGE, prot: 'r--' },
  flags: ['FOLL_WRITE', 'FOLL_FORCE'],
  page_state: 'read_populated',
} as const;
const USER = 'ALLOW_RETRY KILLABLE USER INTERRUPTIBLE';

export const HUGETLB: readonly Change[] = [
  {
    what: 'a fault of GUP may be retried',
    of: ['hugetlbAllowsRetry'],
    scenario: { vma: HUGE, fn: 'get_user_pages_remote', mm: 'remote', locked: 1 },
    before: ['4.10', { ret: 1, faults: ['->'] }],
    since: ['4.11', { ret: 1, faults: ['ALLOW_RETRY ->'] }],
  },
  {
    what: 'FOLL_HWPOISON tells of a poisoned page',
    of: ['hugetlbErrorsByErrno'],
    scenario: { vma: HUGE, flags: ['FOLL_HWPOISON'], page_state: 'hwpoisoned' },
    before: ['4.11', { ret: -14 }],
    since: ['4.12', { ret: -133 }],
  },
  {
    what: 'a page shared with a child is unshared for a read pin',
    of: ['anonExclusive', 'unshareBeforePin'],
    scenario: { vma: HUGE, fn: 'pin_user_pages', page_state: 'written_then_forked_child_alive' },
    before: ['5.18', { ret: 1, same_page_as_before: true, faults: [] }],
    since: ['5.19', { ret: 1, same_page_as_before: false, faults: ['UNSHARE ->'] }],
  },
  {
    what: 'a forced write to a read-only mapping is refused; before, it made the entry writable',
    of: ['hugetlbForceWriteRefused'],
    scenario: FORCED,
    before: [
      '6.0',
      { ret: 1, mapped: 'present write dirty young anon anon_exclusive hugetlb large_folio pg_dirty x2' },
    ],
    since: ['6.1', { ret: -14, mapped: 'present young anon anon_exclusive hugetlb large_folio pg_dirty x1' }],
  },
  {
    what: 'and allowed again, without making it writable',
    of: ['hugetlbForceWriteRefused', 'hugetlbForcedWriteReadOnly'],
    scenario: FORCED,
    before: [
      '6.13',
      { ret: -14, mapped: 'present young anon anon_exclusive hugetlb large_folio pg_dirty x1' },
    ],
    since: [
      '6.14',
      { ret: 1, mapped: 'present dirty young anon anon_exclusive hugetlb large_folio pg_dirty x2' },
    ],
  },
  {
    what: 'a fault is retryable without a locked pointer',
    of: ['hugetlbAlwaysRetryable'],
    scenario: { vma: HUGE },
    before: ['6.2', { ret: 1, faults: ['->'] }],
    since: ['6.3', { ret: 1, faults: ['ALLOW_RETRY KILLABLE ->'] }],
  },
  {
    what: 'FOLL_NOFAULT holds for hugetlb too',
    of: ['hugetlbThroughGeneralGup'],
    scenario: { vma: HUGE, flags: ['FOLL_NOFAULT'] },
    before: ['6.5', { ret: 1, faults: ['ALLOW_RETRY KILLABLE ->'] }],
    since: ['6.6', { ret: -14, faults: [] }],
  },
  {
    what: 'the page cache holds a reference for each page of the folio',
    of: ['hugetlbCacheRefPerPage'],
    scenario: { vma: SHARED },
    before: ['6.6', { ret: 1, mapped: 'present write dirty young hugetlb large_folio pg_dirty x3' }],
    since: ['6.7', { ret: 1, mapped: 'present write dirty young hugetlb large_folio pg_dirty x514' }],
  },
  {
    what: 'a touch runs under the lock of the vma',
    of: ['vmaLockHugetlb'],
    scenario: { vma: { ...SHARED, prot: 'r--' }, fn: 'user_read', page_state: 'beyond_eof' },
    before: [
      '6.8',
      {
        ret: -1,
        faults: [
          `${USER} VMA_LOCK -> RETRY`,
          `${USER} VMA_LOCK -> RETRY`,
          `${USER} -> SIGBUS`,
          `${USER} -> SIGBUS`,
        ],
      },
    ],
    since: ['6.9', { ret: -1, faults: [`${USER} VMA_LOCK -> SIGBUS`, `${USER} VMA_LOCK -> SIGBUS`] }],
  },
  {
    what: 'FOLL_SPLIT_PMD is refused',
    of: ['splitPmdRefusedOnHugetlb'],
    scenario: { vma: HUGE, flags: ['FOLL_SPLIT_PMD'] },
    before: ['6.14', { ret: 1, mapcount: -201326591 }],
    since: ['6.15', { ret: -95, mapcount: 0 }],
  },
];
