import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

/** The outcome of a scenario that must be modelled. */
function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario(changes));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

/** Why a scenario is not modelled; empty if it is. */
function reason(changes: Partial<Scenario>): string {
  const result = simulate(scenario(changes));
  return result.modelled ? '' : result.reason;
}

const UFFD = (plan: string) => ({
  kind: 'anon',
  share: 'private' as const,
  prot: 'rw-',
  len: 16384,
  uffd: { mode: 'missing', plan },
});

describe('private anonymous memory', () => {
  it('a read of what was never touched gives the zero page, and a pin of it pins nothing', () => {
    const got = outcome({ fn: 'pin_user_pages' });
    expect(got).toMatchObject({ ret: 1, refcount_delta: 0, pincount: 0 });
    expect(got.pages[0]?.f).toEqual(['zero_page']);
  });

  it('a long-term read pin of it gets a page of its own from v6.2 on', () => {
    const flags = ['FOLL_LONGTERM'];
    expect(outcome({ fn: 'pin_user_pages', flags, kernel: '6.1' }).pages[0]?.f).toEqual(['zero_page']);
    const got = outcome({ fn: 'pin_user_pages', flags, kernel: '6.12' });
    expect(got.pages[0]?.f).toEqual(['anon', 'anon_exclusive', 'maybe_dma_pinned']);
    expect(got.faults.map(fault => fault.flags)).toEqual([[], ['UNSHARE']]);
  });

  it('wrong arguments of a pin give 0 from v6.3 on, -EINVAL before', () => {
    const changes = { fn: 'pin_user_pages', flags: ['FOLL_GET'] };
    expect(outcome({ ...changes, kernel: '6.1' })).toMatchObject({ ret: -22, warned: true });
    expect(outcome({ ...changes, kernel: '6.12' })).toMatchObject({ ret: 0, warned: true });
  });

  it('a write to a page shared with a child copies it', () => {
    const got = outcome({ flags: ['FOLL_WRITE'], page_state: 'written_then_forked_child_alive' });
    expect(got).toMatchObject({ ret: 1, same_page_as_before: false, pte_page_changed: true });
  });

  it('a write to the last page of an exited child takes it over', () => {
    const got = outcome({ flags: ['FOLL_WRITE'], page_state: 'written_then_forked_child_exited' });
    expect(got).toMatchObject({ ret: 1, same_page_as_before: true, pte_page_changed: false });
  });

  it('FOLL_FORCE writes to read-only private memory', () => {
    const vma = { kind: 'anon', share: 'private' as const, prot: 'r--', len: 16384 };
    expect(outcome({ vma, flags: ['FOLL_WRITE'] }).ret).toBe(-14);
    const forced = outcome({ vma, flags: ['FOLL_WRITE', 'FOLL_FORCE'] });
    expect(forced.ret).toBe(1);
    expect(forced.pte_after[0]?.f).not.toContain('write');
  });

  it('a page in swap makes a call that may drop the lock drop it', () => {
    const got = outcome({ fn: 'get_user_pages_remote', locked: 1, page_state: 'swapped_out' });
    expect(got).toMatchObject({ ret: 1, locked_after: 0, mmap_lock_held_after: false });
    expect(got.lock_events).toEqual(['release_read', 'start_read', 'acquired_read', 'release_read']);
  });

  it('userfaultfd: SIGBUS without ALLOW_RETRY, a retry with it', () => {
    expect(outcome({ vma: UFFD('C') }).ret).toBe(-14);
    const got = outcome({ vma: UFFD('C'), fn: 'get_user_pages_remote', locked: 1 });
    expect(got).toMatchObject({ ret: 1, locked_after: 0 });
    expect(got.faults).toHaveLength(1);
  });

  it('a kill while userfaultfd waits is -EINTR with the lock gone', () => {
    const got = outcome({ vma: UFFD('K'), fn: 'pin_user_pages_remote', locked: 1 });
    expect(got).toMatchObject({ ret: -4, locked_after: 0, mmap_lock_held_after: false });
  });

  it('mprotect(PROT_NONE) by the monitor is found by the retry', () => {
    const got = outcome({ vma: UFFD('mC'), fn: 'get_user_pages_remote', locked: 1 });
    expect(got).toMatchObject({ ret: -14, locked_after: 0 });
  });

  it('a long-term pin in ZONE_MOVABLE moves the page', () => {
    const changes = { fn: 'pin_user_pages', flags: ['FOLL_LONGTERM'], page_state: 'write_populated' };
    expect(outcome({ ...changes, variant: 'movable' })).toMatchObject({ ret: 1, same_page_as_before: false });
    expect(outcome(changes)).toMatchObject({ ret: 1, same_page_as_before: true });
  });

  it('a protection key counts on one’s own mm only', () => {
    const changes = { fn: 'get_user_pages', page_state: 'written_pkey_access_disabled' };
    expect(outcome(changes).ret).toBe(-14);
    expect(outcome({ ...changes, fn: 'get_user_pages_remote' }).ret).toBe(1);
  });
});

/** A shared mapping of a driver. */
const DRIVER = (driver: string, steps: readonly (readonly [string, ...string[]])[] = []) => ({
  kind: 'driver',
  share: 'shared' as const,
  prot: 'rw-',
  vm_flags: '0x80000fb',
  len: 16384,
  driver,
  fault_prog: steps.map(([act, ...ret]) => ({ act, ret })),
});

