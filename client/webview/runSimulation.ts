/** One run of the simulator, as the worker and the page both do it. */

import { isSwitchName, NO_CHANGES, type SwitchChanges } from '../../kernel/src/index.js';
import {
  describe,
  parseScenario,
  type Scenario,
  type Simulation,
  simulate,
} from '../../simulator/src/index.js';

/** What came of it: a simulation with its summary, or what is wrong with the scenario, or that the simulator failed. */
export type Run =
  | {
      readonly kind: 'simulated';
      readonly scenario: Scenario;
      readonly simulation: Simulation;
      readonly summary: string;
    }
  | {
      readonly kind: 'refused';
      readonly problems: readonly { readonly field: string; readonly message: string }[];
    }
  | { readonly kind: 'failed'; readonly message: string };

/** What crosses to the worker: a scenario, and switches to turn on its release. */
export interface AskedRun {
  readonly scenario: unknown;
  readonly changes: SwitchChanges;
}

/** Whether a value is a run as it crosses to the worker. The scenario inside is checked when it runs. */
export function isAskedRun(value: unknown): value is AskedRun {
  if (typeof value !== 'object' || value === null || !('scenario' in value) || !('changes' in value))
    return false;
  const { changes } = value;
  const isNames = (names: unknown): boolean =>
    Array.isArray(names) && names.every(name => isSwitchName(String(name)));
  return (
    typeof changes === 'object' &&
    changes !== null &&
    'with' in changes &&
    'without' in changes &&
    isNames(changes.with) &&
    isNames(changes.without)
  );
}

/** Parses and simulates. Never throws: a defect of the simulator is a `failed` run. */
export function runSimulation(value: unknown, changes: SwitchChanges = NO_CHANGES): Run {
  try {
    const parsed = parseScenario(value);
    if ('problems' in parsed) return { kind: 'refused', problems: parsed.problems };
    const simulation = simulate(parsed.scenario, changes);
    return { kind: 'simulated', scenario: parsed.scenario, simulation, summary: describe(simulation) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
