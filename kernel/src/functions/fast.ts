/** The fast variants: a lockless walk with interrupts off, then, unless asked not to, the slow path. */

import type { FunctionFact, LockContract, Refusal, ReturnFact } from '../facts.js';
import { prototype } from './prototype.js';
import { fastMask, HONOR_NUMA_65, PUT_PAGE, UNPIN, validGupArgs, within } from './shared.js';

const TAKES_LOCK: readonly LockContract[] = [
  {
    since: '4.8',
    before: 'none',
    after: 'kept',
    note: 'The lockless part runs with interrupts off; the slow part takes mmap_lock (might_lock_read since 5.8).',
  },
];

const LOCKLESS: readonly LockContract[] = [
  {
    since: '4.8',
    before: 'irrelevant',
    after: 'irrelevant',
    note: 'Never touches mmap_lock; may be called where one must not sleep.',
  },
];

/** How the walk answers; common to the variants that fall back. */
const FAST_RETURNS: readonly ReturnFact[] = [
  { since: '4.8', value: '>0', when: 'pages obtained, fast part plus slow part; a short count is possible' },
  {
    since: '4.14',
    until: '5.2',
    value: '0',
    when: 'nr_pages <= 0; an overflowing range gives -EFAULT',
  },
  {
    since: '5.3',
    until: '5.9',
    value: '0',
    when: 'end <= start after adding the length (nr_pages 0, and overflow)',
  },
  {
    since: '5.10',
    until: '6.4',
    value: '0',
    when: 'start plus length overflows; nr_pages 0 has no test of its own',
  },
  { since: '6.5', value: '-EOVERFLOW', when: 'start plus length overflows' },
  {
    since: '4.14',
    value: '-EFAULT',
    when: 'not a user range (access_ok until 6.14; since 6.4 also end > TASK_SIZE_MAX)',
  },
  {
    since: '4.8',
    value: 'errors of the slow path',
    when: 'only if the fast part returned nothing; otherwise the fast count is returned',
  },
  { since: '5.3', value: '-EINVAL', when: 'refused flags' },
];

/** get_user_pages_fast(LONGTERM) fell back without FOLL_TOUCH and without the right to drop the lock until 6.1. */
const SLOW_PART: FunctionFact['adds'] = [
  { since: '4.8', until: '5.1', flags: ['FOLL_TOUCH'], when: 'slow-path' },
  { since: '5.2', until: '6.1', flags: ['FOLL_TOUCH'], when: 'slow-path-without-longterm' },
  { since: '6.2', until: '6.2', flags: ['FOLL_TOUCH'], when: 'slow-path' },
  { since: '6.3', flags: ['FOLL_TOUCH', 'FOLL_UNLOCKABLE'], when: 'slow-path' },
];

const REFUSES_GET: Refusal = {
  since: '5.7',
  until: '6.2',
  flags: ['FOLL_GET'],
  condition: 'FOLL_GET',
  how: 'WARN_ON_ONCE',
  returns: '-EINVAL',
};

const COW_WORKAROUND: FunctionFact['adds'] = [
  { since: '5.8', until: '5.8', flags: ['FOLL_WRITE'], when: 'fast-walk' },
];

