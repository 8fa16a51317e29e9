import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

const EXT4 = { kind: 'ext4', share: 'shared', prot: 'rw-', len: 16384 } as const;
const PRIVATE = { ...EXT4, share: 'private' } as const;
const DAX = { ...EXT4, kind: 'ext4_dax' } as const;
const REMOTE = { fn: 'get_user_pages_remote', mm: 'remote', locked: 1 } as const;

function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario(changes));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

function reason(changes: Partial<Scenario>): string {
  const result = simulate(scenario(changes));
  return result.modelled ? '' : result.reason;
}

/** Of every fault: flags, `->`, result. */
function faults({ faults }: Outcome): string[] {
  return faults.map(({ flags, ret }) => `${flags.join(' ')} -> ${ret.join(' ')}`.trim());
}

describe('a page of a file that is not in the page cache', () => {
  it('is read with the lock dropped, by a fault that may retry', () => {
    const read = outcome({ ...REMOTE, vma: EXT4, page_state: 'file_not_cached' });
    expect(faults(read)).toEqual([
      'ALLOW_RETRY KILLABLE REMOTE -> MAJOR RETRY',
      'ALLOW_RETRY KILLABLE TRIED REMOTE -> NOPAGE',
    ]);
    expect(read).toMatchObject({ ret: 1, locked_after: 0 });
  });

  it('is read with the lock held, by one that may not; its neighbours are read with it', () => {
    const read = outcome({ vma: EXT4, page_state: 'file_not_cached', nr: 4 });
    expect(faults(read)).toEqual(['-> MAJOR LOCKED', '-> NOPAGE']);
    expect(read.pte_after.map(({ ref }) => ref)).toEqual([4, 4, 4, 4]);
  });

  it('is perhaps not read yet where nobody may wait, but of a hole there is nothing to wait for', () => {
    const call = { ...REMOTE, flags: ['FOLL_NOWAIT'], vma: EXT4 };
    expect(reason({ ...call, page_state: 'file_not_cached' })).toContain('read from the disk');
    expect(outcome({ ...call, page_state: 'file_hole_not_cached' })).toMatchObject({
      ret: 1,
      locked_after: 1,
    });
  });

  it('beyond the end of the file is SIGBUS', () => {
    expect(faults(outcome({ vma: EXT4, page_state: 'beyond_eof', addr_offset: 8192 }))).toEqual([
      '-> SIGBUS',
    ]);
  });
});

describe('a shared mapping of a file', () => {
  it('asks page_mkwrite on the first write, and drops the lock to throttle', () => {
    const written = outcome({ ...REMOTE, flags: ['FOLL_WRITE'], vma: EXT4, page_state: 'read_populated' });
    expect(faults(written)).toEqual(['WRITE ALLOW_RETRY KILLABLE REMOTE -> COMPLETED']);
    expect(written.pte_after[0]?.f).toContain('pg_dirty');
  });

  it('is mapped read-only by a read, although the mapping is writable', () => {
    const read = outcome({ vma: EXT4, page_state: 'file_cached_not_mapped' });
    expect(faults(read)).toEqual(['-> NOPAGE']);
    expect(read.pte_after[0]?.f).toEqual(['present', 'young']);
  });

  it('refuses a long-term write pin, gup-fast leaves it to the slow path', () => {
    const pin = { flags: ['FOLL_WRITE', 'FOLL_LONGTERM'], vma: EXT4, page_state: 'write_populated' };
    expect(outcome({ ...pin, fn: 'pin_user_pages' }).ret).toBe(-14);
    expect(outcome({ ...pin, fn: 'pin_user_pages_fast' })).toMatchObject({
      ret: -14,
      fast: { slow_path: true },
    });
    expect(outcome({ ...pin, fn: 'pin_user_pages_fast', kernel: '6.1' })).toMatchObject({
      ret: 1,
      pincount: 1,
    });
  });
});

