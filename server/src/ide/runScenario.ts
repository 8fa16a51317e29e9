/** Running a scenario where a failure of the simulator must not cost the rest of an answer. */

import { type ModelledSimulation, type Scenario, simulate } from '../../../simulator/src/index.js';
import type { AnalysedFile } from './analysedFile.js';

/** The run; null if the situation is not modelled, or if the simulator failed, which is logged. */
export function runScenario(file: AnalysedFile, scenario: Scenario | null): ModelledSimulation | null {
  if (scenario === null) return null;
  try {
    const simulation = simulate(scenario);
    return simulation.modelled ? simulation : null;
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    file.log.error(`the simulator failed on ${JSON.stringify(scenario)}: ${reason}`);
    return null;
  }
}

/** Whether the call let go of a lock that its caller held. */
export function lockDropped({ outcome }: ModelledSimulation): boolean {
  return outcome.lock_events.some(event => event.startsWith('release'));
}
