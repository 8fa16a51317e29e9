/**
 * Entry of the bundle dist/server.js: `node dist/server.js --stdio` (or `--node-ipc`, `--socket=PORT`). `gup-lens serve`
 * loads it for what it exports, so that the program does not hold the server twice.
 */

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { compileLater, runSearchWorker } from '../../workspace/index.js';
import { startServer } from '../server.js';
import { nodeRuntime } from './nodeRuntime.js';

export { nodeRuntime, serveStdio } from '../index.js';

// The bundle is also what search threads are started from.
if (!runSearchWorker() && require.main === module) {
  compileLater();
  startServer(createConnection(ProposedFeatures.all), nodeRuntime(__dirname, __filename));
}