describe('a private mapping of a file', () => {
  it('copies a page that is written to', () => {
    const written = outcome({ flags: ['FOLL_WRITE'], vma: PRIVATE, page_state: 'file_cached_not_mapped' });
    expect(faults(written)).toEqual(['WRITE -> LOCKED']);
    expect(written.pte_after[0]?.f).toEqual(['present', 'write', 'dirty', 'young', 'anon', 'anon_exclusive']);
  });

  it('unshares the page of the file for a long-term read pin', () => {
    const pin = {
      fn: 'pin_user_pages',
      flags: ['FOLL_LONGTERM'],
      vma: PRIVATE,
      page_state: 'read_populated',
    };
    const pinned = outcome(pin);
    expect(faults(pinned)).toEqual(['UNSHARE ->']);
    expect(pinned).toMatchObject({ ret: 1, same_page_as_before: false });
  });
});

describe('a file whose memory is mapped itself', () => {
  it('has special entries, of which a call takes the page', () => {
    const taken = outcome({ vma: DAX, page_state: 'write_populated' });
    expect(taken).toMatchObject({ ret: 1, refcount_delta: 1 });
    expect(taken.pte_after[0]).toMatchObject({
      f: ['present', 'write', 'dirty', 'young', 'special'],
      ref: 2,
      map: 0,
    });
  });

  it('is a mere page frame for a walk that takes nothing', () => {
    expect(outcome({ fn: 'madvise_populate_write', vma: DAX, page_state: 'write_populated' }).ret).toBe(0);
  });

  it('refuses every long-term pin', () => {
    const pin = { flags: ['FOLL_LONGTERM'], vma: DAX, page_state: 'write_populated' };
    expect(outcome({ ...pin, fn: 'pin_user_pages' })).toMatchObject({ ret: -95, faults: [] });
    expect(outcome({ ...pin, fn: 'pin_user_pages_fast' })).toMatchObject({
      ret: -95,
      fast: { slow_path: true },
    });
  });

  it('maps the zero page for a hole, and a block that a write allocates instead of it', () => {
    const hole = { vma: DAX, page_state: 'file_hole_not_cached' };
    expect(outcome(hole).pte_after[0]?.f).toEqual(['present', 'young', 'special', 'zero_page']);
    expect(faults(outcome({ ...hole, flags: ['FOLL_WRITE'] }))).toEqual(['WRITE -> MAJOR NOPAGE']);
  });

  it('is copied by a write to a private mapping', () => {
    const write = { flags: ['FOLL_WRITE'], vma: { ...DAX, share: 'private' as const } };
    expect(faults(outcome({ ...write, page_state: 'file_cached_not_mapped' }))).toEqual([
      'WRITE -> DONE_COW',
    ]);
  });
});

describe('states that a file shares with anonymous memory', () => {
  const FORKED = [{ lvl: 1, f: ['present', 'dirty', 'young', 'anon'], ref: 2, map: 2 }];
  const TMPFS = { ...EXT4, kind: 'tmpfs_memfd' } as const;

  it.each([PRIVATE, { ...TMPFS, share: 'private' as const }])(
    'a private copy that a child has too ($kind)',
    vma => {
      const state = { vma, page_state: 'written_then_forked_child_alive', pte_before: FORKED };
      const written = outcome({ ...state, flags: ['FOLL_WRITE'] });
      expect(written).toMatchObject({ ret: 1, same_page_as_before: false });
      expect(outcome({ ...state, fn: 'pin_user_pages' }).faults.map(({ flags }) => flags)).toEqual([
        ['UNSHARE'],
      ]);
    },
  );

  it('a shared page that was mapped comes back from the page cache', () => {
    const dropped = { page_state: 'written_then_MADV_DONTNEED', pte_before: [{ lvl: 1, f: ['none'] }] };
    const read = (vma: typeof EXT4 | typeof TMPFS) => outcome({ ...dropped, vma }).pte_after[0];
    expect(read(TMPFS)).toMatchObject({ f: expect.arrayContaining(['pg_dirty']), ref: 3, map: 1 });
    expect(read(EXT4)).toMatchObject({ f: expect.arrayContaining(['pg_dirty']), ref: 4, map: 1 });
  });

  it('a NUMA hint on a dirty shared page gives the write bit back', () => {
    const f = ['present', 'dirty', 'young', 'protnone', 'pg_dirty'];
    const hinted = { page_state: 'numa_hint_protnone', pte_before: [{ lvl: 1, f, ref: 3, map: 1 }] };
    const touched = outcome({ ...hinted, fn: 'user_read', vma: { ...EXT4, len: 4096 } });
    expect(touched.pte_after[0]?.f).toEqual(['present', 'write', 'dirty', 'young', 'pg_dirty']);
  });

  it('of shared states the entries must be told', () => {
    expect(reason({ vma: TMPFS, page_state: 'numa_hint_protnone' })).toContain('pte_before');
  });
});

