/** What the explorer costs, and what reduction saves, on the litmus tests of the repository. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEWEST_RELEASE } from '../../kernel/src/index.js';
import type { Exploration } from '../../simulator/src/explore/exploration.js';
import { explore } from '../../simulator/src/explore/explore.js';
import type { Program } from '../../simulator/src/explore/program.js';
import { type Litmus, litmusProgram, parseLitmus } from '../../simulator/src/index.js';
import { behaviourOfKernel } from '../../simulator/src/litmus/expectations.js';

/** The test that the figures of a single decision are about. */
const NAMED = 'gup-fast-fork';

/** Without reduction a test is searched up to so many states. */
const STATES = 100_000;

/** A test on the newest release, searched with reduction and without. */
export interface Explored {
  readonly name: string;
  readonly reduced: Exploration;
  /** Milliseconds of processor time of the reduced search. */
  readonly took: number;
  readonly exhaustive: Exploration;
}

export interface ExplorerTimes {
  /** The first search of the process. */
  readonly named: Explored;
  /** That with the most states without reduction. */
  readonly largest: Explored;
  /** Of all tests together, searched with reduction. */
  readonly statesPerSecond: number;
  readonly tests: number;
}

/** Searches the tests in `folder`; null: the named one is not there. */
export function timeExplorer(folder: string): ExplorerTimes | null {
  const tests = litmusTests(folder);
  const first = tests.find(({ name }) => name === NAMED);
  if (first === undefined) return null;
  const named = explored(first);
  const all = tests.map(explored);
  const states = all.reduce((sum, { reduced }) => sum + reduced.states, 0);
  const took = all.reduce((sum, each) => sum + each.took, 0);
  return {
    named,
    largest: all.reduce((most, each) => (each.exhaustive.states > most.exhaustive.states ? each : most)),
    statesPerSecond: (states / took) * 1000,
    tests: tests.length,
  };
}

function explored(litmus: Litmus): Explored {
  const reduced = timed(() => explore(programOf(litmus), { kind: 'reduced' }, { states: STATES }));
  const exhaustive = explore(programOf(litmus), { kind: 'exhaustive' }, { states: STATES });
  return { name: litmus.name, reduced: reduced.value, took: reduced.took, exhaustive };
}

/** The first variant of each file that the newest release can be asked about. */
function litmusTests(folder: string): Litmus[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter(path => path.endsWith('.litmus.json'))
    .sort()
    .flatMap(path => {
      const parsed = parseLitmus(JSON.parse(readFileSync(join(folder, path), 'utf8')));
      return 'file' in parsed ? parsed.file.variants.slice(0, 1) : [];
    })
    .filter(isModelled);
}

function isModelled(litmus: Litmus): boolean {
  try {
    programOf(litmus);
    return true;
  } catch {
    return false;
  }
}

function programOf(litmus: Litmus): Program {
  return litmusProgram(litmus, behaviourOfKernel({ release: NEWEST_RELEASE, with: [], without: [] }));
}

function timed<T>(work: () => T): { readonly value: T; readonly took: number } {
  const started = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(started);
  return { value, took: (user + system) / 1000 };
}
