/** mlock() and MADV_POPULATE: the flags of the walk, and what batches hold afterwards. */

import { describe } from 'vitest';
import { testChanges } from './across.js';

describe('filling a range', () => {
  testChanges([
    {
      what: 'FOLL_POPULATE and FOLL_MLOCK are gone',
      scenario: { fn: 'mlock' },
      before: [
        '5.17',
        { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_FORCE', 'FOLL_POPULATE', 'FOLL_MLOCK'] },
      ],
      since: ['5.18', { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_FORCE'] }],
    },
    {
      what: 'a page that was there is put on the unevictable list by way of a batch, or at once',
      scenario: { fn: 'mlock', page_state: 'write_populated' },
      before: ['5.17', { ret: 0, mapped: 'present write dirty young anon x2' }],
      since: ['5.18', { ret: 0, mapped: 'present write dirty young anon x1' }],
    },
    {
      what: 'MADV_POPULATE_WRITE ends with the batches drained',
      scenario: { fn: 'madvise_populate_write' },
      before: ['5.17', { ret: 0, mapped: 'present write dirty young anon x2' }],
      since: ['5.18', { ret: 0, mapped: 'present write dirty young anon x1' }],
    },
    {
      what: 'FOLL_FORCE only where a write does not break COW',
      scenario: { fn: 'mlock' },
      before: ['6.8', { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_FORCE', 'FOLL_UNLOCKABLE'] }],
      since: ['6.9', { effective_gup_flags: ['FOLL_WRITE', 'FOLL_TOUCH', 'FOLL_UNLOCKABLE'] }],
    },
    {
      what: 'a page that comes from swap stays in a batch',
      scenario: { page_state: 'swapped_out' },
      before: ['7.2', { ret: 1, mapped: 'present write young anon anon_exclusive swapcache x3' }],
      since: ['7.3', { ret: 1, mapped: 'present write young anon anon_exclusive swapcache x4' }],
    },
  ]);
});
