/** The server in a browser's worker, on the worker's own messages. */

import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import { startServer } from '../server.js';
import { browserRuntime } from './browserRuntime.js';

/** Serves the client that started this worker; `dist` is the URL of the directory of the bundles. */
export function serve(worker: DedicatedWorkerGlobalScope, dist: string): void {
  const connection = createConnection(
    ProposedFeatures.all,
    new BrowserMessageReader(worker),
    new BrowserMessageWriter(worker),
  );
  const runtime = browserRuntime({
    fetchFile: async name => {
      const response = await fetch(`${dist}/${name}`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    ask: (method, params) => connection.sendRequest(method, params),
    now: () => performance.now(),
    yield: nextTurn,
    later: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  startServer(connection, runtime);
}

/** A timer of no time would wait four milliseconds: browsers slow those down that follow each other. */
function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
