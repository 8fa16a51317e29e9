/** The result line of the panel. */

import { describe, expect, it } from 'vitest';
import { differences } from '../../client/webview/compare.js';
import { addedFlagsText, resultFacts, returnText } from '../../client/webview/result.js';
import { type ModelledSimulation, type Scenario, simulate } from '../../simulator/src/index.js';

function simulated(change: Partial<Scenario>): ModelledSimulation {
  const simulation = simulate({
    kernel: '6.12',
    fn: 'get_user_pages_remote',
    flags: ['FOLL_WRITE'],
    locked: 1,
    mm: 'remote',
    opts: [],
    vma: { kind: 'anon', share: 'private', prot: 'rw-', vm_flags: '0x8100073', len: 16384 },
    page_state: 'unpopulated',
    nr: 1,
    addr_offset: 0,
    ...change,
  });
  if (!simulation.modelled) throw new Error(simulation.reason);
  return simulation;
}

describe('the result line', () => {
  it('has the flags that the kernel adds, and those of the fault', () => {
    const run = { kind: 'simulated', simulation: simulated({}), summary: '' } as const;
    expect(addedFlagsText({ ...run, scenario: run.simulation.scenario })).toBe(
      'The kernel adds +TOUCH +GET +REMOTE +UNLOCKABLE · handle_mm_fault() gets WRITE ALLOW_RETRY KILLABLE REMOTE',
    );
    expect(addedFlagsText({ kind: 'failed', message: '' })).toBe('');
  });

  it('tells of a call that kept the lock', () => {
    const simulation = simulated({});
    expect(returnText(simulation.outcome)).toBe('1');
    expect(resultFacts(simulation)).toEqual(['1 page', '*locked = 1', '1 fault', 'mmap_lock untouched']);
  });

  it('tells of a call that dropped it', () => {
    const uffd = { mode: 'missing', plan: 'C', features: '0x0', user_only: false };
    const simulation = simulated({
      vma: { kind: 'anon', share: 'private', prot: 'rw-', vm_flags: '0x8100273', len: 16384, uffd },
    });
    expect(resultFacts(simulation)).toEqual([
      '1 page',
      '*locked = 0',
      '1 fault',
      '3 lock operations',
      'mmap_lock not held after',
    ]);
  });

  it('shows an error by its name', () => {
    const simulation = simulated({
      vma: { kind: 'anon', share: 'private', prot: 'r--', vm_flags: '0x8100071', len: 16384 },
    });
    expect(returnText(simulation.outcome)).toBe('-EFAULT');
    expect(resultFacts(simulation)).toContain('no fault');
  });
});

describe('a comparison of two releases', () => {
  const on = (kernel: string, change: Partial<Scenario>) => simulated({ ...change, kernel }).outcome;

  it('finds nothing where nothing differs, whatever the numbering', () => {
    const same: Partial<Scenario> = { flags: [], fn: 'get_user_pages_remote', locked: null };
    expect(differences(on('6.12', same), on('6.12', same))).toEqual([]);
  });

  it('names what a wrong argument returns, which changed in v6.3', () => {
    const wrong: Partial<Scenario> = {
      fn: 'pin_user_pages',
      flags: ['FOLL_GET'],
      locked: null,
      mm: 'current',
    };
    expect(differences(on('6.12', wrong), on('6.1', wrong))[0]).toEqual({
      what: 'returns',
      here: '0',
      there: '-EINVAL',
    });
  });
});
