/** pin_user_pages() and its relatives: pins, counted apart from references and given back with unpin_*. */

import type { FunctionFact, LockContract, Refusal } from '../facts.js';
import { prototype } from './prototype.js';
import {
  HONOR_NUMA_65,
  KILLED_AT_LOCK,
  lockedMustBeOne,
  numaInWalk,
  pinReturns,
  UNPIN,
  validGupArgs,
  within,
} from './shared.js';

/** In 5.6 the pin functions were aliases of the get functions and refused what those refuse. */
const ALIAS_REFUSES_PIN: Refusal = {
  since: '5.6',
  until: '5.6',
  flags: ['FOLL_PIN'],
  condition: 'FOLL_PIN (alias of the get function)',
  how: 'WARN_ON_ONCE',
  returns: '-EINVAL',
};

const REFUSES_GET: Refusal = {
  since: '5.7',
  until: '6.2',
  flags: ['FOLL_GET'],
  condition: 'FOLL_GET',
  how: 'WARN_ON_ONCE',
  returns: '-EINVAL',
};

const REFUSES_NULL_PAGES: Refusal = {
  since: '5.19',
  until: '6.2',
  when: 'pages-null',
  condition: 'pages NULL',
  how: 'WARN_ON_ONCE',
  returns: '-EINVAL',
};

const HUGETLB_SURPRISE =
  '6.3 to 6.5: without locked, in a hugetlb VMA armed for userfaultfd, the call can return 0 with mmap_lock released and no notice (read in follow_hugetlb_page)';

const REMOTE_LOCK: readonly LockContract[] = [
  {
    since: '5.6',
    before: 'mmap-lock',
    after: 'depends-on-locked',
    note: `locked NULL: never dropped. Otherwise it must point to 1, the lock must be held for read, and 0 on return means it is not held. ${HUGETLB_SURPRISE}.`,
  },
];

