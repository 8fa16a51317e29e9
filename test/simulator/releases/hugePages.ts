/** Transparent huge pages and O_DIRECT by release. */

import type { Change } from './across.js';

const HUGE = { kind: 'anon_thp', share: 'private', prot: 'rw-', len: 2 << 20 } as const;
const SHARED_WITH_CHILD = { vma: HUGE, page_state: 'written_then_forked_child_alive' } as const;
const EXITED = { vma: HUGE, page_state: 'written_then_forked_child_exited' } as const;
const WRITE = ['FOLL_WRITE'];

export const HUGE_PAGES: readonly Change[] = [
  {
    what: 'a write to the huge zero page maps a huge page',
    of: ['hugeZeroWriteAllocatesHuge'],
    scenario: { vma: HUGE, page_state: 'read_populated', flags: WRITE },
    before: ['6.12', { ret: 1, mapped: 'present write dirty young anon anon_exclusive x3' }],
    since: ['6.13', { ret: 1, mapped: 'present write dirty young anon anon_exclusive large_folio x2' }],
  },
  {
    what: 'the entry of the huge zero page is special, and left alone by gup-fast',
    of: ['hugeZeroSpecial'],
    scenario: { vma: HUGE, page_state: 'read_populated', fn: 'get_user_pages_fast' },
    before: ['6.17', { ret: 1, lock_events: [], mapped: 'present young large_folio zero_page x2' }],
    since: [
      '6.18',
      {
        ret: 1,
        lock_events: ['start_read', 'acquired_read', 'release_read'],
        mapped: 'present young special large_folio zero_page x2',
      },
    ],
  },
  {
    what: 'a write to a huge page that a child has too splits the entry and copies a small page',
    of: ['hugeCowCopiesWhole'],
    scenario: { ...SHARED_WITH_CHILD, flags: WRITE },
    before: ['5.7', { ret: 1, mapped: 'present write dirty young anon large_folio x2' }],
    since: ['5.8', { ret: 1, mapped: 'present write dirty young anon x3' }],
  },
  {
    what: 'a huge page that is pinned is not reused by a write unless it is exclusive',
    of: ['thpReuseByMapcount'],
    scenario: {
      ...EXITED,
      flags: WRITE,
      pte_before: [
        {
          lvl: 2,
          f: ['present', 'dirty', 'young', 'anon', 'large_folio', 'maybe_dma_pinned'],
          ref: 2,
          map: 0,
          pin: 1,
        },
      ],
    },
    before: ['5.17', { ret: 1, same_page_as_before: true }],
    since: ['5.18', { ret: 1, same_page_as_before: false }],
  },
  {
    what: 'splitting a dirty huge entry makes dirty small ones',
    of: ['splitKeepsDirty'],
    scenario: { vma: HUGE, page_state: 'write_populated', flags: ['FOLL_SPLIT_PMD'] },
    before: ['6.1', { mapped: 'present write young anon anon_exclusive large_folio pg_dirty x513' }],
    since: ['6.2', { mapped: 'present write dirty young anon anon_exclusive large_folio pg_dirty x513' }],
  },
  {
    what: 'the pages of a huge page that a child maps whole do not count it once more',
    of: ['doubleMap'],
    scenario: { ...SHARED_WITH_CHILD, flags: ['FOLL_SPLIT_PMD'] },
    before: ['6.1', { ret: 1, mapcount: 2 }],
    since: ['6.2', { ret: 1, mapcount: 1 }],
  },
  {
    what: 'the last page of a large folio that is still mapped is not reused by a write',
    of: ['wpLeavesLargeFolio'],
    scenario: {
      ...EXITED,
      flags: WRITE,
      pte_before: [
        { lvl: 1, f: ['present', 'dirty', 'young', 'anon', 'large_folio'], ref: 1, map: 1, pin: 0 },
      ],
    },
    before: ['6.8', { ret: 1, same_page_as_before: true }],
    since: ['6.9', { ret: 1, same_page_as_before: false }],
  },
  {
    what: 'a page of a large folio that is all ours is reused by a write',
    of: ['wpReusesLargeFolio', 'wpLeavesLargeFolio'],
    scenario: { ...EXITED, flags: [...WRITE, 'FOLL_SPLIT_PMD'] },
    before: ['6.14', { ret: 1, same_page_as_before: false }],
    since: ['6.15', { ret: 1, same_page_as_before: true }],
  },
  {
    what: 'O_DIRECT pins its buffer',
    of: ['directIoPins'],
    scenario: { fn: 'odirect_write' },
    before: ['6.4', { ret: 4096, effective_gup_flags: ['FOLL_TOUCH', 'FOLL_GET', 'FOLL_UNLOCKABLE'] }],
    since: [
      '6.5',
      {
        ret: 4096,
        effective_gup_flags: ['FOLL_TOUCH', 'FOLL_PIN', 'FOLL_HONOR_NUMA_FAULT', 'FOLL_UNLOCKABLE'],
      },
    ],
  },
  {
    what: 'O_DIRECT marks huge pages dirty that it reads into, where a stable tree has it',
    of: ['directIoDirtiesLarge'],
    scenario: { vma: HUGE, page_state: 'write_populated', fn: 'odirect_read' },
    before: ['5.9', { mapped: 'present write dirty young anon large_folio x1' }],
    since: ['5.10', { mapped: 'present write dirty young anon large_folio pg_dirty x1' }],
  },
  {
    what: 'O_DIRECT marks huge pages dirty that it reads into',
    of: ['directIoDirtiesLarge'],
    scenario: { vma: HUGE, page_state: 'write_populated', fn: 'odirect_read' },
    before: ['6.6', { mapped: 'present write dirty young anon anon_exclusive large_folio x1' }],
    since: ['6.7', { mapped: 'present write dirty young anon anon_exclusive large_folio pg_dirty x1' }],
  },
];
