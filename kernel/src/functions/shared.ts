/** What many functions of the family have in common: results, refusals, and what gives the pages back. */

import type { FunctionFact, Range, Refusal, ReturnFact } from '../facts.js';
import { compareReleases, type Release } from '../release.js';

/** The part of `entries` that lies in `since` … `until`, its ranges cut to fit. */
export function within<T extends Range>(
  since: Release,
  until: Release | null,
  entries: readonly T[],
): readonly T[] {
  return entries.flatMap(entry => {
    const from = compareReleases(entry.since, since) < 0 ? since : entry.since;
    const to = earlier(entry.until ?? null, until);
    if (to !== null && compareReleases(from, to) > 0) return [];
    const { until: _dropped, ...rest } = entry;
    return [(to === null ? { ...rest, since: from } : { ...rest, since: from, until: to }) as T];
  });
}

function earlier(a: Release | null, b: Release | null): Release | null {
  if (a === null) return b;
  if (b === null) return a;
  return compareReleases(a, b) < 0 ? a : b;
}

/** What gives back an ordinary reference. 5.2 to 5.5 had put_user_page() as a placeholder for the later unpin. */
export const PUT_PAGE: FunctionFact['releasedBy'] = [
  { since: '4.8', until: '5.1', functions: ['put_page', 'release_pages'] },
  {
    since: '5.2',
    until: '5.5',
    functions: ['put_page', 'put_user_page', 'put_user_pages', 'put_user_pages_dirty_lock', 'release_pages'],
  },
  { since: '5.6', until: '5.15', functions: ['put_page', 'release_pages'] },
  { since: '5.16', functions: ['put_page', 'folio_put', 'release_pages'] },
];

/** What gives back a pin. */
export const UNPIN: FunctionFact['releasedBy'] = [
  {
    since: '5.6',
    until: '5.12',
    functions: ['unpin_user_page', 'unpin_user_pages', 'unpin_user_pages_dirty_lock'],
  },
  {
    since: '5.13',
    functions: [
      'unpin_user_page',
      'unpin_user_pages',
      'unpin_user_pages_dirty_lock',
      'unpin_user_page_range_dirty_lock',
    ],
  },
];

const SLOW_RETURNS: readonly ReturnFact[] = [
  {
    since: '4.8',
    value: '>0',
    when: 'pages obtained; may be fewer than asked (fault error after the first page, signal, or lock trouble). The error is hidden when at least one page was obtained',
  },
  {
    since: '4.8',
    until: '6.6',
    value: '0',
    when: 'nr_pages is 0; FOLL_NOWAIT could not proceed; or a fault needed the lock to be dropped and nothing was obtained',
  },
  {
    since: '6.7',
    value: '0',
    when: 'nr_pages is 0 or FOLL_NOWAIT could not proceed; any other empty result is a WARN_ON_ONCE and -EFAULT',
  },
  {
    since: '4.8',
    value: '-EFAULT',
    when: 'no VMA, VMA flags that refuse, no access, a SIGBUS or SIGSEGV fault, a poisoned page without FOLL_HWPOISON, a miss under FOLL_NOFAULT (5.16+)',
  },
  {
    since: '4.8',
    value: '-ENOMEM',
    when: 'VM_FAULT_OOM, or the reference count would overflow (from 5.1)',
  },
  { since: '4.8', value: '-EHWPOISON', when: 'poisoned page and FOLL_HWPOISON' },
  { since: '4.8', until: '5.6', value: '-ERESTARTSYS', when: 'fatal signal pending before the first page' },
  {
    since: '5.7',
    value: '-EINTR',
    when: 'fatal signal pending; since 6.2 any signal during a retry if FOLL_INTERRUPTIBLE; also when killed while retaking the lock after a drop',
  },
  {
    since: '5.2',
    value: '-EOPNOTSUPP',
    when: 'FOLL_LONGTERM on fsdax (5.2-5.10 checked after the fact, since 5.11 in check_vma_flags); FOLL_SPLIT_PMD on hugetlb (since 6.15)',
  },
  {
    since: '6.2',
    value: '-EREMOTEIO',
    when: 'PCI P2PDMA page without FOLL_PCI_P2PDMA (slow path)',
  },
  {
    since: '4.8',
    until: '6.5',
    value: '-EFAULT',
    when: 'fatal signal seen inside a hugetlb VMA before the first page (follow_hugetlb_page has no errno for signals)',
  },
];