export const FAST: readonly FunctionFact[] = [
  {
    name: 'get_user_pages_fast',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '5.1',
        'int get_user_pages_fast(unsigned long start, int nr_pages, int write, struct page **pages)',
      ),
      prototype(
        '5.2',
        null,
        'int get_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '5.1', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '4.8', until: '5.6', flags: ['FOLL_GET'], when: 'slow-path' },
      { since: '5.7', flags: ['FOLL_GET'] },
      ...COW_WORKAROUND,
      ...SLOW_PART,
      HONOR_NUMA_65,
    ],
    refuses: [
      ...fastMask('5.3', null, '-EINVAL'),
      {
        since: '5.6',
        until: '6.2',
        flags: ['FOLL_PIN'],
        condition: 'FOLL_PIN',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      {
        since: '5.10',
        until: '6.2',
        flags: ['FOLL_LONGTERM'],
        condition: 'FOLL_LONGTERM',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      ...validGupArgs('get', '-EINVAL').filter(refusal => refusal.when !== 'pages-null'),
      {
        since: '6.3',
        when: 'pages-null',
        condition: 'pages NULL',
        how: 'WARN_ON_ONCE, is_valid_gup_args() is false',
        returns: '-EINVAL',
      },
    ],
    lock: TAKES_LOCK,
    acquires: 'reference',
    releasedBy: PUT_PAGE,
    returns: FAST_RETURNS,
    notes:
      'The third argument was int write until 5.1. 5.2 did not check the flags. FOLL_FORCE never makes the fast walk succeed. The slow part has FOLL_TOUCH through get_user_pages_unlocked() until 6.2 and explicitly since 6.3.',
    evidence: [{ where: 'mm/gup.c get_user_pages_fast', commit: '73b0140bf0fe9df90fb267c00673c4b9bf285430' }],
  },
  {
    name: 'get_user_pages_fast_only',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.8',
        null,
        'int get_user_pages_fast_only(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [{ since: '5.8', flags: ['FOLL_GET', 'FOLL_FAST_ONLY'] }, HONOR_NUMA_65],
    refuses: [
      ...fastMask('5.8', '6.2', '0'),
      ...fastMask('6.3', null, '-EINVAL'),
      // FOLL_FAST_ONLY is set by the wrapper itself, so a caller's is not seen apart; is_valid_gup_args() refuses it.
      ...validGupArgs('get', '-EINVAL').filter(refusal => refusal.when !== 'pages-null'),
      {
        since: '6.3',
        when: 'pages-null',
        condition: 'pages NULL',
        how: 'WARN_ON_ONCE, is_valid_gup_args() is false',
        returns: '-EINVAL',
      },
    ],
    lock: within('5.8', null, LOCKLESS),
    acquires: 'reference',
    releasedBy: within('5.8', null, PUT_PAGE),
    returns: [
      { since: '5.8', value: '>=0', when: 'number of pages the lockless walk got' },
      { since: '5.8', until: '6.2', value: '0', when: 'also in place of any error' },
      { since: '6.3', value: '-EINVAL, -EFAULT or (6.5+) -EOVERFLOW', when: 'refused flags, a bad range' },
    ],
    notes: '',
    evidence: [{ where: 'mm/gup.c get_user_pages_fast_only' }],
  },
  {
    name: 'get_user_page_fast_only',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.8',
        null,
        'bool get_user_page_fast_only(unsigned long addr, unsigned int gup_flags, struct page **pagep)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [{ since: '5.8', flags: ['FOLL_GET', 'FOLL_FAST_ONLY'] }, HONOR_NUMA_65],
    refuses: [],
    lock: within('5.8', null, LOCKLESS),
    acquires: 'reference',
    releasedBy: within('5.8', null, PUT_PAGE),
    returns: [{ since: '5.8', value: 'true', when: 'exactly one page was obtained; false otherwise' }],
    notes: 'An inline around get_user_pages_fast_only(); what that refuses is false here.',
    evidence: [{ where: 'include/linux/mm.h get_user_page_fast_only' }],
  },
  {
    name: '__get_user_pages_fast',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '5.7',
        'int __get_user_pages_fast(unsigned long start, int nr_pages, int write, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '4.8', until: '5.7', flags: ['FOLL_WRITE'], when: 'write-given' },
      { since: '5.7', until: '5.7', flags: ['FOLL_GET'] },
    ],
    refuses: [],
    lock: within('4.8', '5.7', LOCKLESS),
    acquires: 'reference',
    releasedBy: within('4.8', '5.7', PUT_PAGE),
    returns: [{ since: '4.8', until: '5.7', value: '>=0', when: 'number of pages; 0 also for a bad range' }],
    notes: 'int write to the end; get_user_pages_fast_only() took its place in 5.8.',
    evidence: [{ where: 'mm/gup.c __get_user_pages_fast' }],
  },
  {
    name: 'pin_user_pages_fast',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.6',
        null,
        'int pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.6', until: '5.6', flags: ['FOLL_GET'], when: 'slow-path' },
      { since: '5.7', flags: ['FOLL_PIN'] },
      ...COW_WORKAROUND,
      ...within('5.6', null, SLOW_PART),
      HONOR_NUMA_65,
    ],
    refuses: [
      ...fastMask('5.6', null, '-EINVAL'),
      {
        since: '5.6',
        until: '5.6',
        flags: ['FOLL_PIN'],
        condition: 'FOLL_PIN (alias of the get function)',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      REFUSES_GET,
      {
        since: '5.19',
        until: '6.2',
        when: 'pages-null',
        condition: 'pages NULL',
        how: 'WARN_ON_ONCE',
        returns: '-EINVAL',
      },
      ...validGupArgs('pin', '-EINVAL'),
    ],
    lock: within('5.6', null, TAKES_LOCK),
    acquires: 'pin',
    releasedBy: UNPIN,
    returns: within('5.6', null, FAST_RETURNS),
    notes:
      'The fast part is thrown away if fork changed write_protect_seq meanwhile (5.11+, and 5.10.y). Until 6.1 a FOLL_LONGTERM request falls back without FOLL_TOUCH and keeps mmap_lock.',
    evidence: [
      { where: 'mm/gup.c pin_user_pages_fast', commit: 'eddb1c228f79' },
      { where: 'write_protect_seq', commit: '57efa1fe5957' },
    ],
  },
  {
    name: 'pin_user_pages_fast_only',
    kind: 'gup',
    visibility: 'public',
    signatures: [
      prototype(
        '5.8',
        '6.2',
        'int pin_user_pages_fast_only(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [{ since: '5.8', until: '6.2', flags: ['FOLL_PIN', 'FOLL_FAST_ONLY'] }],
    refuses: [
      {
        since: '5.8',
        until: '6.2',
        flags: ['FOLL_GET'],
        condition: 'FOLL_GET',
        how: 'WARN_ON_ONCE',
        returns: '0',
      },
      {
        since: '5.19',
        until: '6.2',
        when: 'pages-null',
        condition: 'pages NULL',
        how: 'WARN_ON_ONCE',
        returns: '0',
      },
      ...fastMask('5.8', '6.2', '0'),
    ],
    lock: within('5.8', '6.2', LOCKLESS),
    acquires: 'pin',
    releasedBy: within('5.8', '6.2', UNPIN),
    returns: [{ since: '5.8', until: '6.2', value: '>=0', when: 'number of pages; never negative' }],
    notes: '',
    evidence: [{ where: 'mm/gup.c pin_user_pages_fast_only' }],
  },
];
