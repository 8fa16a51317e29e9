import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

/** The outcome of a scenario that must be modelled. */
function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario(changes));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

function memory(kind: string, share: 'private' | 'shared', mode: string, plan: string, features = '0x0') {
  const len = kind === 'hugetlb' ? 2 << 20 : 16384;
  return { kind, share, prot: 'rw-', len, uffd: { mode, plan, features } };
}

/** A call that may drop mmap_lock and waits for the monitor. */
const WRITE = { fn: 'pin_user_pages_unlocked', flags: ['FOLL_WRITE'] };

describe('a userfaultfd for write protection', () => {
  const f = ['present', 'dirty', 'young', 'uffd_wp', 'anon', 'anon_exclusive'];
  const protectedPage = { page_state: 'write_populated', pte_before: [{ lvl: 1, f, ref: 2, map: 1 }] };
  const anon = memory('anon', 'private', 'wp', 'w');

  it('hears of a write, not of a read', () => {
    const write = outcome({ ...WRITE, ...protectedPage, vma: anon });
    expect(write.ret).toBe(1);
    expect(write.faults[0]?.ret).toEqual(['RETRY']);
    expect(write.same_page_as_before).toBe(true);
    const read = outcome({ ...WRITE, flags: [], ...protectedPage, vma: anon });
    expect(read).toMatchObject({
      ret: 1,
      faults: [],
      pte_after: [{ f: expect.arrayContaining(['uffd_wp']) }],
    });
  });

  it('makes the entry writable as it takes the protection away, from v6.3 on', () => {
    const faults = (kernel: string) =>
      outcome({ ...WRITE, ...protectedPage, vma: anon, kernel }).faults.length;
    expect(faults('6.1')).toBe(2);
    expect(faults('6.2')).toBe(2);
    expect(faults('6.3')).toBe(1);
    expect(faults('6.12')).toBe(1);
  });

  it('is not asked where writes take the protection away by themselves (UFFD_FEATURE_WP_ASYNC)', () => {
    const vma = memory('anon', 'private', 'wp', '', '0x8000');
    const got = outcome({ ...WRITE, ...protectedPage, vma });
    expect(got.faults.map(fault => fault.ret)).toEqual([[]]);
    expect(got.pte_after[0]?.f).not.toContain('uffd_wp');
  });

  it('lets pages come that are not there', () => {
    const got = outcome({ ...WRITE, vma: anon });
    expect(got.faults.map(fault => fault.ret)).toEqual([[]]);
  });

  it('hears of a write to hugetlb, which faults again for the write', () => {
    const entry = { lvl: 2, f: [...f, 'hugetlb', 'large_folio', 'pg_dirty'], ref: 1, map: 0 };
    const vma = memory('hugetlb', 'private', 'wp', 'w');
    const got = outcome({ ...WRITE, page_state: 'write_populated', pte_before: [entry], vma });
    expect(got.faults.map(fault => [fault.fn, fault.ret])).toEqual([
      ['handle_mm_fault', ['RETRY']],
      ['hugetlb_fault', ['RETRY']],
      ['handle_mm_fault', []],
      ['hugetlb_fault', []],
    ]);
    expect(got.pte_after[0]?.f).toContain('write');
  });
});

describe('a userfaultfd for minor faults', () => {
  const cached = { page_state: 'file_cached_not_mapped' };

  it.each(['tmpfs_memfd', 'hugetlb'])('hears of a page of %s that is cached and not mapped', kind => {
    const got = outcome({ ...WRITE, ...cached, vma: memory(kind, 'shared', 'minor', 'c') });
    expect(got.ret).toBe(1);
    expect(got.faults.every(fault => fault.ret.includes('RETRY'))).toBe(true);
    expect(got.pte_after[0]?.f).toContain('write');
  });

  it.each(['tmpfs_memfd', 'hugetlb'])('does not hear of a page of %s that is not cached', kind => {
    const got = outcome({
      ...WRITE,
      page_state: 'file_hole_not_cached',
      vma: memory(kind, 'shared', 'minor', 'c'),
    });
    expect(got.ret).toBe(1);
    expect(got.faults.some(fault => fault.ret.includes('RETRY'))).toBe(false);
  });

  it('UFFDIO_CONTINUE maps a private page read-only, and a write copies it then', () => {
    const got = outcome({ ...WRITE, ...cached, vma: memory('tmpfs_memfd', 'private', 'minor', 'c') });
    expect(got.ret).toBe(1);
    expect(got.pages[0]?.f).toContain('anon');
  });

  it('a fault that may not wait gets SIGBUS', () => {
    const vma = memory('tmpfs_memfd', 'shared', 'minor', 'c');
    expect(outcome({ ...cached, vma }).ret).toBe(-14);
  });
});

