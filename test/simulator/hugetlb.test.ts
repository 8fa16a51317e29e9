import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

const HUGE = { kind: 'hugetlb', share: 'private' as const, prot: 'rw-', len: 2 << 20 };

/** The outcome of a call on private hugetlb memory; it must be modelled. */
function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario({ vma: HUGE, ...changes }));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

describe('hugetlb', () => {
  it('is faulted by hugetlb_fault(), which GUP calls itself up to v6.5', () => {
    const functions = (kernel: string) => outcome({ kernel }).faults.map(({ fn }) => fn);
    expect(functions('6.1')).toEqual(['hugetlb_fault']);
    expect(functions('6.5')).toEqual(['hugetlb_fault']);
    expect(functions('6.6')).toEqual(['handle_mm_fault', 'hugetlb_fault']);
    expect(functions('6.12')).toEqual(['handle_mm_fault', 'hugetlb_fault']);
  });

  it('FOLL_NOFAULT is ignored up to v6.5', () => {
    const ret = (kernel: string) => outcome({ kernel, flags: ['FOLL_NOFAULT'] }).ret;
    expect(ret('6.1')).toBe(1);
    expect(ret('6.12')).toBe(-14);
  });

  it('a pin of several pages of one folio is counted in _pincount, page by page', () => {
    const got = outcome({ fn: 'pin_user_pages', page_state: 'write_populated', nr: 4 });
    expect(got).toMatchObject({ ret: 4, refcount_delta: 1, pincount: 1 });
    expect(got.pages.map(page => page.pin_after)).toEqual([3, 2, 1, 0]);
    expect(got.pages[3]).toMatchObject({ ref_held: 5, ref_after: 1, same_as_pte_after: true });
  });

  it('gup-fast takes the pages below a huge entry without the lock', () => {
    const got = outcome({ fn: 'pin_user_pages_fast', page_state: 'write_populated', nr: 3 });
    expect(got).toMatchObject({ ret: 3, lock_events: [], fast: { slow_path: false } });
  });

  it('a write copies a page that a child maps too, whoever else holds references', () => {
    const flags = ['FOLL_WRITE'];
    const alive = outcome({ flags, page_state: 'written_then_forked_child_alive' });
    expect(alive).toMatchObject({ ret: 1, same_page_as_before: false });
    const exited = outcome({ flags, page_state: 'written_then_forked_child_exited' });
    expect(exited).toMatchObject({ ret: 1, same_page_as_before: true });
  });

  it('a read pin of a page that may be shared asks for an unshare fault, a second mapping for a copy', () => {
    const got = outcome({ fn: 'pin_user_pages', page_state: 'written_then_forked_child_alive' });
    expect(got.faults.map(fault => fault.flags)).toEqual([['UNSHARE'], ['UNSHARE']]);
    expect(got.same_page_as_before).toBe(false);
    expect(got.pages[0]?.f).toContain('anon_exclusive');
  });

  it('a forced write is refused up to v6.13, and leaves the entry read-only from v6.14 on', () => {
    const changes = {
      vma: { ...HUGE, prot: 'r--' },
      flags: ['FOLL_WRITE', 'FOLL_FORCE'],
      page_state: 'read_populated',
    };
    expect(outcome({ ...changes, kernel: '6.12' }).ret).toBe(-14);
    const got = outcome({ ...changes, kernel: '6.14' });
    expect(got.ret).toBe(1);
    expect(got.pte_after[0]?.f).not.toContain('write');
  });

  it('the page cache holds a reference for each page of the folio from v6.7 on', () => {
    const refs = (kernel: string) =>
      outcome({ kernel, vma: { ...HUGE, share: 'shared' } }).pages[0]?.ref_after;
    expect(refs('6.6')).toBe(2);
    expect(refs('6.7')).toBe(513);
  });

  it('SIGKILL ends the walk with -EFAULT up to v6.5, with -EINTR as elsewhere from v6.6 on', () => {
    const ret = (kernel: string) => outcome({ kernel, opts: ['sigkill_pending'] }).ret;
    expect(ret('6.1')).toBe(-14);
    expect(ret('6.6')).toBe(-4);
  });

  it('FOLL_DUMP leaves out a hole, not a page that is in the page cache', () => {
    const vma = { ...HUGE, share: 'shared' as const };
    for (const kernel of ['6.1', '6.6', '6.12']) {
      const flags = ['FOLL_DUMP'];
      expect(outcome({ kernel, vma, flags }).ret).toBe(-14);
      expect(outcome({ kernel, vma, flags, page_state: 'file_cached_not_mapped' }).ret).toBe(1);
    }
  });

  it('a poisoned page is -EFAULT, with FOLL_HWPOISON -EHWPOISON', () => {
    const poisoned = { page_state: 'hwpoisoned' };
    expect(outcome({ ...poisoned, kernel: '6.1' }).ret).toBe(-14);
    expect(outcome({ ...poisoned, flags: ['FOLL_HWPOISON'] }).ret).toBe(-133);
    expect(outcome(poisoned).faults.at(-1)?.ret).toEqual(['HWPOISON_LARGE']);
  });

  it('a touch of a page beyond the end of the file is a SIGBUS', () => {
    const vma = { ...HUGE, share: 'shared' as const };
    expect(outcome({ fn: 'user_write', vma, page_state: 'beyond_eof' })).toMatchObject({
      ret: -1,
      signal: 7,
    });
  });
});