export const PIN_USER_PAGES: readonly FunctionFact[] = [
  {
    name: 'pin_user_pages',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.6',
        '6.4',
        'long pin_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas)',
      ),
      prototype(
        '6.5',
        null,
        'long pin_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.6', until: '5.6', flags: ['FOLL_TOUCH'] },
      { since: '5.6', until: '5.6', flags: ['FOLL_GET'], when: 'pages-given' },
      { since: '5.7', flags: ['FOLL_PIN'] },
      ...numaInWalk('5.6'),
      HONOR_NUMA_65,
    ],
    refuses: [ALIAS_REFUSES_PIN, REFUSES_GET, REFUSES_NULL_PAGES, ...validGupArgs('pin', '0')],
    lock: [{ since: '5.6', before: 'mmap-lock', after: 'kept', note: HUGETLB_SURPRISE }],
    acquires: 'pin',
    releasedBy: UNPIN,
    returns: pinReturns('5.6', null, '5.13'),
    notes:
      'FOLL_TOUCH is not added. FOLL_LONGTERM is allowed from the start. In 5.6 an alias of get_user_pages() without real pins, released with unpin_user_page(), which was put_page().',
    evidence: [
      { where: 'mm/gup.c pin_user_pages', commit: 'eddb1c228f79' },
      { where: 'real pins', commit: '3faa52c03f44' },
      { where: 'vmas removed', commit: '4c630f307455c06f99bdeca7f7a1ab5318604fe0' },
    ],
  },
  {
    name: 'pin_user_pages_remote',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.6',
        '5.8',
        'long pin_user_pages_remote(struct task_struct *tsk, struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
      prototype(
        '5.9',
        '6.4',
        'long pin_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, struct vm_area_struct **vmas, int *locked)',
      ),
      prototype(
        '6.5',
        null,
        'long pin_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.6', until: '5.6', flags: ['FOLL_TOUCH', 'FOLL_REMOTE'] },
      { since: '5.6', until: '5.6', flags: ['FOLL_GET'], when: 'pages-given' },
      { since: '5.7', flags: ['FOLL_PIN', 'FOLL_TOUCH', 'FOLL_REMOTE'] },
      { since: '6.3', flags: ['FOLL_UNLOCKABLE'], when: 'locked-given' },
      ...numaInWalk('5.6'),
      HONOR_NUMA_65,
    ],
    refuses: [
      ALIAS_REFUSES_PIN,
      REFUSES_GET,
      {
        since: '5.6',
        until: '6.1',
        flags: ['FOLL_LONGTERM'],
        when: 'locked-given',
        condition: 'FOLL_LONGTERM with locked given',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      REFUSES_NULL_PAGES,
      {
        since: '5.6',
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
      ...validGupArgs('pin', '0'),
      ...lockedMustBeOne('0'),
    ],
    lock: REMOTE_LOCK,
    acquires: 'pin',
    releasedBy: UNPIN,
    returns: pinReturns('5.6', null, '5.13'),
    notes:
      'FOLL_LONGTERM together with locked works since 6.2, when __gup_longterm_locked() learned to hold and retake the lock. The task_struct went in 5.9, vmas in 6.5.',
    evidence: [
      { where: 'mm/gup.c pin_user_pages_remote', commit: 'eddb1c228f79' },
      { where: 'task_struct removed', commit: '64019a2e467a' },
    ],
  },
  {
    name: 'pin_user_pages_locked',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.8',
        '5.17',
        'long pin_user_pages_locked(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [{ since: '5.8', until: '5.17', flags: ['FOLL_PIN', 'FOLL_TOUCH'] }, ...numaInWalk('5.8', '5.17')],
    refuses: [
      {
        since: '5.8',
        until: '5.17',
        flags: ['FOLL_LONGTERM', 'FOLL_GET'],
        condition: 'FOLL_LONGTERM or FOLL_GET',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
    ],
    lock: [
      {
        since: '5.8',
        until: '5.17',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: 'A NULL locked is not caught: the call then behaves like pin_user_pages().',
      },
    ],
    acquires: 'pin',
    releasedBy: within('5.8', '5.17', UNPIN),
    returns: pinReturns('5.8', '5.17', null),
    notes: 'Removed in 5.18 together with get_user_pages_locked().',
    evidence: [{ where: 'mm/gup.c pin_user_pages_locked' }],
  },
  {
    name: 'pin_user_pages_unlocked',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.8',
        null,
        'long pin_user_pages_unlocked(unsigned long start, unsigned long nr_pages, struct page **pages, unsigned int gup_flags)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.8', flags: ['FOLL_PIN', 'FOLL_TOUCH'] },
      { since: '6.3', flags: ['FOLL_UNLOCKABLE'] },
      ...numaInWalk('5.8'),
      HONOR_NUMA_65,
    ],
    refuses: [
      {
        since: '5.8',
        until: '6.1',
        flags: ['FOLL_LONGTERM'],
        condition: 'FOLL_LONGTERM (refused by get_user_pages_unlocked)',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      { ...REFUSES_GET, since: '5.8' },
      REFUSES_NULL_PAGES,
      ...validGupArgs('pin', '0'),
    ],
    lock: [
      {
        since: '5.8',
        before: 'none',
        after: 'kept',
        note: 'Takes mmap_lock of current->mm for read; may drop and retake it. The first acquisition is killable since 6.3.',
      },
    ],
    acquires: 'pin',
    releasedBy: within('5.8', null, UNPIN),
    returns: [...pinReturns('5.8', null, '6.2'), KILLED_AT_LOCK],
    notes: 'FOLL_LONGTERM works since 6.2.',
    evidence: [
      { where: 'mm/gup.c pin_user_pages_unlocked' },
      { where: 'FOLL_UNLOCKABLE', commit: 'f04740f54594' },
    ],
  },
  {
    name: 'memfd_pin_folios',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '6.11',
        null,
        'long memfd_pin_folios(struct file *memfd, loff_t start, loff_t end, struct folio **folios, unsigned int max_folios, pgoff_t *offset)',
      ),
    ],
    flagsNamespace: null,
    adds: [{ since: '6.11', flags: ['FOLL_PIN'] }],
    refuses: [
      {
        since: '6.11',
        condition:
          'not a shmem or hugetlbfs file, start < 0, start > end, max_folios 0, or end beyond i_size',
        how: 'silently',
        returns: '-EINVAL',
      },
    ],
    lock: [
      {
        since: '6.11',
        before: 'irrelevant',
        after: 'irrelevant',
        note: 'Pins page-cache folios of the file; no mmap_lock is involved.',
      },
    ],
    acquires: 'pin',
    releasedBy: [{ since: '6.11', functions: ['unpin_folios', 'unpin_folio'] }],
    returns: [
      { since: '6.11', value: '>0', when: 'number of folios; *offset is the offset in the first' },
      {
        since: '6.11',
        value: '-EINVAL, -ENOMEM or an allocation error',
        when: 'a folio could not be taken or allocated; -EAGAIN loops inside',
      },
    ],
    notes: 'Long-term: movable and CMA folios are migrated. Takes no page fault.',
    evidence: [{ where: 'mm/gup.c memfd_pin_folios' }],
  },
];
