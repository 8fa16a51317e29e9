/** A litmus test as a program: what its actions do and note, whoever runs them. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { ACTIONS } from '../../simulator/src/litmus/actions/index.js';
import { inapplicable } from '../../simulator/src/litmus/applicable.js';
import { behaviourOfKernel } from '../../simulator/src/litmus/expectations.js';
import { made, observed, programOf, runInOrder } from './files.js';

const NOTHING = { any: [{ property: 'lock-as-promised' }] };

/** What a single task notes that does this on a page that was written to. */
function alone(does: readonly object[], release: Release = '6.12', fields: object = {}) {
  return observed(made({ only: { does } }, NOTHING, fields), release);
}

describe('an action', () => {
  it('reads what the memory holds, and what was written', () => {
    const does = [
      { do: 'read', as: 'first' },
      { do: 'write', value: 'x' },
      { do: 'read', as: 'second' },
    ];
    expect(alone(does)).toEqual({ first: 'old', 'first.signal': 0, second: 'x', 'second.signal': 0 });
  });

  it('takes pages, works on them through no page table, and gives them back', () => {
    const does = [
      { do: 'pin_user_pages_fast', flags: ['FOLL_WRITE'], nr: 2, as: 'p' },
      { do: 'write_pages', of: 'p', value: 'dma' },
      { do: 'read', page: 1, as: 'seen' },
      { do: 'read_pages', of: 'p', as: 'r' },
      { do: 'unpin', of: 'p', dirty: true },
      { do: 'read_pages', of: 'p', as: 'later' },
    ];
    const found = alone(does, '6.12', { memory: { vma: {}, page_state: 'write_populated', pages: 2 } });
    expect(found).toEqual({ p: 2, seen: 'dma', 'seen.signal': 0, r: 'dma', 'r.1': 'dma' });
  });

  it('holds mmap_lock around a call that wants it held, and drops it where that has not', () => {
    const call = { do: 'get_user_pages_remote', as: 'g', locked: 1 };
    const litmus = made({ only: { does: [call] } }, NOTHING, {
      memory: { vma: { uffd: { mode: 'missing', plan: 'C' } } },
    });
    const run = runInOrder(programOf(litmus, '6.12'));
    expect(JSON.parse(run.outcome())).toEqual({ g: 1, 'g.locked': 0 });
    expect(run.state.mms[0]?.mmapLock).toMatchObject({ readers: {}, writers: {} });
    expect(run.check(0)).toBeNull();
  });

  it.each([null, 1] as const)('dumps a page, with locked %j', locked => {
    const release = locked === null ? '6.1' : '6.15';
    const litmus = made({ only: { does: [{ do: 'get_dump_page', locked, as: 'd' }] } }, NOTHING);
    const run = runInOrder(programOf(litmus, release));
    expect([run.check(0), JSON.parse(run.outcome())]).toMatchObject([null, { d: 1 }]);
  });

  it('sends a signal to a task that has not begun', () => {
    const tasks = {
      killer: { does: [{ do: 'kill', task: 'late' }] },
      late: { after: ['killer'], does: [{ do: 'get_user_pages_unlocked', page: 1, as: 'g' }] },
    };
    expect(observed(made(tasks, NOTHING), '6.12')).toEqual({ g: -4 });
  });

  it('forks: the child sees the page as it was', () => {
    const tasks = {
      parent: {
        does: [
          { do: 'fork', as: 'child' },
          { do: 'write', value: 'later' },
        ],
      },
      other: { mm: 'child', does: [{ do: 'read', as: 'r' }] },
    };
    expect(observed(made(tasks, NOTHING), '6.12')).toMatchObject({ child: 0, r: 'old' });
  });

  it.each([
    [
      { do: 'munmap', as: 'm' },
      { do: 'read', as: 'r' },
      { m: 0, 'r.signal': 11 },
    ],
    [
      { do: 'madvise_dontneed', as: 'm' },
      { do: 'read', as: 'r' },
      { m: 0, r: '0', 'r.signal': 0 },
    ],
    [
      { do: 'mprotect', prot: 'r--', as: 'm' },
      { do: 'write', as: 'r' },
      { m: 0, 'r.signal': 11 },
    ],
    [
      { do: 'migrate', as: 'm' },
      { do: 'read', as: 'r' },
      { m: 0, r: 'old', 'r.signal': 0 },
    ],
    [
      { do: 'swap_out', as: 'm' },
      { do: 'read', as: 'r' },
      { m: 'freed', r: 'old', 'r.signal': 0 },
    ],
    [
      { do: 'ksm_merge', value: 'old', as: 'm' },
      { do: 'read', as: 'r' },
      { m: 0, r: 'old', 'r.signal': 0 },
    ],
    [
      { do: 'ksm_merge', value: 'else', as: 'm' },
      { do: 'read', as: 'r' },
      { m: -14, r: 'old', 'r.signal': 0 },
    ],
    [
      { do: 'mmap', page: 1024, as: 'm' },
      { do: 'read', page: 1024, as: 'r' },
      { m: 0, r: '0', 'r.signal': 0 },
    ],
    [
      { do: 'mmap', page: 2, as: 'm' },
      { do: 'read', as: 'r' },
      { m: -12, r: 'old', 'r.signal': 0 },
    ],
    [{ do: 'exit' }, { do: 'read', as: 'r' }, { 'r.signal': 11 }],
    [
      { do: 'gup_test_pin', as: 'm' },
      { do: 'read_pages', of: 'm', as: 'r' },
      { m: 1, r: 'old' },
    ],
    [
      { do: 'gup_test_pin_fast', flags: ['FOLL_WRITE'], as: 'm' },
      { do: 'read_pages', of: 'm', as: 'r' },
      { m: 1, r: 'old' },
    ],
    [
      { do: 'io_uring_register_buffers', as: 'm' },
      { do: 'read_pages', of: 'm', as: 'r' },
      { m: 0, r: 'old' },
    ],
    [
      { do: 'io_uring_register_buffers', page: 9, as: 'm' },
      { do: 'read_pages', of: 'm', as: 'r' },
      { m: -14 },
    ],
    [
      { do: 'madvise_collapse', as: 'm' },
      { do: 'clear_soft_dirty', as: 'c' },
      { m: -22, c: 0 },
    ],
  ])('%j, then %j', (first, second, expected) => {
    expect(alone([first, second])).toEqual(expected);
  });

  it('answers faults as the monitor of a userfaultfd, while the task waits', () => {
    const memory = { vma: { uffd: { mode: 'missing' } } };
    const tasks = {
      faulter: { does: [{ do: 'read', as: 'r' }] },
      monitor: {
        does: [
          { do: 'uffd_read', as: 'f' },
          { do: 'uffd_copy', value: 'x', as: 'c' },
        ],
      },
    };
    expect(observed(made(tasks, NOTHING, { memory }), '6.12')).toEqual({ f: 0, c: 0, r: 'x', 'r.signal': 0 });
    const wrong = { ...tasks, monitor: { does: [{ do: 'uffd_copy', page: 1, as: 'c' }] } };
    expect(observed(made(wrong, NOTHING, { memory }), '6.12')).toEqual({ c: 0 });
  });

  it.each([
    ['5.0', 'io_uring_register_buffers'],
    ['6.0', 'madvise_collapse'],
  ] as const)('v%s has no %s', (release, name) => {
    const litmus = made({ only: { does: [{ do: name, as: 'x' }] } }, NOTHING);
    const kernel = { release, with: [], without: [] };
    expect(inapplicable(litmus, behaviourOfKernel(kernel))).toBe(`it has no ${name}`);
  });

  it.each(['4.8', '5.4', '5.6', '6.12'] as const)(
    'v%s: leaves pages to no child by MADV_DONTFORK',
    release => {
      const tasks = {
        parent: {
          does: [
            { do: 'madvise_dontfork', as: 'd' },
            { do: 'fork', as: 'child' },
            { do: 'madvise_dofork', as: 'o' },
            { do: 'fork', as: 'other' },
          ],
        },
        first: { mm: 'child', does: [{ do: 'read', as: 'f' }] },
        second: { mm: 'other', does: [{ do: 'read', as: 's' }] },
      };
      expect(observed(made(tasks, NOTHING), release)).toMatchObject({
        'f.signal': 11,
        s: 'old',
        's.signal': 0,
      });
    },
  );

  it('has a sentence and says which fields it needs among those it takes', () => {
    for (const [name, { about, takes, needs = [] }] of ACTIONS) {
      expect(about, name).toMatch(/\.$/);
      expect(takes, name).toEqual(expect.arrayContaining([...needs]));
    }
  });
});