describe('hugetlb in ZONE_MOVABLE', () => {
  const pin = { variant: 'movable' as const, fn: 'pin_user_pages', flags: ['FOLL_LONGTERM', 'FOLL_WRITE'] };

  it('a long-term pin moves the huge page', () => {
    const got = outcome({ ...pin, page_state: 'write_populated' });
    expect(got).toMatchObject({ ret: 1, same_page_as_before: false, refcount_delta: 1, pincount: 1 });
    expect(got.pages[0]?.f).not.toContain('movable_zone');
    expect(got.gup_calls.length).toBe(2);
  });

  it('the pool has no page for a long-term pin of what is not there yet', () => {
    expect(outcome(pin)).toMatchObject({ ret: -14 });
  });
});

describe('a touch of hugetlb', () => {
  it('needs mmap_lock before v6.9, where the lock of the vma became enough', () => {
    const faults = (kernel: string) => outcome({ kernel, fn: 'user_write' }).faults.length;
    expect(faults('6.8')).toBe(4);
    expect(faults('6.12')).toBe(2);
  });
});

describe('memfd_pin_folios', () => {
  const shmem = { kind: 'tmpfs_memfd', share: 'shared' as const, prot: 'rw-', len: 16384 };
  const memfd = { fn: 'memfd_pin_folios', vma: shmem };

  it('fills a hole and leaves no reference in a folio batch', () => {
    const got = outcome({ ...memfd, page_state: 'file_hole_not_cached', nr: 2 });
    expect(got).toMatchObject({ ret: 2, refcount_delta: 1024, pincount: 1, lock_events: [], faults: [] });
    expect(got.pages.map(page => page.ref_after)).toEqual([1, 1]);
  });

  it('pins what is cached', () => {
    const got = outcome({ ...memfd, page_state: 'file_cached_not_mapped' });
    expect(got.pages[0]).toMatchObject({ ref_held: 1025, ref_after: 1 });
  });

  it('pins a huge page once', () => {
    const vma = { ...HUGE, share: 'shared' as const };
    const got = outcome({ ...memfd, vma, page_state: 'write_populated', nr: 4, addr_offset: 20480 });
    expect(got).toMatchObject({ ret: 1, refcount_delta: 1, pincount: 1 });
  });

  it('is refused beyond the end of the file, and for what is no memfd', () => {
    const refused = { ret: -22, pages: [] };
    expect(outcome({ ...memfd, page_state: 'beyond_eof', addr_offset: 8192 })).toMatchObject(refused);
    expect(outcome({ ...memfd, vma: { ...shmem, kind: 'secretmem' } })).toMatchObject(refused);
  });

  it('moves what lies in ZONE_MOVABLE, and allocates outside it', () => {
    const variant = 'movable' as const;
    const cached = outcome({ ...memfd, variant, page_state: 'file_cached_not_mapped' });
    expect(cached.pages[0]?.f).not.toContain('movable_zone');
    const hole = outcome({ ...memfd, variant, page_state: 'file_hole_not_cached' });
    expect(hole.pages[0]?.f).not.toContain('movable_zone');
  });

  it('is there since v6.11', () => {
    expect(simulate(scenario({ ...memfd, kernel: '6.10' })).modelled).toBe(false);
    expect(simulate(scenario({ ...memfd, kernel: '6.11' })).modelled).toBe(true);
  });
});
