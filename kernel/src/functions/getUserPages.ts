/** get_user_pages() and its relatives: references, taken under mmap_lock or with the lock taken inside. */

import type { FunctionFact, LockContract, Refusal } from '../facts.js';
import { prototype } from './prototype.js';
import {
  getReturns,
  HONOR_NUMA_65,
  KILLED_AT_LOCK,
  lockedMustBeOne,
  numaInWalk,
  PUT_PAGE,
  validGupArgs,
  within,
} from './shared.js';

/** With no locked pointer the lock is kept, except where hugetlb did not look at FOLL_UNLOCKABLE. */
const HUGETLB_SURPRISE =
  '6.3 to 6.5: in a hugetlb VMA armed for userfaultfd the fault is retryable whatever FOLL_UNLOCKABLE says, so the call can return 0 with mmap_lock released and no notice (read in follow_hugetlb_page)';

const KEEPS: readonly LockContract[] = [
  { since: '4.8', until: '6.2', before: 'mmap-lock', after: 'kept' },
  { since: '6.3', until: '6.5', before: 'mmap-lock', after: 'kept', note: HUGETLB_SURPRISE },
  { since: '6.6', before: 'mmap-lock', after: 'kept' },
];

const REFUSES_PIN: Refusal = {
  since: '5.6',
  until: '6.2',
  flags: ['FOLL_PIN'],
  condition: 'FOLL_PIN',
  how: 'WARN_ON_ONCE',
  returns: '-EINVAL',
};

const REFUSES_LONGTERM: Refusal = {
  since: '5.10',
  until: '6.2',
  flags: ['FOLL_LONGTERM'],
  condition: 'FOLL_LONGTERM',
  how: 'WARN_ON_ONCE, is_valid_gup_flags() is false',
  returns: '-EINVAL',
};