const GET_RETURNS: readonly ReturnFact[] = [
  {
    since: '4.8',
    until: '5.17',
    value: '-EFAULT',
    when: 'entry without a struct page (PFN mapping) and pages not NULL; with pages NULL it is skipped',
  },
  {
    since: '5.18',
    value: '-EEXIST',
    when: 'entry without a struct page (PFN mapping) and pages not NULL',
  },
  { since: '5.2', value: '-EINVAL', when: 'a refused combination of arguments (WARN_ON_ONCE)' },
];

const PIN_RETURNS: readonly ReturnFact[] = [
  // In 5.6 the pin functions are aliases of the get functions.
  {
    since: '5.6',
    until: '5.6',
    value: '-EFAULT',
    when: 'entry without a struct page (PFN mapping) and pages not NULL; with pages NULL it is skipped',
  },
  {
    since: '5.7',
    until: '5.17',
    value: '>0 with an unset slot',
    when: 'entry without a struct page under FOLL_PIN: counted, but pages[i] is not written',
  },
  { since: '5.18', value: '-EEXIST', when: 'entry without a struct page (PFN mapping)' },
  {
    since: '5.6',
    until: '6.2',
    value: '-EINVAL',
    when: 'a refused combination of arguments (WARN_ON_ONCE)',
  },
  {
    since: '6.3',
    value: '0',
    when: 'a refused combination of arguments (WARN_ON_ONCE): pin variants return 0 where get variants return -EINVAL',
  },
];

/** Results of the slow walk for a function that takes references. */
export function getReturns(since: Release, until: Release | null = null): readonly ReturnFact[] {
  return within(since, until, [...SLOW_RETURNS, ...GET_RETURNS]);
}

/** Results of the slow walk for a function that pins; `longterm` is the first release it takes FOLL_LONGTERM. */
export function pinReturns(
  since: Release,
  until: Release | null,
  longterm: Release | null,
): readonly ReturnFact[] {
  const migrate: ReturnFact[] =
    longterm === null
      ? []
      : [
          {
            since: longterm,
            value: '-EBUSY or -ENOMEM',
            when: 'FOLL_LONGTERM: the page could not be migrated out of CMA, movable or device-coherent memory (-EBUSY device-coherent, -ENOMEM migration failed)',
          },
        ];
  return within(since, until, [...SLOW_RETURNS, ...PIN_RETURNS, ...migrate]);
}

/** The first acquisition of mmap_lock became killable when the lock moved into __get_user_pages_locked(). */
export const KILLED_AT_LOCK: ReturnFact = {
  since: '6.3',
  value: '-EAGAIN',
  when: 'killed while taking mmap_lock',
};

const EXTERNAL_63 = ['FOLL_PIN', 'FOLL_TRIED', 'FOLL_UNLOCKABLE', 'FOLL_REMOTE', 'FOLL_FAST_ONLY'];
const INTERNAL_67 = [...EXTERNAL_63, 'FOLL_TOUCH'];
const INTERNAL_69 = [...INTERNAL_67, 'FOLL_MADV_POPULATE'];
const INVALID = 'WARN_ON_ONCE, is_valid_gup_args() is false';

/**
 * The checks of is_valid_gup_args() (since 6.3), as they apply to a wrapper that takes references (`get`) or pins.
 * `returns` is what the wrapper makes of a refusal.
 */
