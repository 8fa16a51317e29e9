/** One run of the simulator, as the worker and the page both do it. */

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

/** Parses and simulates. Never throws: a defect of the simulator is a `failed` run. */
export function runSimulation(value: unknown): Run {
  try {
    const parsed = parseScenario(value);
    if ('problems' in parsed) return { kind: 'refused', problems: parsed.problems };
    const simulation = simulate(parsed.scenario);
    return { kind: 'simulated', scenario: parsed.scenario, simulation, summary: describe(simulation) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
