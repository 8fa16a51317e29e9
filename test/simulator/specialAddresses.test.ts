import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

const SPECIAL = { kind: 'special', share: 'private' as const, prot: '---', len: 4096 };

/** Two pages as _install_special_mapping() maps them: readable and executable, not to be expanded. */
const VDSO = { ...SPECIAL, vm_flags: '0x8040075', len: 8192 };
const VDSO_PAGE = { lvl: 1, f: ['present', 'young'], ref: 3, map: 2, pin: 0 };

function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario(changes));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

function vdso(changes: Partial<Scenario>): Outcome {
  return outcome({ vma: VDSO, page_state: 'vdso', pte_before: [VDSO_PAGE], ...changes });
}

describe('the vdso', () => {
  it('gives its page for reading, and a private copy for a forced write', () => {
    expect(vdso({}).pages[0]).toMatchObject({ same_as_before: true, ref_held: 4, ref_after: 3 });
    expect(vdso({ flags: ['FOLL_WRITE'] }).ret_name).toBe('-EFAULT');
    const forced = vdso({ flags: ['FOLL_WRITE', 'FOLL_FORCE'] });
    expect(forced.same_page_as_before).toBe(false);
    expect(forced.pte_after[0]?.f).toContain('anon_exclusive');
  });

  it('is left to the slow path by gup-fast where a page needs a mapping', () => {
    expect(vdso({ fn: 'get_user_pages_fast' }).fast?.slow_path).toBe(true);
    expect(vdso({ fn: 'get_user_pages_fast', kernel: '6.4' }).fast?.slow_path).toBe(false);
  });

  it('is filled and not locked by mlock(), which MADV_POPULATE_WRITE refuses', () => {
    expect(vdso({ fn: 'mlock' })).toMatchObject({ ret: 0, faults: [] });
    expect(vdso({ fn: 'madvise_populate_write' }).ret_name).toBe('-EINVAL');
  });

  it('says that it does not know the counts of a page that is not mapped yet', () => {
    const result = simulate(
      scenario({ vma: VDSO, page_state: 'vdso', pte_before: [{ lvl: 1, f: ['none'] }] }),
    );
    expect(result).toMatchObject({ modelled: false, reason: expect.stringContaining('page of the kernel') });
  });
});

describe('the vvar', () => {
  const vvar = { vma: { ...SPECIAL, vm_flags: '0x4044411' }, page_state: 'vvar' };
  const before = [{ lvl: 1, f: ['present', 'young', 'special'], ref: 1, map: 0, pin: 0 }];

  it('has no pages to give, and can be read by a touch', () => {
    expect(outcome({ ...vvar, pte_before: before }).ret_name).toBe('-EFAULT');
    expect(outcome({ ...vvar, pte_before: before, fn: 'user_read' })).toMatchObject({ ret: 0, faults: [] });
    expect(outcome({ ...vvar, pte_before: before, fn: 'user_write' })).toMatchObject({ ret: -1, si_code: 2 });
  });
});

describe('the vsyscall page', () => {
  const vsyscall = { vma: SPECIAL, page_state: 'vsyscall' };

  it('has no page where calls into it are emulated', () => {
    expect(outcome({ ...vsyscall }).ret_name).toBe('-EFAULT');
    expect(outcome({ ...vsyscall, fn: 'get_user_pages_fast' })).toMatchObject({ ret: -14, gup_calls: [] });
  });

  it('is looked up like an address of user space by a touch, not like one of the kernel', () => {
    const touched = outcome({ ...vsyscall, fn: 'user_read' });
    expect(touched).toMatchObject({ ret: -1, signal: 11, si_code: 1 });
    expect(touched.lock_events).toEqual(['start_read', 'acquired_read', 'release_read']);
    expect(outcome({ ...vsyscall, page_state: 'kernel_addr', fn: 'user_read' }).lock_events).toEqual([]);
    expect(simulate(scenario({ ...vsyscall, fn: 'user_exec' })).modelled).toBe(false);
  });

  it('is a negative offset of /proc/PID/mem', () => {
    expect(outcome({ ...vsyscall, fn: 'proc_mem_read' }).ret_name).toBe('-EINVAL');
    expect(outcome({ ...vsyscall, page_state: 'task_size_addr', fn: 'proc_mem_read' }).ret_name).toBe('-EIO');
    const unknown = simulate(scenario({ ...vsyscall, page_state: 'noncanonical_addr', fn: 'proc_mem_read' }));
    expect(unknown.modelled).toBe(false);
  });
});