export function validGupArgs(kind: 'get' | 'pin', returns: '0' | '-EINVAL'): readonly Refusal[] {
  const how = INVALID;
  const own: readonly Refusal[] =
    kind === 'get'
      ? [
          {
            since: '6.3',
            flags: ['FOLL_LONGTERM'],
            condition: 'FOLL_LONGTERM without FOLL_PIN',
            how,
            returns,
          },
          {
            since: '6.3',
            flags: ['FOLL_GET'],
            when: 'pages-null',
            condition: 'FOLL_GET with pages NULL',
            how,
            returns,
          },
        ]
      : [
          { since: '6.3', flags: ['FOLL_GET'], condition: 'FOLL_GET together with FOLL_PIN', how, returns },
          { since: '6.3', when: 'pages-null', condition: 'FOLL_PIN with pages NULL', how, returns },
        ];
  return [
    {
      since: '6.3',
      until: '6.6',
      flags: EXTERNAL_63,
      condition: 'a flag that only mm may pass (PIN, TRIED, UNLOCKABLE, REMOTE, FAST_ONLY)',
      how,
      returns,
    },
    {
      since: '6.7',
      until: '6.8',
      flags: INTERNAL_67,
      condition: 'a flag of INTERNAL_GUP_FLAGS (TOUCH, TRIED, REMOTE, PIN, FAST_ONLY, UNLOCKABLE)',
      how,
      returns,
    },
    {
      since: '6.9',
      flags: INTERNAL_69,
      condition:
        'a flag of INTERNAL_GUP_FLAGS (TOUCH, TRIED, REMOTE, PIN, FAST_ONLY, UNLOCKABLE, MADV_POPULATE)',
      how,
      returns,
    },
    ...own,
    {
      since: '6.3',
      together: ['FOLL_LONGTERM', 'FOLL_PCI_P2PDMA'],
      condition: 'FOLL_LONGTERM together with FOLL_PCI_P2PDMA',
      how,
      returns,
    },
  ];
}

/** In a wrapper with a `locked` pointer, since 6.3: it must point to 1. */
export function lockedMustBeOne(returns: '0' | '-EINVAL'): readonly Refusal[] {
  return [
    {
      since: '6.3',
      when: 'locked-not-one',
      condition: 'locked is given and *locked is not 1 on entry',
      how: INVALID,
      returns,
    },
    {
      since: '6.3',
      until: '6.4',
      condition: 'a vmas array together with FOLL_UNLOCKABLE (locked given)',
      how: INVALID,
      returns,
    },
  ];
}

/** What the fast walk accepts; any other flag is a WARN_ON_ONCE (mm/gup.c, the mask at its entry). */
export function fastMask(
  since: Release,
  until: Release | null,
  returns: '0' | '-EINVAL',
): readonly Refusal[] {
  const base = ['FOLL_WRITE', 'FOLL_LONGTERM'];
  const v56 = [...base, 'FOLL_FORCE', 'FOLL_PIN'];
  const v57 = [...v56, 'FOLL_GET'];
  const v58 = [...v57, 'FOLL_FAST_ONLY'];
  const v516 = [...v58, 'FOLL_NOFAULT'];
  const v62 = [...v516, 'FOLL_PCI_P2PDMA'];
  const v65 = [...v62, 'FOLL_HONOR_NUMA_FAULT'];
  const masks: readonly (Range & { readonly outside: readonly string[] })[] = [
    { since: '5.3', until: '5.5', outside: base },
    { since: '5.6', until: '5.6', outside: v56 },
    { since: '5.7', until: '5.7', outside: v57 },
    { since: '5.8', until: '5.15', outside: v58 },
    { since: '5.16', until: '6.1', outside: v516 },
    { since: '6.2', until: '6.4', outside: v62 },
    { since: '6.5', outside: v65 },
  ];
  return within(
    since,
    until,
    masks.map(mask => ({
      ...mask,
      condition: `a flag outside ${mask.outside.map(flag => flag.replace('FOLL_', '')).join(', ')}`,
      how: 'WARN_ON_ONCE',
      returns,
    })),
  );
}

/** FOLL_HONOR_NUMA_FAULT came implicitly through is_valid_gup_args() in 6.5 only. */
export const HONOR_NUMA_65 = { since: '6.5', until: '6.5', flags: ['FOLL_HONOR_NUMA_FAULT'] } as const;

/** __get_user_pages() itself adds FOLL_NUMA unless FOLL_FORCE is there (until 6.0). */
export function numaInWalk(since: Release, until: Release | null = null): FunctionFact['adds'] {
  return within(since, until, [{ since: '4.8', until: '6.0', flags: ['FOLL_NUMA'], when: 'in-walk' }]);
}
