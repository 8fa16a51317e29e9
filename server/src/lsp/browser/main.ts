/**
 * Entry of the bundle dist/webServer.js, a worker. Its first message says where the bundles lie (a worker in an editor runs from
 * a blob and cannot tell), all others are of the Language Server Protocol.
 */

import { WORKER_READY, type WorkerStart } from '../../../protocol/index.js';

function isWorkerStart(message: unknown): message is WorkerStart {
  return (
    typeof message === 'object' && message !== null && 'dist' in message && typeof message.dist === 'string'
  );
}

const worker = globalThis as unknown as DedicatedWorkerGlobalScope;

worker.addEventListener(
  'message',
  ({ data }: MessageEvent<unknown>) => {
    if (!isWorkerStart(data)) throw new Error('the first message has to say where the bundles lie');
    // What the rest of this bundle is made on, which runs when it is imported.
    worker.importScripts(`${data.dist}/engine.js`);
    import('./serve.js').then(({ serve }) => {
      serve(worker, data.dist);
      worker.postMessage(WORKER_READY);
    }, worker.reportError);
  },
  { once: true },
);
