/** What the exported functions accept, and what their refusal is. */

import { describe, expect, it } from 'vitest';
import { simulate } from '../../../simulator/src/index.js';
import { scenario } from '../scenarios.js';
import { testChanges } from './across.js';

const LONGTERM = { flags: ['FOLL_LONGTERM'] };

describe('arguments', () => {
  testChanges([
    {
      what: 'get_user_pages() refuses FOLL_LONGTERM',
      scenario: { ...LONGTERM, fn: 'get_user_pages' },
      before: ['5.9', { ret: 1, warned: false }],
      since: ['5.10', { ret: -22, warned: true }],
    },
    {
      what: 'pin functions refuse pages NULL; before, what they pin is lost',
      scenario: { fn: 'pin_user_pages', opts: ['pages_null'] },
      before: ['5.18', { ret: 1, warned: false }],
      since: ['5.19', { ret: -22, warned: true }],
    },
    {
      what: 'FOLL_LONGTERM works with a locked pointer',
      scenario: { ...LONGTERM, fn: 'pin_user_pages_remote', mm: 'remote', locked: 1 },
      before: ['6.1', { ret: -22, warned: true }],
      since: ['6.2', { ret: 1, warned: false }],
    },
    {
      what: 'wrong arguments of pin_user_pages() are 0',
      scenario: { fn: 'pin_user_pages', flags: ['FOLL_GET'] },
      before: ['6.2', { ret: -22, warned: true }],
      since: ['6.3', { ret: 0, warned: true }],
    },
    {
      what: 'FOLL_TOUCH from a caller is refused',
      scenario: { flags: ['FOLL_TOUCH'] },
      before: ['6.6', { ret: 1, warned: false }],
      since: ['6.7', { ret: -22, warned: true }],
    },
    {
      what: 'an error of get_user_pages_fast_only() is no longer hidden',
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
      scenario: { fn: 'get_dump_page', page_state: 'write_populated' },
      before: ['5.9', { ret: 1, lock_events: [] }],
      since: ['5.11', { ret: 1, lock_events: ['start_read', 'acquired_read', 'release_read'] }],
    },
    {
      what: 'MADV_POPULATE_WRITE exists',
      scenario: { fn: 'madvise_populate_write' },
      before: ['5.13', { ret: -22, faults: [] }],
      since: ['5.14', { ret: 0, faults: ['WRITE ALLOW_RETRY KILLABLE ->'] }],
    },
  ]);

  it('get_user_pages_locked() is there until 5.17, and may drop the lock', () => {
    const uffd = { mode: 'missing', plan: 'C' };
    const changes = {
      fn: 'get_user_pages_locked',
      locked: 1 as const,
      vma: { kind: 'anon', share: 'private' as const, prot: 'rw-', len: 16384, uffd },
    };
    const last = simulate(scenario({ ...changes, kernel: '5.17' }));
    expect(last.modelled && last.outcome).toMatchObject({ ret: 1, locked_after: 0 });
    expect(simulate(scenario({ ...changes, kernel: '5.18' }))).toMatchObject({
      modelled: false,
      reason: expect.stringContaining('no such function'),
    });
  });

  it('get_dump_page() of 7.3 leaves a lock that its caller holds', () => {
    const held = simulate(
      scenario({ fn: 'get_dump_page', locked: 1, kernel: '7.3', page_state: 'write_populated' }),
    );
    expect(held.modelled && held.outcome).toMatchObject({ ret: 1, locked_after: 1, lock_events: [] });
    const taken = simulate(
      scenario({ fn: 'get_dump_page', locked: 0, kernel: '7.3', page_state: 'write_populated' }),
    );
    expect(taken.modelled && taken.outcome).toMatchObject({
      ret: 1,
      locked_after: 0,
      lock_events: ['start_read', 'acquired_read', 'release_read'],
    });
  });
});
