/** Entry of the bundle dist/server.js: `node dist/server.js --stdio` (or `--node-ipc`, `--socket=PORT`). */

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { runSearchWorker } from '../workspace/index.js';
import { nodeRuntime } from './nodeRuntime.js';
import { startServer } from './server.js';

// The bundle is also what search threads are started from.
if (!runSearchWorker()) {
  startServer(createConnection(ProposedFeatures.all), nodeRuntime(__dirname, __filename));
}
