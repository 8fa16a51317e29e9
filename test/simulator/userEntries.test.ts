import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

/** The outcome of a scenario that must be modelled. */
function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario(changes));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

function reason(changes: Partial<Scenario>): string {
  const result = simulate(scenario(changes));
  return result.modelled ? '' : result.reason;
}

const anon = (prot: string, plan?: string) => ({
  kind: 'anon',
  share: 'private' as const,
  prot,
  len: 16384,
  ...(plan !== undefined && { uffd: { mode: 'missing', plan } }),
});

const driver = (name: string, steps: readonly unknown[] = []) => ({
  kind: 'driver',
  share: 'shared' as const,
  prot: 'rw-',
  len: 16384,
  driver: name,
  fault_prog: steps,
  mkwrite_prog: [],
});

const READ = ['start_read', 'acquired_read', 'release_read'];

describe('a touch from user mode', () => {
  it('runs under the lock of the vma since v6.4, before under mmap_lock', () => {
    const later = outcome({ fn: 'user_read' });
    expect(later.lock_events).toEqual([]);
    expect(later.faults[0]?.flags).toContain('VMA_LOCK');
    const before = outcome({ fn: 'user_read', kernel: '6.1' });
    expect(before.lock_events).toEqual(READ);
    expect(before.faults[0]?.flags).not.toContain('VMA_LOCK');
  });

  it('takes mmap_lock for the first anonymous page of a vma, for its anon_vma', () => {
    expect(outcome({ fn: 'user_write' }).lock_events).toEqual(READ);
    expect(outcome({ fn: 'user_write', page_state: 'written_then_MADV_DONTNEED' }).lock_events).toEqual([]);
  });

  it('falls back to mmap_lock where the handlers have no map_pages', () => {
    const got = outcome({ fn: 'user_read', vma: driver('fault') });
    expect(got.faults.map(fault => fault.ret)).toEqual([['RETRY'], []]);
    expect(got.faults[1]?.flags).not.toContain('TRIED');
    const withMapPages = outcome({ fn: 'user_read', vma: driver('fault_with_map_pages') });
    expect(withMapPages.lock_events).toEqual([]);
  });

  it('counts as tried after RETRY with MAJOR', () => {
    const steps = [{ act: 'RETRY', ret: ['MAJOR'] }];
    const got = outcome({ fn: 'user_write', vma: driver('fault_with_map_pages', steps) });
    expect(got.faults[1]?.flags).toContain('TRIED');
  });

  it('ends with the signal and si_code of its reason', () => {
    expect(outcome({ fn: 'user_write', vma: anon('r--') })).toMatchObject({
      ret: -1,
      signal: 11,
      si_code: 2,
    });
    const key = { fn: 'user_write', page_state: 'written_pkey_write_disabled' };
    expect(outcome(key)).toMatchObject({ signal: 11, si_code: 4 });
    expect(outcome({ fn: 'user_read', vma: anon('rw-', 'U') })).toMatchObject({ signal: 11, si_code: 1 });
    expect(outcome({ fn: 'user_read', page_state: 'hwpoisoned' })).toMatchObject({ signal: 7, si_code: 4 });
    const sigbus = driver('fault', [{ act: 'RET', ret: ['SIGBUS'] }]);
    expect(outcome({ fn: 'user_read', vma: sigbus })).toMatchObject({ signal: 7, si_code: 2 });
    expect(outcome({ fn: 'user_read' }).signal).toBeUndefined();
  });

  it('is made again after a signal handler', () => {
    const got = outcome({ fn: 'user_read', vma: anon('rw-', 'SC') });
    expect(got).toMatchObject({ ret: 0 });
    expect(got.faults).toHaveLength(3);
  });

  it('grows the stack', () => {
    const special = { kind: 'special', share: 'private' as const, prot: '---', len: 4096 };
    const got = outcome({ fn: 'user_write', vma: special, page_state: 'below_stack' });
    expect(got.lock_events).toEqual([...READ, 'start_write', 'acquired_write', 'downgrade', 'release_read']);
  });

  it('is not modelled where it depends on how fast a page comes from swap', () => {
    expect(reason({ fn: 'user_read', page_state: 'swapped_out' })).toContain('read from swap');
  });
});