describe('a page frame without struct page', () => {
  const pfn = [{ lvl: 1, f: ['present', 'young', 'special'], ref: 1, map: 0 }];
  const call = { flags: ['FOLL_WRITE'], vma: { ...DAX, share: 'private' as const }, pte_before: pfn };

  it('is copied by a write to a private mapping, and not counted', () => {
    const written = outcome({ ...call, page_state: 'read_populated' });
    expect(faults(written)).toEqual(['WRITE ->']);
    expect(written.pte_after[0]?.f).toContain('anon_exclusive');
  });

  it('of another process is copied from what the caller has at the address, which is not known', () => {
    const remote = { ...REMOTE, ...call, page_state: 'read_populated' };
    expect(reason(remote)).toContain('page frame');
  });
});

describe('a large folio of a file', () => {
  const entry = (ref: number, ...f: readonly string[]) => ({
    lvl: 1,
    f: ['present', 'young', ...f],
    ref,
    map: 1,
  });
  const four = (ref: number, ...f: readonly string[]) => Array.from({ length: 4 }, () => entry(ref, ...f));
  const LARGE = {
    vma: EXT4,
    kernel: '7.3',
    page_state: 'read_populated',
    nr: 4,
    pte_before: four(9, 'large_folio'),
  };
  const none = { lvl: 1, f: ['none'] };

  it('loses a reference and a mapping for a page that a private mapping copies', () => {
    const written = outcome({ ...LARGE, fn: 'fixup_user_fault', vma: PRIVATE, flags: ['FAULT_FLAG_WRITE'] });
    expect(written.pte_after[0]?.f).toContain('anon_exclusive');
    expect(written.pte_after[1]).toMatchObject({ ref: 8, map: 1 });
  });

  it('is small where the walk before showed small ones', () => {
    const read = outcome({ ...LARGE, pte_before: four(3) });
    expect(read.pte_after.map(({ f, ref }) => [f.includes('large_folio'), ref])).toEqual([
      [false, 4],
      [false, 4],
      [false, 4],
      [false, 4],
    ]);
  });

  it('is mapped page by page where an entry is there', () => {
    const shown = [none, entry(6, 'large_folio'), none, none];
    const written = outcome({ ...LARGE, flags: ['FOLL_WRITE'], pte_before: shown });
    const mapped = 'WRITE -> LOCKED';
    expect(faults(written)).toEqual([mapped, 'WRITE ->', mapped, mapped]);
    expect(written.pte_after.map(({ ref, map }) => [ref, map])).toEqual(
      Array.from({ length: 4 }, () => [13, 1]),
    );
  });

  it('leaves ZONE_MOVABLE whole for a long-term pin, and the page cache has the new one', () => {
    const pinned = outcome({
      ...LARGE,
      fn: 'pin_user_pages',
      flags: ['FOLL_LONGTERM'],
      variant: 'movable',
      pte_before: four(9, 'large_folio', 'movable_zone'),
    });
    expect(pinned).toMatchObject({ ret: 4, same_page_as_before: false });
    const moved = four(13, 'large_folio', 'maybe_dma_pinned');
    expect(pinned.pte_after).toEqual(moved.map(each => ({ ...each, pin: 4 })));
  });
});
