/** mlock() and MADV_POPULATE: the flags of the walk, and what batches hold afterwards. */

import type { Change } from './across.js';

export const POPULATE: readonly Change[] = [
  {
    what: 'FOLL_POPULATE and FOLL_MLOCK are gone',
    of: ['populateFlags'],
    scenario: { fn: 'mlock' },
    before: [
      '5.17',
      { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_FORCE', 'FOLL_POPULATE', 'FOLL_MLOCK'] },
    ],
    since: ['5.18', { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_FORCE'] }],
  },
  {
    what: 'a page that was there is put on the unevictable list by way of a batch, or at once',
    of: ['mlockByRange'],
    scenario: { fn: 'mlock', page_state: 'write_populated' },
    before: ['5.17', { ret: 0, mapped: 'present write dirty young anon x2' }],
    since: ['5.18', { ret: 0, mapped: 'present write dirty young anon x1' }],
  },
  {
    what: 'MADV_POPULATE_WRITE ends with the batches drained',
    of: ['populateDrainsBatch'],
    scenario: { fn: 'madvise_populate_write' },
    before: ['5.17', { ret: 0, mapped: 'present write dirty young anon x2' }],
    since: ['5.18', { ret: 0, mapped: 'present write dirty young anon x1' }],
  },
  {
    what: 'FOLL_FORCE only where a write does not break COW',
    of: ['populateForcesOnlyOthers'],
    scenario: { fn: 'mlock' },
    before: ['6.8', { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_FORCE', 'FOLL_UNLOCKABLE'] }],
    since: ['6.9', { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_UNLOCKABLE'] }],
  },
  {
    what: 'a page that comes from swap stays in a batch',
    of: ['swapinDrainsBatch'],
    scenario: { page_state: 'swapped_out' },
    before: ['7.2', { ret: 1, mapped: 'present write young anon anon_exclusive swapcache x3' }],
    since: ['7.3', { ret: 1, mapped: 'present write young anon anon_exclusive swapcache x4' }],
  },
];
