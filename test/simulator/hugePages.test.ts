import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

const HUGE = { kind: 'anon_thp', share: 'private' as const, prot: 'rw-', len: 2 << 20 };

function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario({ vma: HUGE, addr_offset: 5 * 4096, ...changes }));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

const entry = (changes: Partial<Scenario>) => outcome(changes).pte_after[0];

describe('the first touch of a range with MADV_HUGEPAGE', () => {
  it('maps the huge zero page for a read, a huge page for a write', () => {
    expect(entry({ page_state: 'unpopulated' })).toMatchObject({
      lvl: 2,
      f: ['present', 'young', 'large_folio', 'zero_page'],
    });
    expect(entry({ page_state: 'unpopulated', flags: ['FOLL_WRITE'] })).toMatchObject({
      lvl: 2,
      f: ['present', 'write', 'dirty', 'young', 'anon', 'anon_exclusive', 'large_folio'],
      ref: 2,
    });
  });

  it('takes small pages where the range is not inside the mapping', () => {
    const vma = { ...HUGE, len: 1 << 20 };
    expect(entry({ vma, page_state: 'unpopulated', flags: ['FOLL_WRITE'] })).toMatchObject({ lvl: 1 });
  });

  it('is given to a userfaultfd, which fills a small page', () => {
    const vma = { ...HUGE, uffd: { mode: 'missing', plan: 'C' } };
    const got = outcome({ vma, page_state: 'unpopulated', fn: 'get_user_pages_unlocked' });
    expect(got.faults.map(({ ret }) => ret)).toEqual([['RETRY']]);
    expect(got.pte_after[0]).toMatchObject({ lvl: 1 });
  });
});

describe('a huge page', () => {
  it('counts a reference for each page that is taken, and pins in a field of its own', () => {
    const pinned = outcome({ page_state: 'write_populated', fn: 'pin_user_pages_fast', nr: 3 });
    expect(pinned).toMatchObject({ ret: 3, refcount_delta: 1, pincount: 1 });
    expect(pinned.pages[0]).toMatchObject({ ref_held: 4, pin_held: 3 });
  });

  it('is exclusive by its first page', () => {
    expect(outcome({ page_state: 'write_populated' }).pages[0]?.f).toEqual(['anon', 'large_folio']);
    expect(outcome({ page_state: 'write_populated', addr_offset: 0 }).pages[0]?.f).toContain(
      'anon_exclusive',
    );
  });

  it('is split and copied a page at a time once it is shared', () => {
    const shared = { page_state: 'written_then_forked_child_alive' };
    expect(outcome({ ...shared, fn: 'pin_user_pages' }).faults[0]?.flags).toEqual(['UNSHARE']);
    const touched = outcome({ ...shared, fn: 'user_write', addr_offset: 0 }).pte_after;
    expect(touched[0]).toMatchObject({ lvl: 1, map: 1, ref: 2 });
    expect(touched[1]).toMatchObject({ lvl: 1, map: 1, ref: 512 });
  });

  it('is split by FOLL_SPLIT_PMD, each page exclusive if the first one was', () => {
    const got = outcome({ page_state: 'write_populated', flags: ['FOLL_SPLIT_PMD'] });
    expect(got.same_page_as_before).toBe(true);
    expect(got.pages[0]).toMatchObject({ ref_held: 513, f: expect.arrayContaining(['anon_exclusive']) });
  });

  it('that small entries map is one folio: its references are those of all its pages', () => {
    const small = {
      lvl: 1,
      f: ['present', 'dirty', 'young', 'anon', 'large_folio'],
      ref: 512,
      map: 1,
      pin: 0,
    };
    const before = [small, small];
    const got = outcome({ page_state: 'written_then_forked_child_exited', pte_before: before, nr: 2 });
    expect(got.pages.map(({ ref_held: held }) => held)).toEqual([514, 514]);
    const written = outcome({
      page_state: 'written_then_forked_child_exited',
      pte_before: before,
      nr: 2,
      flags: ['FOLL_WRITE'],
    });
    expect(written.pages.map(({ same_as_before: same }) => same)).toEqual([false, false]);
  });

  it('is moved whole out of ZONE_MOVABLE for a long-term pin', () => {
    const movable = { variant: 'movable' as const, fn: 'pin_user_pages', flags: ['FOLL_LONGTERM'] };
    const whole = outcome({ ...movable, page_state: 'write_populated' });
    expect(whole).toMatchObject({ ret: 1, same_page_as_before: false, refcount_delta: 1, pincount: 1 });
    expect(whole.pte_after[0]).toMatchObject({
      lvl: 2,
      ref: 2,
      f: expect.not.arrayContaining(['movable_zone']),
    });
    const small = outcome({
      ...movable,
      flags: ['FOLL_LONGTERM', 'FOLL_SPLIT_PMD'],
      page_state: 'write_populated',
    });
    expect(small.pte_after[0]).toMatchObject({ lvl: 1, ref: 513, map: 1 });
  });

  it('of zeroes is pinned, unlike the small zero page, and left out of a core dump', () => {
    const zero = { page_state: 'read_populated' };
    expect(outcome({ ...zero, fn: 'pin_user_pages' })).toMatchObject({ refcount_delta: 1, pincount: 1 });
    expect(outcome({ ...zero, fn: 'get_dump_page' }).ret).toBe(0);
    expect(outcome({ ...zero, fn: 'pin_user_pages', flags: ['FOLL_LONGTERM'] }).same_page_as_before).toBe(
      false,
    );
  });

  it('keeps the write bit of a NUMA hint, or gets it back for an exclusive page', () => {
    const hint = { page_state: 'numa_hint_protnone', fn: 'user_read' };
    expect(entry(hint)?.f).toContain('write');
    expect(entry({ ...hint, kernel: '6.1' })?.f).toContain('write');
    expect(entry({ ...hint, fn: 'get_user_pages' })?.f).toContain('protnone');
  });
});
