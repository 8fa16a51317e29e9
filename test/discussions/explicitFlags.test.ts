/** Explicit FOLL_ flags (October 2016): docs/discussions/explicit-flags.md. */

import { describe, expect, it } from 'vitest';
import { profileFor } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import { type Outcome, type Scenario, simulate } from '../../simulator/src/index.js';
import { runOnMachine } from '../../simulator/src/simulate.js';
import { FOLIO, mappedPfn, pageFolio } from '../../simulator/src/state/index.js';
import { scenario } from '../simulator/scenarios.js';
import { compareWith, SITUATIONS } from './situations.js';

function outcomeOf(of: Scenario): Outcome {
  const simulation = simulate(of);
  if (!simulation.modelled) throw new Error(simulation.reason);
  return simulation.outcome;
}

describe('int write and int force of v4.8, and the flags of v4.9', () => {
  it('do the same in every situation that both have', () => {
    const both = SITUATIONS.filter(({ fn }) => !fn.startsWith('fixup_')).flatMap(situation => {
      const before = simulate({ ...situation, kernel: '4.8' });
      const after = simulate({ ...situation, kernel: '4.9' });
      return before.modelled && after.modelled ? [{ situation, before, after }] : [];
    });
    expect(both.length).toBeGreaterThan(1400);
    const wrong = both.filter(
      ({ before, after }) => JSON.stringify(before.outcome) !== JSON.stringify(after.outcome),
    );
    expect(wrong.map(({ situation }) => situation)).toEqual([]);
  });

  it('of v4.8 no other flag can be given', () => {
    const simulation = simulate(scenario({ kernel: '4.8', flags: ['FOLL_NOWAIT'] }));
    expect(simulation.modelled).toBe(false);
  });
});

/** A call of get_user_pages() on memory that nobody has touched. */
function ofProt(
  prot: string,
  share: 'private' | 'shared',
  flags: readonly string[],
  kernel: string,
): Outcome {
  const kind = share === 'shared' ? 'tmpfs_memfd' : 'anon';
  return outcomeOf(scenario({ kernel, flags, vma: { kind, share, prot, len: 16384 } }));
}

describe.each(['4.8', '4.9', '5.10', '6.12'] as const)('FOLL_FORCE in v%s', kernel => {
  it.each([
    ['---', 'private', [], '-EFAULT', 'count'],
    ['-w-', 'private', [], '-EFAULT', 'count'],
    ['---', 'shared', [], '-EFAULT', 'count'],
    ['r--', 'private', [], 'count', 'count'],
    ['r--', 'private', ['FOLL_WRITE'], '-EFAULT', 'count'],
    ['r-x', 'private', ['FOLL_WRITE'], '-EFAULT', 'count'],
    ['---', 'private', ['FOLL_WRITE'], '-EFAULT', 'count'],
    ['r--', 'shared', ['FOLL_WRITE'], '-EFAULT', '-EFAULT'],
    ['---', 'shared', ['FOLL_WRITE'], '-EFAULT', '-EFAULT'],
  ] as const)('%s %s with %j: %s without, %s with it', (prot, share, flags, without, forced) => {
    expect(ofProt(prot, share, flags, kernel).ret_name).toBe(without);
    expect(ofProt(prot, share, [...flags, 'FOLL_FORCE'], kernel).ret_name).toBe(forced);
  });

  it('a forced write gets a copy of its own and leaves the entry read-only', () => {
    const { pages, pte_after } = ofProt('r--', 'private', ['FOLL_WRITE', 'FOLL_FORCE'], kernel);
    expect(pages[0]?.f).toContain('anon');
    expect(pages[0]?.same_as_pte_after).toBe(true);
    expect(pte_after[0]?.f).not.toContain('write');
  });
});

describe('a NUMA hint', () => {
  const hint = { page_state: 'numa_hint_protnone' };

  it.each(['4.9', '6.0', '6.1', '6.4'] as const)(
    'v%s: FOLL_FORCE reads past it, others take the fault',
    kernel => {
      expect(outcomeOf(scenario({ ...hint, kernel, flags: ['FOLL_FORCE'] })).faults).toEqual([]);
      expect(outcomeOf(scenario({ ...hint, kernel })).faults.length).toBe(1);
    },
  );

  it.each(['6.6', '6.12'] as const)('v%s: everybody reads past it', kernel => {
    expect(outcomeOf(scenario({ ...hint, kernel })).faults).toEqual([]);
  });
});