describe('a driver', () => {
  it('that asks for a retry is asked again', () => {
    const got = outcome({ vma: DRIVER('fault', [['RETRY']]), fn: 'get_user_pages_remote', locked: 1 });
    expect(got).toMatchObject({ ret: 1, locked_after: 0 });
    expect(got.faults.map(fault => fault.ret)).toEqual([['RETRY'], []]);
  });

  it('that completes the fault has dropped the lock', () => {
    const vma = DRIVER('mixedmap_insert_page', [['COMPLETED']]);
    const got = outcome({ vma, fn: 'pin_user_pages_remote', locked: 1 });
    expect(got).toMatchObject({ ret: 1, locked_after: 0, pincount: 1 });
    expect(got.faults.map(fault => fault.ret)).toEqual([['NOPAGE', 'COMPLETED']]);
  });

  it('that fails on a later page leaves the pages before it', () => {
    const vma = DRIVER('fault', [['PAGE'], ['PAGE'], ['RET', 'SIGBUS']]);
    expect(outcome({ vma, nr: 4 }).ret).toBe(2);
  });

  it('that maps page frames without struct page gives no pages', () => {
    const vma = { ...DRIVER('mixedmap_special_pfn'), vm_flags: '0x180000fb' };
    expect(outcome({ vma }).ret_name).toBe('-EEXIST');
    expect(outcome({ vma, opts: ['pages_null'] }).ret).toBe(1);
  });
});

describe('shmem', () => {
  const vma = { kind: 'tmpfs_memfd', share: 'shared' as const, prot: 'rw-', len: 16384 };

  it('a write that dirties a page drops the lock where it may', () => {
    const write = { vma, flags: ['FOLL_WRITE'], page_state: 'file_hole_not_cached' };
    expect(outcome({ ...write, fn: 'get_user_pages_remote', locked: 1 })).toMatchObject({
      ret: 1,
      locked_after: 0,
    });
    expect(outcome(write)).toMatchObject({ ret: 1, mmap_lock_held_after: true });
  });

  it('beyond the end of the file there is nothing', () => {
    expect(outcome({ vma, page_state: 'beyond_eof' }).ret).toBe(-14);
  });

  it('a long-term read pin of a private mapping gets a copy from v6.2 on', () => {
    const changes = {
      vma: { ...vma, share: 'private' as const },
      page_state: 'file_cached_not_mapped',
      fn: 'pin_user_pages',
      flags: ['FOLL_LONGTERM'],
    };
    expect(outcome({ ...changes, kernel: '6.1' }).pages[0]?.f).not.toContain('anon');
    expect(outcome({ ...changes, kernel: '6.12' }).pages[0]?.f).toContain('anon_exclusive');
  });
});

describe('an address that no mapping covers', () => {
  const vma = { kind: 'special', share: 'private' as const, prot: '---', len: 4096 };

  it('is -EFAULT, fast or slow', () => {
    expect(outcome({ vma, page_state: 'unmapped' }).ret).toBe(-14);
    expect(outcome({ vma, page_state: 'unmapped', fn: 'pin_user_pages_fast' }).fast?.slow_path).toBe(true);
  });

  it('stops gup-fast at once if user space cannot have it', () => {
    const got = outcome({ vma, page_state: 'kernel_addr', fn: 'get_user_pages_fast' });
    expect(got).toMatchObject({ ret: -14, lock_events: [] });
    expect(got.fast?.slow_path).toBe(false);
  });
});

describe('gup-fast', () => {
  it('takes a mapped page without the lock', () => {
    const got = outcome({ fn: 'pin_user_pages_fast', page_state: 'write_populated', flags: ['FOLL_WRITE'] });
    expect(got).toMatchObject({ ret: 1, lock_events: [], gup_calls: [], faults: [] });
  });

  it('gives a pin up if a fork ran beside it', () => {
    const opts = ['write_protect_seq_bumped_during_fast'];
    const changes = { page_state: 'write_populated', opts };
    expect(outcome({ ...changes, fn: 'pin_user_pages_fast' }).fast?.slow_path).toBe(true);
    expect(outcome({ ...changes, fn: 'get_user_pages_fast' }).fast?.slow_path).toBe(false);
  });
});

describe('what is not modelled', () => {
  it('says so with a reason', () => {
    expect(reason({ kernel: '5.10', fn: 'memfd_pin_folios' })).toContain('memfd_pin_folios');
    expect(reason({ kernel: '4.8', flags: ['FOLL_DUMP'] })).toContain('v4.8');
    expect(reason({ vma: { kind: 'nfs', share: 'private', prot: 'rw-', len: 4096 } })).toContain('nfs');
    expect(reason({ page_state: 'something_new' })).toContain('something_new');
    expect(reason({ flags: ['FOLL_NEW'] })).toContain('FOLL_NEW');
    expect(reason({ kernel: '6.1', flags: ['FOLL_INTERRUPTIBLE'] })).toContain('v6.1');
    expect(reason({ opts: ['something'] })).toContain('something');
    expect(reason({ mm: 'remote' })).toContain("another process's mm");
    expect(reason({ vma: UFFD(''), fn: 'get_user_pages_unlocked' })).toContain('plan');
    expect(reason({ nr: 9 })).toContain('leaves the mapping');
  });
});
