/** What the simulator costs: calls a second, the table of a hover, and what is left of it on the heap. */

import { NEWEST_RELEASE, type Release } from '../../kernel/src/index.js';
import { parseSettings } from '../../server/src/config/index.js';
import { AnalysisHost, type KernelChoice } from '../../server/src/ide/index.js';
import { createParser } from '../../server/src/syntax/index.js';
import { readWasm } from '../../server/src/workspace/index.js';
import { parseScenario, type Scenario, simulate } from '../../simulator/src/index.js';
import { median } from './processes.js';

/** Milliseconds to run for. */
const DURATION = 1000;

/** Milliseconds of processor time of this process, all threads: what else the machine does is no part of it. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs between two looks at the heap. */
const HEAP_RUNS = 50_000;

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

function ordinaryScenarios(): Scenario[] {
  return ['6.1', '6.12'].flatMap(kernel =>
    ['get_user_pages', 'get_user_pages_remote', 'pin_user_pages', 'get_user_pages_unlocked'].flatMap(fn =>
      [['FOLL_WRITE'], []].map(flags => scenario(kernel, fn, 'unpopulated', flags)),
    ),
  );
}

/** Simulates calls on unpopulated anonymous memory for a second of one processor. `modelled`: those the model took. */
export function timeSimulator(): {
  readonly callsPerSecond: number;
  readonly modelled: number;
  readonly all: number;
} {
  const scenarios = ordinaryScenarios();
  const modelled = scenarios.filter(each => simulate(each).modelled);
  if (modelled.length === 0) return { callsPerSecond: 0, modelled: 0, all: scenarios.length };
  let calls = 0;
  const started = processorTime();
  let elapsed = 0;
  while (elapsed < DURATION) {
    for (let i = 0; i < 16; i++) for (const each of modelled) simulate(each);
    calls += 16 * modelled.length;
    elapsed = processorTime() - started;
  }
  return { callsPerSecond: (calls * 1000) / elapsed, modelled: modelled.length, all: scenarios.length };
}

/**
 * Bytes that a run leaves on the heap once it is over, mean over {@link HEAP_RUNS}; next to nothing if nothing grows.
 * null: node was not started with `--expose-gc`.
 */
export function heapPerRun(): number | null {
  const collect = globalThis.gc;
  if (collect === undefined) return null;
  const scenarios = ordinaryScenarios();
  const run = (): void => {
    for (let i = 0; i < HEAP_RUNS; i++) {
      const each = scenarios[i % scenarios.length];
      if (each !== undefined) simulate(each);
    }
  };
  // Compiled code and the lists of the flags that occur come with the first runs.
  run();
  collect();
  const before = process.memoryUsage().heapUsed;
  run();
  collect();
  return (process.memoryUsage().heapUsed - before) / HEAP_RUNS;
}

/** The shape of hva_to_pfn_slow(): eight sets of flags. */
const EIGHT_SETS = `
static int demo_slow(unsigned long addr, bool a, bool b, bool c)
{
	unsigned int flags = FOLL_HWPOISON;
	struct page *page;

	if (a)
		flags |= FOLL_WRITE;
	if (b)
		flags |= FOLL_NOWAIT;
	if (c)
		flags |= FOLL_FORCE;
	return get_user_pages_unlocked(addr, 1, &page, flags);
}
`;

const HOVERS = 40;
const WARM_UP = 20;

/** Milliseconds of processor time that the simulated table adds to a hover; `first`: in a process that has simulated nothing yet. */
export interface TableTimes {
  readonly first: number;
  readonly median: number;
}

/** Times hovers on a call with eight sets of flags, with and without the table. */
export async function timeTable(dist: string, release: Release = NEWEST_RELEASE): Promise<TableTimes> {
  const parser = await createParser(await readWasm(dist));
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const kernel: KernelChoice = { release, text: release, source: 'setting', note: null };
  const hover = (simulated: boolean): (() => number) => {
    const host = new AnalysisHost({ parser, log: silent });
    const { settings } = parseSettings({ hover: { simulate: simulated } });
    host.applyChange({ settings, files: [{ path: 'demo.c', text: EIGHT_SETS, version: 1, kernel }] });
    const offset = EIGHT_SETS.indexOf('get_user_pages_unlocked');
    const snapshot = host.snapshot();
    snapshot.sites('demo.c');
    return () => {
      const started = processorTime();
      snapshot.hover('demo.c', offset);
      return processorTime() - started;
    };
  };
  const bare = hover(false);
  const full = hover(true);
  bare();
  const first = full() - bare();
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + HOVERS; i++) {
    const time = full() - bare();
    if (i >= WARM_UP) times.push(time);
  }
  parser.dispose();
  return { first, median: median(times) };
}
