/** How many calls a second the simulator takes. */

import { parseScenario, type Scenario, simulate } from '../../simulator/src/index.js';

/** Milliseconds to run for. */
const DURATION = 1000;

function scenario(kernel: string, fn: string, state: string, flags: readonly string[]): Scenario {
  const parsed = parseScenario({
    kernel,
    fn,
    flags,
    locked: fn.endsWith('_remote') ? 1 : null,
    mm: 'current',
    opts: [],
    vma: { kind: 'anon', share: 'private', prot: 'rw-', vm_flags: '0x8100073', len: 16384 },
    page_state: state,
    nr: 1,
    addr_offset: 0,
    pte_before: [{ lvl: 0, f: ['none'] }],
  });
  if ('problems' in parsed)
    throw new Error(parsed.problems.map(({ field, message }) => `${field}: ${message}`).join('; '));
  return parsed.scenario;
}

/** Simulates calls on unpopulated anonymous memory for a second. `modelled`: those the model took. */
export function timeSimulator(): {
  readonly callsPerSecond: number;
  readonly modelled: number;
  readonly all: number;
} {
  const scenarios = ['6.1', '6.12'].flatMap(kernel =>
    ['get_user_pages', 'get_user_pages_remote', 'pin_user_pages', 'get_user_pages_unlocked'].flatMap(fn =>
      [['FOLL_WRITE'], []].map(flags => scenario(kernel, fn, 'unpopulated', flags)),
    ),
  );
  const modelled = scenarios.filter(each => simulate(each).modelled);
  if (modelled.length === 0) return { callsPerSecond: 0, modelled: 0, all: scenarios.length };
  let calls = 0;
  const started = performance.now();
  let elapsed = 0;
  while (elapsed < DURATION) {
    for (const each of modelled) simulate(each);
    calls += modelled.length;
    elapsed = performance.now() - started;
  }
  return { callsPerSecond: (calls * 1000) / elapsed, modelled: modelled.length, all: scenarios.length };
}
