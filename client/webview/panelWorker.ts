/** The simulator in a worker: scenarios in, a run of each out, with the number of the question. */

import { runSimulation } from './runSimulation.js';

addEventListener('message', (event: MessageEvent<unknown>) => {
  const { data } = event;
  if (typeof data !== 'object' || data === null || !('id' in data) || !('scenarios' in data)) return;
  if (Array.isArray(data.scenarios)) postMessage({ id: data.id, runs: data.scenarios.map(runSimulation) });
});
