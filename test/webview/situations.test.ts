/** The memory situations of the panel's form: the simulator takes each, and knows what the form says of them. */

import { describe, expect, it } from 'vitest';
import { runSimulation } from '../../client/webview/runSimulation.js';
import { SITUATIONS, situationOf } from '../../client/webview/situations.js';
import type { Scenario } from '../../simulator/src/index.js';

const call: Omit<Scenario, 'vma' | 'page_state'> = {
  kernel: '6.12',
  fn: 'get_user_pages_remote',
  flags: ['FOLL_WRITE'],
  locked: 1,
  mm: 'remote',
  opts: [],
  nr: 1,
  addr_offset: 0,
};

describe('the situations of the form', () => {
  it('are told apart', () => {
    const ids = SITUATIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const situation of SITUATIONS) {
      expect(situationOf({ ...call, ...situation.set })?.id).toBe(situation.id);
    }
  });

  it.each(SITUATIONS.map(situation => [situation.id, situation] as const))(
    '%s can be simulated',
    (_, situation) => {
      for (const kernel of ['6.1', '6.12']) {
        const run = runSimulation({ ...call, kernel, ...situation.set });
        expect(run.kind).toBe('simulated');
        if (run.kind !== 'simulated') continue;
        expect(run.simulation.modelled ? '' : run.simulation.reason).toBe('');
      }
    },
  );

  it('do not hide a page table that a scenario brings along', () => {
    const [first] = SITUATIONS;
    expect(first).toBeDefined();
    const scenario = { ...call, ...first?.set, pte_before: [{ lvl: 0, f: ['none'] }] } as Scenario;
    expect(situationOf(scenario)).toBeNull();
  });
});

describe('a run', () => {
  it('names the fields of a scenario that are wrong', () => {
    const run = runSimulation({ kernel: '6.12', fn: 'get_user_pages', vma: { prot: 'sometimes' } });
    expect(run).toMatchObject({ kind: 'refused', problems: [{ field: 'vma.prot' }] });
  });

  it('takes anything without throwing', () => {
    for (const value of [null, 1, 'text', [], {}, { vma: null }]) {
      expect(runSimulation(value).kind).toBe('refused');
    }
  });
});
