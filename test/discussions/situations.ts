/** Every situation that a kernel was recorded in, as scenarios to run in any release, with and without a proposal. */

import { PROPOSALS, type Release, type SwitchChanges, type SwitchName } from '../../kernel/src/index.js';
import {
  type ModelledSimulation,
  parseScenario,
  type Scenario,
  simulate,
} from '../../simulator/src/index.js';
import { readRecordings, recordingFiles } from '../conformance/recordings.js';

/** The inputs of all recordings, without those that differ by their kernel alone. */
export const SITUATIONS: readonly Scenario[] = distinctScenarios();

function distinctScenarios(): Scenario[] {
  const found = new Map<string, Scenario>();
  for (const recording of recordingFiles('test/oracle').flatMap(readRecordings)) {
    const parsed = parseScenario(recording);
    if ('problems' in parsed) continue;
    const { kernel: _, ...input } = parsed.scenario;
    const key = JSON.stringify(input);
    if (!found.has(key)) found.set(key, parsed.scenario);
  }
  return [...found.values()];
}

/**
 * Beside them, of every memory that they are about, a touch from user mode, calls that may drop the lock, and a fault of
 * fixup_user_fault(): the ways into the fault path.
 */
export const PATHS: readonly Scenario[] = [...SITUATIONS, ...waysIn()];

function waysIn(): Scenario[] {
  const memories = new Map<string, Scenario>();
  for (const each of SITUATIONS) {
    const { vma, page_state, pte_before, addr_offset, variant } = each;
    const key = JSON.stringify([vma, page_state, pte_before, addr_offset, variant]);
    if (!memories.has(key)) memories.set(key, each);
  }
  const ways: readonly Pick<Scenario, 'fn' | 'flags' | 'locked'>[] = [
    { fn: 'user_read', flags: [], locked: null },
    { fn: 'user_write', flags: [], locked: null },
    { fn: 'get_user_pages_unlocked', flags: [], locked: null },
    { fn: 'get_user_pages_unlocked', flags: ['FOLL_WRITE'], locked: null },
    { fn: 'fixup_user_fault', flags: ['WRITE'], locked: 1 },
  ];
  return [...memories.values()].flatMap(memory =>
    ways.map(way => ({ ...memory, ...way, mm: 'current' as const, opts: [], nr: 1 })),
  );
}

/** Turns one switch on. */
export function withSwitch(name: SwitchName): SwitchChanges {
  return { with: [name], without: [] };
}

/** The same situation in a release, with and without a proposal. */
export interface Compared {
  readonly scenario: Scenario;
  readonly release: Release;
  readonly without: ModelledSimulation;
  readonly with: ModelledSimulation;
}

/** Runs situations in releases with and without a proposal; those that are outside the model either way are left out. */
export function compareWith(
  proposal: SwitchName,
  releases: readonly Release[],
  situations: readonly Scenario[] = SITUATIONS,
): Compared[] {
  if (!PROPOSALS.includes(proposal)) throw new Error(`${proposal} is no proposal`);
  return releases.flatMap(release =>
    situations.flatMap(situation => {
      const scenario: Scenario = { ...situation, kernel: release };
      const without = simulate(scenario);
      const proposed = simulate(scenario, withSwitch(proposal));
      if (without.modelled !== proposed.modelled)
        throw new Error(`${proposal} changes what is modelled of ${JSON.stringify(scenario)}`);
      if (!without.modelled || !proposed.modelled) return [];
      return [{ scenario, release, without, with: proposed }];
    }),
  );
}
