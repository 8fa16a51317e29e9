/** The routines inside mm/gup.c that the public functions share. */

import type { FunctionFact, LockContract, Refusal } from '../facts.js';
import { prototype } from './prototype.js';
import { fastMask, getReturns, numaInWalk, PUT_PAGE, within } from './shared.js';

const BY_POINTER_THEN_FLAG: readonly LockContract[] = [
  {
    since: '4.8',
    until: '6.2',
    before: 'mmap-lock',
    after: 'depends-on-locked',
    note: 'May be dropped if the nonblocking or locked pointer is not NULL.',
  },
  {
    since: '6.3',
    before: 'mmap-lock',
    after: 'depends-on-locked',
    note: 'May be dropped with FOLL_UNLOCKABLE; the pointer is mandatory.',
  },
];

const TAKEN_INSIDE: readonly LockContract[] = [
  {
    since: '4.8',
    until: '6.2',
    before: 'mmap-lock',
    after: 'depends-on-locked',
    note: 'A locked pointer must point to 1; NULL: the lock is kept.',
  },
  {
    since: '6.3',
    before: 'mmap-lock',
    after: 'depends-on-locked',
    note: '*locked 0 on entry: the lock is taken (killable, -EAGAIN) and released inside.',
  },
];

const GET_IF_PAGES: FunctionFact['adds'] = [{ since: '4.8', flags: ['FOLL_GET'], when: 'pages-given' }];

/** 5.2 to 6.1: without FOLL_LONGTERM the fallback is get_user_pages_unlocked(), with it a plain locked call. */
const FALLBACK_ADDS: FunctionFact['adds'] = [
  { since: '5.6', until: '6.1', flags: ['FOLL_TOUCH'], when: 'slow-path-without-longterm' },
  { since: '6.2', until: '6.2', flags: ['FOLL_TOUCH'], when: 'slow-path' },
  { since: '6.3', flags: ['FOLL_TOUCH', 'FOLL_UNLOCKABLE'], when: 'slow-path' },
];

const PAGES_AND_FLAGS: readonly Refusal[] = [
  {
    since: '4.8',
    until: '6.16',
    condition: 'pages given without FOLL_GET or FOLL_PIN, or the other way round',
    how: 'VM_BUG_ON',
    returns: null,
  },
  {
    since: '6.17',
    condition: 'the same, and FOLL_PIN together with FOLL_GET',
    how: 'VM_WARN_ON_ONCE',
    returns: null,
  },
];