describe('system calls', () => {
  it('MADV_POPULATE tells a mapping that refuses from a fault that fails', () => {
    expect(outcome({ fn: 'madvise_populate_write', vma: anon('r--') }).ret_name).toBe('-EINVAL');
    const sigbus = driver('fault', [{ act: 'RET', ret: ['SIGBUS'] }]);
    expect(outcome({ fn: 'madvise_populate_read', vma: sigbus }).ret_name).toBe('-EFAULT');
    expect(outcome({ fn: 'madvise_populate_read', page_state: 'hwpoisoned' }).ret_name).toBe('-EHWPOISON');
  });

  it('mlock() reports a mapping that is not accessible as -ENOMEM, since v6.9 without a walk', () => {
    const later = outcome({ fn: 'mlock', vma: anon('---') });
    expect(later).toMatchObject({ ret_name: '-ENOMEM', gup_calls: [] });
    expect(outcome({ fn: 'mlock', vma: anon('---'), kernel: '6.1' }).gup_calls).toHaveLength(1);
  });

  it('process_vm_writev() dirties and unpins the page', () => {
    const got = outcome({ fn: 'process_vm_writev', page_state: 'write_populated' });
    expect(got).toMatchObject({ ret: 4096, pages: [] });
    expect(got.pte_after[0]).toMatchObject({ pin: 0 });
    expect(got.pte_after[0]?.f).toContain('pg_dirty');
  });

  it('/proc/PID/mem writes to what is read-only, and hides errors behind -EIO', () => {
    expect(outcome({ fn: 'proc_mem_write', vma: anon('r--') }).ret).toBe(64);
    expect(outcome({ fn: 'proc_mem_read', vma: anon('rw-', 'C') }).ret_name).toBe('-EIO');
  });

  it('a copy of the kernel never runs under the lock of the vma', () => {
    const got = outcome({ fn: 'copy_to_user' });
    expect(got).toMatchObject({ ret: 64, lock_events: READ });
    expect(got.faults[0]?.flags).toEqual(['WRITE', 'ALLOW_RETRY', 'KILLABLE', 'INTERRUPTIBLE']);
    expect(reason({ fn: 'copy_to_user', vma: anon('rw-', 'SC') })).toContain('signal');
  });

  it('a futex is reached without waiting in its operation, and through its page where it is shared', () => {
    expect(outcome({ fn: 'futex_wake_op' }).faults[0]?.flags).toEqual(['WRITE']);
    expect(outcome({ fn: 'futex_wake_op', vma: anon('rw-', 'C') }).ret_name).toBe('-EFAULT');
    const readOnly = outcome({ fn: 'futex_wait_shared', vma: anon('r--') });
    expect(readOnly.gup_calls.map(call => call.ret)).toEqual([-14, 1]);
    expect(readOnly.ret_name).toBe('-EFAULT');
  });

  it('O_DIRECT pins the buffer since v6.5, before it takes a reference; what is read makes it dirty', () => {
    const later = outcome({ fn: 'odirect_read', page_state: 'mlocked_written' });
    expect(later.fast?.gup_flags).toEqual(['FOLL_WRITE', 'FOLL_PIN']);
    expect(later.ret).toBe(4096);
    expect(later.pte_after[0]?.f).toContain('pg_dirty');
    expect(later.pte_after[0]).toMatchObject({ ref: 1, pin: 0 });
    const before = outcome({ fn: 'odirect_write', page_state: 'mlocked_written', kernel: '6.4' });
    expect(before.fast?.gup_flags).toEqual(['FOLL_GET']);
    expect(before.pte_after[0]?.f).not.toContain('pg_dirty');
  });

  it('O_DIRECT hands the error of GUP on', () => {
    expect(outcome({ fn: 'odirect_read', vma: anon('r--') }).ret_name).toBe('-EFAULT');
    expect(outcome({ fn: 'odirect_write', vma: anon('r--') }).ret).toBe(4096);
  });

  it('vmsplice() leaves its reference with the pipe', () => {
    const got = outcome({ fn: 'vmsplice', page_state: 'mlocked_written' });
    expect(got.ret).toBe(4096);
    expect(got.pte_after[0]?.ref).toBe(2);
  });

  it('takes neither flags nor options, and no second page where bytes are counted', () => {
    expect(reason({ fn: 'mlock', flags: ['FOLL_WRITE'] })).toContain('flags of mlock');
    expect(reason({ fn: 'mlock', opts: ['signal_pending'] })).toContain('options of mlock');
    expect(reason({ fn: 'proc_mem_read', nr: 2 })).toContain('more than one page');
    expect(reason({ fn: 'mlock', addr_offset: 16 })).toContain('within a page');
  });

  it('counts the bytes of the pages before the one that fails', () => {
    const vma = { kind: 'special', share: 'private' as const, prot: 'rw-', len: 2 * 4096 };
    const changes = { vma, page_state: 'cross_hole_nr4', nr: 4 };
    expect(outcome({ fn: 'process_vm_readv', ...changes }).ret).toBe(2 * 4096);
    expect(outcome({ fn: 'vmsplice', ...changes }).ret).toBe(2 * 4096);
    expect(outcome({ fn: 'process_vm_writev', nr: 3, page_state: 'write_populated' }).ret).toBe(3 * 4096);
  });

  it('works on a page that is not the first, and tells of the region from its first page on', () => {
    const got = outcome({ fn: 'user_write', addr_offset: 2 * 4096 });
    expect(got.faults.map(fault => fault.page)).toEqual([0]);
    expect(got.pte_after.map(pte => pte.f.includes('write'))).toEqual([false, false, true, false]);
  });

  it('a read beyond the end of a file maps the pages before it all the same', () => {
    const vma = { kind: 'tmpfs_memfd', share: 'shared' as const, prot: 'rw-', len: 16384 };
    const changes = { vma, page_state: 'beyond_eof', addr_offset: 2 * 4096 };
    const touched = outcome({ fn: 'user_read', ...changes });
    expect(touched).toMatchObject({ ret: -1, signal: 7 });
    expect(touched.pte_after.map(pte => pte.f.includes('present'))).toEqual([true, false, false, false]);
    // mlock() splits the mapping, and what is mapped around the fault ends there.
    const locked = outcome({ fn: 'mlock', ...changes });
    expect(locked.pte_after.map(pte => pte.lvl)).toEqual([0, 0, 0, 0]);
  });
});

describe('a range that goes on behind its mapping', () => {
  const vma = { kind: 'special', share: 'private' as const, prot: '---', vm_flags: '0x8100073', len: 8192 };

  it('gives the pages up to the hole', () => {
    const got = outcome({ fn: 'get_user_pages_unlocked', vma, page_state: 'cross_hole_nr4', nr: 4 });
    expect(got.ret).toBe(2);
    const behind = { page_state: 'cross_hole_nr4', nr: 2, addr_offset: 8192 };
    expect(outcome({ fn: 'get_user_pages_unlocked', vma, ...behind }).ret_name).toBe('-EFAULT');
  });
});