describe('a fault that looks at the vma before it takes an entry for a NUMA hint', () => {
  const without = { with: [], without: ['numaHintChecksVma'] } as const;
  const forced = scenario({
    flags: ['FOLL_WRITE', 'FOLL_FORCE'],
    vma: { kind: 'anon', share: 'private', prot: '---', len: 16384 },
    page_state: 'read_populated',
  });

  it.each(['4.8', '5.10', '6.12'] as const)(
    'v%s: a forced write to a PROT_NONE mapping is the one that needs it',
    kernel => {
      expect(outcomeOf({ ...forced, kernel }).ret_name).toBe('count');
      expect(simulate({ ...forced, kernel }, without)).toMatchObject({
        modelled: false,
        reason: 'a NUMA hint of a PROT_NONE vma: the kernel stops with BUG_ON()',
      });
    },
  );

  it('in no recorded situation without FOLL_FORCE, or a fault of the kernel itself, is it needed', () => {
    const needing = SITUATIONS.filter(situation => {
      const of = { ...situation, kernel: '4.9' };
      return simulate(of).modelled && !simulate(of, without).modelled;
    });
    expect(needing.length).toBeGreaterThan(0);
    const others = needing.filter(
      ({ fn, flags }) => !flags.includes('FOLL_FORCE') && !fn.startsWith('proc_mem_'),
    );
    expect(others).toEqual([]);
  });
});

describe('FOLL_TOUCH of process_vm_readv()', () => {
  const PAGE = scenario({ fn: 'process_vm_readv', page_state: 'write_populated' });
  const referenced = (kernel: '4.8' | '4.9' | '4.10'): boolean => {
    const { machine } = runOnMachine({ ...PAGE, kernel }, behaviourOf(profileFor(kernel)));
    const pfn = mappedPfn(machine.mm.pageTable, machine.range.start);
    return ((pageFolio(machine.state.folios, pfn)?.bits ?? 0) & FOLIO.REFERENCED) !== 0;
  };

  it.each(['4.8', '4.9'] as const)('v%s: lost, and so is the mark of an access', kernel => {
    expect(outcomeOf({ ...PAGE, kernel }).effective_gup_flags).toEqual(['FOLL_GET', 'FOLL_REMOTE']);
    expect(referenced(kernel)).toBe(false);
  });

  it('v4.10: regained, by way of get_user_pages_remote()', () => {
    const flags = outcomeOf({ ...PAGE, kernel: '4.10' }).effective_gup_flags;
    expect(flags).toEqual(['FOLL_TOUCH', 'FOLL_GET', 'FOLL_REMOTE']);
    expect(referenced('4.10')).toBe(true);
  });

  it('get_user_pages_unlocked() never lost it', () => {
    for (const kernel of ['4.8', '4.9', '4.10']) {
      const { effective_gup_flags } = outcomeOf(scenario({ kernel, fn: 'get_user_pages_unlocked' }));
      expect(effective_gup_flags).toContain('FOLL_TOUCH');
    }
  });
});

describe('FOLL_REMOTE implied by mm != current->mm', () => {
  const RELEASES = ['4.9', '5.10', '6.1', '6.5', '6.12'] as const;
  const results = ({ ret, pages, pte_after, lock_events, warned }: Outcome): string =>
    JSON.stringify({ ret, pages, pte_after, lock_events, warned });
  const compared = compareWith('remoteImplied', RELEASES);
  const different = compared.filter(each => results(each.with.outcome) !== results(each.without.outcome));

  it('changes what a call does only on the own mm, where the rights of a protection key are missing', () => {
    expect(compared.length).toBeGreaterThan(20_000);
    expect(different.length).toBeGreaterThan(50);
    for (const { scenario: of, with: proposed, without } of different) {
      expect(of.mm).toBe('current');
      expect(without.outcome.ret).toBeGreaterThan(0);
      expect(proposed.outcome.ret_name).toBe(of.fn.startsWith('proc_mem_') ? '-EIO' : '-EFAULT');
      const refused = proposed.trace.some(step => step.text.includes('protection key'));
      expect(refused, JSON.stringify(of)).toBe(true);
    }
  });

  it('would be seen by debuggers of themselves', () => {
    expect([...new Set(different.map(({ scenario: { fn } }) => fn))].sort()).toEqual([
      'get_user_pages_remote',
      'pin_user_pages_remote',
      'proc_mem_read',
      'proc_mem_write',
      'process_vm_readv',
    ]);
  });

  it('changes nothing on the mm of another process, whose keys are no matter', () => {
    const remote = compared.filter(each => each.scenario.mm === 'remote');
    expect(remote.length).toBeGreaterThan(500);
    expect(remote.filter(each => JSON.stringify(each.with) !== JSON.stringify(each.without))).toEqual([]);
  });
});