describe('the modes of a userfaultfd', () => {
  it('can be several, and are named', () => {
    const vma = memory('anon', 'private', 'missing|wp', 'C');
    expect(outcome({ ...WRITE, vma }).faults.map(fault => fault.ret)).toEqual([['RETRY']]);
    const result = simulate(scenario({ vma: memory('anon', 'private', 'other', 'C') }));
    expect(result.modelled ? '' : result.reason).toContain('userfaultfd mode other');
  });
});

describe('a walk that does not tell what a userfaultfd protects', () => {
  const f = ['present', 'dirty', 'young', 'anon', 'anon_exclusive'];
  const state = { page_state: 'write_populated', pte_before: [{ lvl: 1, f, ref: 2, map: 1 }] };

  it('shows it by an entry that has no other reason to be read-only, and is told of in the same way', () => {
    const write = outcome({ ...WRITE, ...state, vma: memory('anon', 'private', 'wp', 'w') });
    expect(write.faults[0]?.ret).toEqual(['RETRY']);
    const read = outcome({ ...state, vma: memory('anon', 'private', 'wp', 'w') });
    expect(read.pte_after[0]?.f).toEqual(f);
  });

  it('means nothing without such a userfaultfd', () => {
    const write = outcome({ ...WRITE, ...state, vma: memory('anon', 'private', 'missing', '') });
    expect(write.faults.map(({ ret }) => ret)).toEqual([[]]);
  });
});

describe('UFFDIO_ZEROPAGE', () => {
  it('in shared memory fills a page of the page cache', () => {
    const call = { ...WRITE, flags: [], page_state: 'file_hole_not_cached' };
    const filled = outcome({ ...call, vma: memory('tmpfs_memfd', 'shared', 'missing', 'Z') });
    expect(filled.ret).toBe(1);
    expect(filled.pte_after[0]).toMatchObject({ f: expect.arrayContaining(['write', 'dirty']), map: 1 });
    expect(filled.pte_after[0]?.f).not.toContain('zero_page');
  });
});

describe('event features', () => {
  it('change nothing for a fault that is answered', () => {
    const call = (features: string) =>
      outcome({ ...WRITE, vma: memory('anon', 'private', 'missing', 'C', features) });
    expect(call('0x4e')).toEqual(call('0x0'));
  });

  it('keep a monitor from unmapping by itself', () => {
    const vma = memory('anon', 'private', 'missing', 'U', '0x40');
    expect(simulate(scenario({ ...WRITE, vma }))).toMatchObject({ modelled: false });
  });
});

describe('a marker in the place of a page that is not there', () => {
  const marker = [{ lvl: 1, f: ['swap_entry'], swp_type: 31 }];
  const state = { page_state: 'unpopulated', pte_before: marker };

  it('write-protects the page that comes, so that a write is told of afterwards', () => {
    const write = outcome({ ...WRITE, ...state, vma: memory('anon', 'private', 'wp', 'w', '0x2000') });
    expect(write.faults.map(({ ret }) => ret)).toEqual([[], ['RETRY']]);
    expect(write.pte_after[0]?.f).toContain('write');
    const read = outcome({ ...state, vma: memory('anon', 'private', 'wp', '', '0x2000') });
    expect(read.pte_after[0]?.f).toEqual(['present', 'young', 'special', 'uffd_wp', 'zero_page']);
  });

  it('of a page of a file does the same', () => {
    const vma = memory('tmpfs_memfd', 'shared', 'wp', '', '0x1000');
    const read = outcome({ page_state: 'file_cached_not_mapped', pte_before: marker, vma });
    expect(read.faults.map(({ ret }) => ret)).toEqual([['LOCKED']]);
    expect(read.pte_after[0]?.f).toContain('uffd_wp');
  });

  it('gives way to a page that a monitor copies', () => {
    const write = outcome({
      ...WRITE,
      ...state,
      vma: memory('anon', 'private', 'missing|wp', 'C', '0x2000'),
    });
    expect(write.faults.map(({ ret }) => ret)).toEqual([['RETRY']]);
    expect(write.pte_after[0]?.f).toContain('write');
  });
});