export const INTERNAL: readonly FunctionFact[] = [
  {
    name: '__get_user_pages',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '4.8',
        '5.6',
        'long __get_user_pages(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *nonblocking)',
      ),
      prototype(
        '5.7',
        '5.8',
        'long __get_user_pages(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
      prototype(
        '5.9',
        '6.4',
        'long __get_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
      prototype(
        '6.5',
        null,
        'long __get_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: numaInWalk('4.8'),
    refuses: PAGES_AND_FLAGS,
    lock: BY_POINTER_THEN_FLAG,
    acquires: 'by-flags',
    releasedBy: PUT_PAGE,
    returns: [
      {
        since: '4.8',
        value: 'pages, 0 or an error',
        when: 'faultin_page() -EBUSY (RETRY) and, since 6.0, -EAGAIN (COMPLETED) become 0; -ENOENT (mlock only) skips a page until 5.17; -EMLINK (5.19+) from the lookup asks for an unshare fault',
      },
    ],
    notes: 'Exported until 4.8, static to mm/gup.c since 4.9.',
    evidence: [
      { where: 'mm/gup.c __get_user_pages' },
      { where: 'vmas removed', commit: 'b2cac248191b7466c5819e0da617b0705a26e197' },
    ],
  },
  {
    name: '__get_user_pages_locked',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '4.8',
        '4.8',
        'long __get_user_pages_locked(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, int write, int force, struct page **pages, struct vm_area_struct **vmas, int *locked, bool notify_drop, unsigned int flags)',
      ),
      prototype(
        '4.9',
        '4.15',
        'long __get_user_pages_locked(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, struct vm_area_struct **vmas, int *locked, bool notify_drop, unsigned int flags)',
      ),
      prototype(
        '4.16',
        '5.8',
        'long __get_user_pages_locked(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, struct vm_area_struct **vmas, int *locked, unsigned int flags)',
      ),
      prototype(
        '5.9',
        '6.4',
        'long __get_user_pages_locked(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, struct vm_area_struct **vmas, int *locked, unsigned int flags)',
      ),
      prototype(
        '6.5',
        null,
        'long __get_user_pages_locked(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, int *locked, unsigned int flags)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '4.8', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '4.8', until: '4.8', flags: ['FOLL_FORCE'], when: 'force-given' },
      ...GET_IF_PAGES,
      ...numaInWalk('4.8'),
    ],
    refuses: [],
    lock: TAKEN_INSIDE,
    acquires: 'by-flags',
    releasedBy: PUT_PAGE,
    returns: getReturns('4.8'),
    notes: 'The retry loop: repeats one page with FOLL_TRIED after the lock was dropped.',
    evidence: [
      { where: 'mm/gup.c __get_user_pages_locked' },
      { where: 'write/force removed', commit: '859110d7497cdd0e6b21010d6f777049d676382c' },
    ],
  },
  {
    name: '__get_user_pages_unlocked',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '4.8',
        'long __get_user_pages_unlocked(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, int write, int force, struct page **pages, unsigned int gup_flags)',
      ),
      prototype(
        '4.9',
        '4.15',
        'long __get_user_pages_unlocked(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, unsigned int gup_flags)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '4.8', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '4.8', until: '4.8', flags: ['FOLL_FORCE'], when: 'force-given' },
      { since: '4.8', until: '4.15', flags: ['FOLL_GET'], when: 'pages-given' },
      ...numaInWalk('4.8', '4.15'),
    ],
    refuses: [],
    lock: [
      { since: '4.8', until: '4.15', before: 'none', after: 'kept', note: 'Takes mm->mmap_sem for read.' },
    ],
    acquires: 'reference',
    releasedBy: within('4.8', '4.15', PUT_PAGE),
    returns: getReturns('4.8', '4.15'),
    notes:
      'Exported until 4.9, static from 4.10. Does not add FOLL_TOUCH, the caller decides: KVM passes it in 4.8, process_vm_readv() does not before 4.10.',
    evidence: [
      { where: 'mm/gup.c __get_user_pages_unlocked' },
      { where: 'write/force removed', commit: 'd4944b0ecec0af882483fe44b66729316e575208' },
    ],
  },
  {
    name: '__get_user_pages_remote',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '5.7',
        '5.8',
        'long __get_user_pages_remote(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
      prototype(
        '5.9',
        '6.1',
        'long __get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.7', until: '6.1', flags: ['FOLL_TOUCH', 'FOLL_REMOTE'] },
      { since: '5.7', until: '6.1', flags: ['FOLL_GET'], when: 'pages-given' },
      ...numaInWalk('5.7', '6.1'),
    ],
    refuses: [
      {
        since: '5.7',
        until: '6.1',
        flags: ['FOLL_LONGTERM'],
        when: 'locked-given',
        condition: 'FOLL_LONGTERM with locked given',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
    ],
    lock: [{ since: '5.7', until: '6.1', before: 'mmap-lock', after: 'depends-on-locked' }],
    acquires: 'by-flags',
    releasedBy: within('5.7', '6.1', PUT_PAGE),
    returns: getReturns('5.7', '6.1'),
    notes: 'The common part of get_user_pages_remote() and pin_user_pages_remote().',
    evidence: [{ where: 'mm/gup.c __get_user_pages_remote' }],
  },
  {
    name: '__gup_longterm_locked',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '5.2',
        '5.8',
        'long __gup_longterm_locked(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, struct vm_area_struct **vmas, unsigned int gup_flags)',
      ),
      prototype(
        '5.9',
        '6.1',
        'long __gup_longterm_locked(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, struct vm_area_struct **vmas, unsigned int gup_flags)',
      ),
      prototype(
        '6.2',
        '6.4',
        'long __gup_longterm_locked(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, struct vm_area_struct **vmas, int *locked, unsigned int gup_flags)',
      ),
      prototype(
        '6.5',
        null,
        'long __gup_longterm_locked(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, struct page **pages, int *locked, unsigned int gup_flags)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [...within('5.2', null, GET_IF_PAGES), ...numaInWalk('5.2')],
    refuses: [
      {
        since: '6.1',
        until: '6.2',
        flags: ['FOLL_LONGTERM'],
        condition: 'FOLL_LONGTERM without FOLL_PIN',
        how: 'WARN_ON',
        returns: '-EINVAL',
      },
    ],
    lock: [
      { since: '5.2', until: '6.1', before: 'mmap-lock', after: 'kept' },
      {
        since: '6.2',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: '6.3+: *locked 0 has the lock taken and released inside.',
      },
    ],
    acquires: 'by-flags',
    releasedBy: within('5.2', null, PUT_PAGE),
    returns: getReturns('5.2'),
    notes:
      'Without FOLL_LONGTERM just __get_user_pages_locked(); with it, pins are repeated until nothing has to be migrated.',
    evidence: [{ where: 'mm/gup.c __gup_longterm_locked' }],
  },
  {
    name: '__gup_longterm_unlocked',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '5.2',
        '6.1',
        'int __gup_longterm_unlocked(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.2', until: '6.1', flags: ['FOLL_TOUCH'], when: 'without-longterm' },
      { since: '5.2', until: '6.1', flags: ['FOLL_GET'], when: 'pages-given' },
      ...numaInWalk('5.2'),
    ],
    refuses: [],
    lock: [{ since: '5.2', until: '6.1', before: 'none', after: 'kept' }],
    acquires: 'by-flags',
    releasedBy: within('5.2', '6.1', PUT_PAGE),
    returns: getReturns('5.2', '6.1'),
    notes:
      'The slow part of the fast variants: FOLL_LONGTERM keeps mmap_lock, anything else is get_user_pages_unlocked().',
    evidence: [{ where: 'mm/gup.c __gup_longterm_unlocked' }],
  },
  {
    name: 'internal_get_user_pages_fast',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '5.6',
        '5.9',
        'int internal_get_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
      prototype(
        '5.10',
        '6.9',
        'int internal_get_user_pages_fast(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.6', until: '6.9', flags: ['FOLL_GET'], when: 'pages-given' },
      { since: '5.8', until: '5.8', flags: ['FOLL_WRITE'], when: 'fast-walk' },
      ...within('5.6', '6.9', FALLBACK_ADDS),
    ],
    refuses: fastMask('5.6', '6.9', '-EINVAL'),
    lock: [
      {
        since: '5.6',
        until: '6.9',
        before: 'none',
        after: 'kept',
        note: 'With FOLL_FAST_ONLY the lock is never touched.',
      },
    ],
    acquires: 'by-flags',
    releasedBy: within('5.6', '6.9', PUT_PAGE),
    returns: getReturns('5.6', '6.9'),
    notes: 'gup_fast_fallback() since 6.10. nr_pages is unsigned long since 5.11 (in 5.10.7 by backport).',
    evidence: [{ where: 'mm/gup.c internal_get_user_pages_fast' }],
  },
  {
    name: 'gup_fast_fallback',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '6.10',
        null,
        'int gup_fast_fallback(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '6.10', flags: ['FOLL_GET'], when: 'pages-given' },
      ...within('6.10', null, FALLBACK_ADDS),
    ],
    refuses: fastMask('6.10', null, '-EINVAL'),
    lock: [
      {
        since: '6.10',
        before: 'none',
        after: 'kept',
        note: 'With FOLL_FAST_ONLY the lock is never touched.',
      },
    ],
    acquires: 'by-flags',
    releasedBy: within('6.10', null, PUT_PAGE),
    returns: getReturns('6.10'),
    notes: 'internal_get_user_pages_fast() until 6.9.',
    evidence: [{ where: 'mm/gup.c gup_fast_fallback' }],
  },
  {
    name: 'faultin_page',
    kind: 'gup',
    visibility: 'static',
    signatures: [
      prototype(
        '4.8',
        '5.6',
        'int faultin_page(struct task_struct *tsk, struct vm_area_struct *vma, unsigned long address, unsigned int *flags, int *nonblocking)',
      ),
      prototype(
        '5.7',
        '5.8',
        'int faultin_page(struct task_struct *tsk, struct vm_area_struct *vma, unsigned long address, unsigned int *flags, int *locked)',
      ),
      prototype(
        '5.9',
        '5.18',
        'int faultin_page(struct vm_area_struct *vma, unsigned long address, unsigned int *flags, int *locked)',
      ),
      prototype(
        '5.19',
        '6.11',
        'int faultin_page(struct vm_area_struct *vma, unsigned long address, unsigned int *flags, bool unshare, int *locked)',
      ),
      prototype(
        '6.12',
        null,
        'int faultin_page(struct vm_area_struct *vma, unsigned long address, unsigned int flags, bool unshare, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [],
    refuses: [],
    lock: [
      ...BY_POINTER_THEN_FLAG.map(entry => ({
        ...entry,
        note: `${entry.note ?? ''} RETRY is -EBUSY, COMPLETED (6.0+) -EAGAIN.`,
      })),
    ],
    acquires: 'none',
    releasedBy: [],
    returns: [
      { since: '4.8', value: '0', when: 'fault handled' },
      { since: '4.8', value: '-EBUSY', when: 'VM_FAULT_RETRY; *locked is 0 unless RETRY_NOWAIT' },
      { since: '6.0', value: '-EAGAIN', when: 'VM_FAULT_COMPLETED; *locked is 0' },
      { since: '4.8', until: '5.17', value: '-ENOENT', when: 'FOLL_MLOCK without FOLL_POPULATE' },
      {
        since: '4.8',
        value: '-EFAULT, -ENOMEM, -EHWPOISON',
        when: 'fault errors; -EFAULT under FOLL_NOFAULT (5.16+)',
      },
    ],
    notes:
      'Translates FOLL_* to FAULT_FLAG_* and calls handle_mm_fault(). Not used for hugetlb VMAs before 6.6.',
    evidence: [{ where: 'mm/gup.c faultin_page' }],
  },
];