export const GET_USER_PAGES: readonly FunctionFact[] = [
  {
    name: 'get_user_pages',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '4.8',
        'long get_user_pages(unsigned long start, unsigned long nr_pages, int write, int force, struct page **pages, struct vm_area_struct **vmas)',
      ),
      prototype(
        '4.9',
        '6.4',
        'long get_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas)',
      ),
      prototype(
        '6.5',
        null,
        'long get_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '4.8', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '4.8', until: '4.8', flags: ['FOLL_FORCE'], when: 'force-given' },
      { since: '4.8', flags: ['FOLL_TOUCH'] },
      { since: '4.8', flags: ['FOLL_GET'], when: 'pages-given' },
      ...numaInWalk('4.8'),
      HONOR_NUMA_65,
    ],
    refuses: [REFUSES_PIN, REFUSES_LONGTERM, ...validGupArgs('get', '-EINVAL')],
    lock: KEEPS,
    acquires: 'reference',
    releasedBy: PUT_PAGE,
    returns: getReturns('4.8'),
    notes:
      'FOLL_LONGTERM was accepted from 5.2 to 5.9. Since 6.3 the lock is checked with mmap_assert_locked(). Growing the stack through GUP ended in 6.5 (and in 6.1.y and 6.4.y). Call set_page_dirty_lock() before giving back pages that were written.',
    evidence: [
      { where: 'mm/gup.c get_user_pages' },
      { where: 'write/force became gup_flags', commit: '768ae309a96103ed02eb1e111e838c87854d8b51' },
      { where: 'vmas removed', commit: '54d020692b342f7bd02d7f5795fb5c401caecfcc' },
    ],
  },
  {
    name: 'get_user_pages_locked',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '4.8',
        'long get_user_pages_locked(unsigned long start, unsigned long nr_pages, int write, int force, struct page **pages, int *locked)',
      ),
      prototype(
        '4.9',
        '5.17',
        'long get_user_pages_locked(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '4.8', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '4.8', until: '4.8', flags: ['FOLL_FORCE'], when: 'force-given' },
      { since: '4.8', until: '5.17', flags: ['FOLL_TOUCH'] },
      { since: '4.8', until: '5.17', flags: ['FOLL_GET'], when: 'pages-given' },
      ...numaInWalk('4.8', '5.17'),
    ],
    refuses: [
      {
        since: '5.2',
        until: '5.17',
        flags: ['FOLL_LONGTERM'],
        condition: 'FOLL_LONGTERM',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      {
        since: '5.8',
        until: '5.17',
        flags: ['FOLL_PIN'],
        condition: 'FOLL_PIN',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      { since: '4.8', until: '5.17', condition: '*locked is not 1 on entry', how: 'BUG_ON', returns: null },
    ],
    lock: [
      {
        since: '4.8',
        until: '5.17',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: 'A NULL locked is not caught: the call then behaves like get_user_pages().',
      },
    ],
    acquires: 'reference',
    releasedBy: within('4.8', '5.17', PUT_PAGE),
    returns: getReturns('4.8', '5.17'),
    notes:
      'Removed in 5.18: callers use get_user_pages_unlocked() or the locked pointer of get_user_pages_remote().',
    evidence: [
      { where: 'mm/gup.c get_user_pages_locked' },
      { where: 'write/force became gup_flags', commit: '3b913179c3fa89dd0e304193fa0c746fc0481447' },
    ],
  },
  {
    name: 'get_user_pages_unlocked',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '4.8',
        'long get_user_pages_unlocked(unsigned long start, unsigned long nr_pages, int write, int force, struct page **pages)',
      ),
      prototype(
        '4.9',
        null,
        'long get_user_pages_unlocked(unsigned long start, unsigned long nr_pages, struct page **pages, unsigned int gup_flags)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '4.8', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '4.8', until: '4.8', flags: ['FOLL_FORCE'], when: 'force-given' },
      { since: '4.8', flags: ['FOLL_TOUCH'] },
      { since: '4.8', flags: ['FOLL_GET'], when: 'pages-given' },
      { since: '6.3', flags: ['FOLL_UNLOCKABLE'] },
      ...numaInWalk('4.8'),
      HONOR_NUMA_65,
    ],
    refuses: [
      {
        since: '5.2',
        until: '6.1',
        flags: ['FOLL_LONGTERM'],
        condition: 'FOLL_LONGTERM',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      {
        since: '5.6',
        until: '6.2',
        together: ['FOLL_PIN', 'FOLL_GET'],
        condition: 'FOLL_PIN together with FOLL_GET (FOLL_PIN alone is not refused)',
        how: 'WARN_ON_ONCE in the page-table lookup (PTE level)',
        returns: '-EINVAL',
      },
      {
        since: '6.2',
        until: '6.2',
        flags: ['FOLL_LONGTERM'],
        condition: 'FOLL_LONGTERM without FOLL_PIN',
        how: 'WARN_ON in __gup_longterm_locked()',
        returns: '-EINVAL',
      },
      ...validGupArgs('get', '-EINVAL'),
    ],
    lock: [
      {
        since: '4.8',
        before: 'none',
        after: 'kept',
        note: 'Takes mmap_lock of current->mm for read; may drop and retake it.',
      },
    ],
    acquires: 'reference',
    releasedBy: PUT_PAGE,
    returns: [...getReturns('4.8'), KILLED_AT_LOCK],
    notes:
      'From 5.8 to 6.2 also the body of pin_user_pages_unlocked(), and so it did not refuse FOLL_PIN. FOLL_UNLOCKABLE is added unconditionally, even with FOLL_NOWAIT. Before 6.3 the first acquisition of the lock was not killable.',
    evidence: [
      { where: 'mm/gup.c get_user_pages_unlocked' },
      { where: 'write/force became gup_flags', commit: 'c164154f66f0c9b02673f07aa4f044f1d9c70274' },
      { where: 'FOLL_UNLOCKABLE', commit: 'f04740f54594' },
    ],
  },
  {
    name: 'get_user_pages_remote',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '4.8',
        'long get_user_pages_remote(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, int write, int force, struct page **pages, struct vm_area_struct **vmas)',
      ),
      prototype(
        '4.9',
        '4.9',
        'long get_user_pages_remote(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas)',
      ),
      prototype(
        '4.10',
        '5.8',
        'long get_user_pages_remote(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
      prototype(
        '5.9',
        '6.4',
        'long get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
      prototype(
        '6.5',
        null,
        'long get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '4.8', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '4.8', until: '4.8', flags: ['FOLL_FORCE'], when: 'force-given' },
      { since: '4.8', flags: ['FOLL_TOUCH', 'FOLL_REMOTE'] },
      { since: '4.8', flags: ['FOLL_GET'], when: 'pages-given' },
      { since: '6.3', flags: ['FOLL_UNLOCKABLE'], when: 'locked-given' },
      ...numaInWalk('4.8'),
      HONOR_NUMA_65,
    ],
    refuses: [
      {
        since: '5.2',
        until: '5.5',
        flags: ['FOLL_LONGTERM'],
        condition: 'FOLL_LONGTERM',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      {
        since: '5.6',
        until: '5.9',
        flags: ['FOLL_LONGTERM'],
        when: 'locked-given',
        condition: 'FOLL_LONGTERM with locked given',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      REFUSES_PIN,
      REFUSES_LONGTERM,
      {
        since: '4.10',
        until: '6.1',
        condition: 'locked given with *locked not 1, or with a vmas array',
        how: 'BUG_ON in __get_user_pages_locked()',
        returns: null,
      },
      {
        since: '6.2',
        until: '6.2',
        condition: 'locked given with *locked 0',
        how: 'WARN_ON_ONCE in __gup_longterm_locked()',
        returns: '-EINVAL',
      },
      {
        since: '6.2',
        until: '6.2',
        condition: 'locked given with *locked neither 0 nor 1, or with a vmas array',
        how: 'BUG_ON in __get_user_pages_locked()',
        returns: null,
      },
      ...validGupArgs('get', '-EINVAL'),
      ...lockedMustBeOne('-EINVAL'),
    ],
    lock: [
      { since: '4.8', until: '4.9', before: 'mmap-lock', after: 'kept' },
      {
        since: '4.10',
        until: '6.2',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: 'locked NULL: never dropped. Otherwise it must point to 1, the lock must be held for read, and 0 on return means it is not held.',
      },
      {
        since: '6.3',
        until: '6.5',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: `locked NULL: kept. Otherwise it must point to 1 and 0 on return means not held. ${HUGETLB_SURPRISE}.`,
      },
      {
        since: '6.6',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: 'locked NULL: never dropped. Otherwise it must point to 1, the lock must be held for read, and 0 on return means it is not held.',
      },
    ],
    acquires: 'reference',
    releasedBy: PUT_PAGE,
    returns: getReturns('4.8'),
    notes:
      'locked since 4.10, the task_struct went in 5.9, vmas in 6.5. Without an MMU a stub returns 0 (5.6+). On the own mm it skips the protection-key check.',
    evidence: [
      { where: 'mm/gup.c get_user_pages_remote' },
      { where: 'locked parameter', commit: '5b56d49fc31dbb0487e14ead790fc81ca9fb2c99' },
      { where: 'task_struct removed', commit: '64019a2e467a' },
      { where: 'vmas removed', commit: 'ca5e863233e8f6acd1792fd85d6bc2729a1b2c10' },
    ],
  },
  {
    name: 'get_user_page_vma_remote',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '6.5',
        null,
        'struct page *get_user_page_vma_remote(struct mm_struct *mm, unsigned long addr, int gup_flags, struct vm_area_struct **vmap)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [{ since: '6.5', flags: ['FOLL_TOUCH', 'FOLL_REMOTE', 'FOLL_GET'] }, HONOR_NUMA_65],
    refuses: [
      {
        since: '6.7',
        flags: ['FOLL_NOWAIT'],
        condition: 'FOLL_NOWAIT',
        how: 'WARN_ON_ONCE',
        returns: 'ERR_PTR(-EINVAL)',
      },
    ],
    lock: [{ since: '6.5', before: 'mmap-lock', after: 'kept', note: 'Passes locked NULL.' }],
    acquires: 'reference',
    releasedBy: within('6.5', null, PUT_PAGE),
    returns: [
      {
        since: '6.5',
        until: '6.6',
        value: 'page, NULL or ERR_PTR',
        when: 'NULL when GUP returned 0',
        // For one page GUP returns 0 only where it must not wait: 6.7 refuses the flag, and has no NULL any more.
        nullNeeds: ['FOLL_NOWAIT'],
      },
      { since: '6.7', value: 'page or ERR_PTR', when: 'never NULL' },
      {
        since: '6.5',
        value: 'ERR_PTR(-EINVAL)',
        when: 'the VMA vanished after the page was taken (WARN_ON_ONCE, page put)',
      },
    ],
    notes: 'What get_user_pages_remote() refuses is refused here too. Replaces the vmas array for one page.',
    evidence: [
      {
        where: 'include/linux/mm.h get_user_page_vma_remote',
        commit: 'ca5e863233e8f6acd1792fd85d6bc2729a1b2c10',
      },
    ],
  },
  {
    name: 'get_user_pages_longterm',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.15',
        '5.1',
        'long get_user_pages_longterm(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [{ since: '4.15', until: '5.1', flags: ['FOLL_TOUCH', 'FOLL_GET'] }, ...numaInWalk('4.15', '5.1')],
    refuses: [
      {
        since: '4.15',
        until: '5.1',
        when: 'pages-null',
        condition: 'pages NULL',
        how: 'silently',
        returns: '-EINVAL',
      },
      {
        since: '4.15',
        until: '5.1',
        condition: 'some VMA of the range is fsdax',
        how: 'pages released again',
        returns: '-EOPNOTSUPP',
      },
    ],
    lock: [{ since: '4.15', until: '5.1', before: 'mmap-lock', after: 'kept' }],
    acquires: 'reference',
    releasedBy: within('4.15', '5.1', PUT_PAGE),
    returns: [
      ...getReturns('4.15', '5.1'),
      {
        since: '4.15',
        until: '5.1',
        value: '-EOPNOTSUPP',
        when: 'some VMA of the range is fsdax (checked after the fact, pages released)',
      },
      {
        since: '4.15',
        until: '5.1',
        value: '-EINVAL or -ENOMEM',
        when: 'pages NULL, or the internal vmas array could not be allocated',
      },
    ],
    notes:
      'Also in 4.14.y. 5.1 adds migration out of CMA. Without CONFIG_FS_DAX a plain alias of get_user_pages(). FOLL_LONGTERM took its place in 5.2.',
    evidence: [{ where: 'mm/gup.c get_user_pages_longterm', commit: '2bb6d2837083' }],
  },
  {
    name: 'get_dump_page',
    kind: 'gup',
    visibility: 'mm',
    signatures: [
      prototype('4.8', '6.14', 'struct page *get_dump_page(unsigned long addr)'),
      prototype('6.15', null, 'struct page *get_dump_page(unsigned long addr, int *locked)'),
    ],
    flagsNamespace: null,
    adds: [{ since: '4.8', flags: ['FOLL_FORCE', 'FOLL_DUMP', 'FOLL_GET'] }],
    refuses: [],
    lock: [
      { since: '4.8', until: '5.9', before: 'mmap-lock', after: 'kept' },
      {
        since: '5.10',
        until: '6.2',
        before: 'none',
        after: 'kept',
        note: 'Takes mmap_lock itself, killable; faults may be retried.',
      },
      {
        since: '6.3',
        until: '6.14',
        before: 'none',
        after: 'kept',
        note: 'Takes mmap_lock itself, killable; faults are not retryable.',
      },
      {
        since: '6.15',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: '*locked tells whether the caller holds mmap_lock; 0 has it taken and released inside.',
      },
    ],
    acquires: 'reference',
    releasedBy: PUT_PAGE,
    returns: [{ since: '4.8', value: 'page or NULL', when: 'NULL for holes, errors and zero pages' }],
    notes: 'For core dumps only. locked came by the tree of the VFS, queued for 6.15.',
    evidence: [
      { where: 'mm/gup.c get_dump_page' },
      { where: 'locked', commit: 'd6ff4c8f65220b20c550f12eb8921827c459600e' },
    ],
  },
];
