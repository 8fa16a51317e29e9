import { describe, expect, it } from 'vitest';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { scenario } from './scenarios.js';

function outcome(changes: Partial<Scenario>): Outcome {
  const result = simulate(scenario(changes));
  if (!result.modelled) throw new Error(result.reason);
  return result.outcome;
}

/** A written page of ours after its soft-dirty bit was cleared: VM_SOFTDIRTY is off, and the entry is read-only. */
function cleared(prot: string, more: readonly string[] = []): Partial<Scenario> {
  const flags = prot === 'rw-' ? '0x100073' : '0x100071';
  const f = ['present', 'dirty', 'young', ...more, 'anon', 'anon_exclusive'];
  return {
    page_state: 'write_populated',
    vma: { kind: 'anon', share: 'private', prot, len: 16384, vm_flags: flags },
    pte_before: [{ lvl: 1, f, ref: 1, map: 1 }],
  };
}

const FORCED = { flags: ['FOLL_WRITE', 'FOLL_FORCE'] };

describe('soft-dirty tracking', () => {
  it('makes a forced write fault once, though the page is exclusive', () => {
    const { faults, ret, pte_after: after } = outcome({ ...cleared('r--'), ...FORCED });
    expect(faults.map(fault => fault.flags)).toEqual([['WRITE']]);
    expect(ret).toBe(1);
    expect(after[0]?.f).not.toContain('write');
    const tracked = {
      kind: 'anon',
      share: 'private',
      prot: 'r--',
      len: 16384,
      vm_flags: '0x8100071',
    } as const;
    expect(outcome({ ...cleared('r--'), ...FORCED, vma: tracked }).faults).toEqual([]);
  });

  it('keeps a NUMA hint from giving the write bit back', () => {
    const hinted = { ...cleared('rw-', ['protnone']), page_state: 'numa_hint_protnone', fn: 'user_read' };
    expect(outcome(hinted).pte_after[0]?.f).not.toContain('write');
    const untracked = { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 } as const;
    expect(outcome({ ...hinted, vma: untracked }).pte_after[0]?.f).toContain('write');
  });

  it('lets the first write to a shared page fault', () => {
    const vma = { kind: 'tmpfs_memfd', share: 'shared', prot: 'rw-', len: 16384, vm_flags: '0xfb' } as const;
    const read = outcome({ vma, page_state: 'file_cached_not_mapped' });
    expect(read.pte_after[0]?.f).not.toContain('write');
    expect(
      outcome({ vma, page_state: 'file_cached_not_mapped', flags: ['FOLL_WRITE'] }).pte_after[0]?.f,
    ).toContain('write');
  });

  it('makes a page that is read from swap fault again for a write', () => {
    const swapped = {
      ...cleared('rw-'),
      page_state: 'swapped_out',
      pte_before: [{ lvl: 1, f: ['swap_entry'], swp_type: 0 }],
      fn: 'get_user_pages',
    };
    expect(outcome(swapped).pte_after[0]?.f).not.toContain('write');
    expect(outcome({ ...swapped, flags: ['FOLL_WRITE'] }).pte_after[0]?.f).toContain('write');
  });
});
