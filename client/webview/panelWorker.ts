/**
 * The simulator in a worker: scenarios in, a run of each out, with the number of the question; and litmus tests in,
 * what is found out, until it is found or called off.
 */

import { explore, isAsked } from './races/exploring.js';
import { isAskedRun, runSimulation } from './runSimulation.js';

/** The exploration that goes on, by the number of its question; a newer one takes its place. */
let exploring: unknown = null;

/** Answers the messages of a page, as long as the worker lives. */
export function serveQuestions(): void {
  addEventListener('message', (event: MessageEvent<unknown>) => {
    const { data } = event;
    if (typeof data !== 'object' || data === null || !('id' in data)) return;
    const { id } = data;
    if ('asked' in data && Array.isArray(data.asked) && data.asked.every(isAskedRun)) {
      postMessage({ id, runs: data.asked.map(({ scenario, changes }) => runSimulation(scenario, changes)) });
    } else if ('cancel' in data) {
      if (exploring === id) exploring = null;
    } else if ('races' in data && isAsked(data.races)) {
      const { races } = data;
      // A replay is short and leaves the exploration alone that it is a run of.
      if (races.schedule === null) exploring = id;
      void explore(races, {
        cancelled: () => races.schedule === null && exploring !== id,
        tell: told => postMessage({ id, told }),
      });
    }
  });
}
