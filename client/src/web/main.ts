/** Entry of the bundle dist/webExtension.js: the extension in a browser. The language server is a worker, dist/webServer.js. */

import { type ExtensionContext, type LogOutputChannel, Uri, workspace } from 'vscode';
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  LanguageClient,
  State,
} from 'vscode-languageclient/browser';
import { WORKER_READY, type WorkerStart } from '../../../server/protocol/index.js';
import { activateWith } from '../extension.js';
import { CLIENT_ID, CLIENT_NAME, clientOptions } from '../languageClient.js';
import { answerFiles } from './answerFiles.js';
import { tellLimits } from './tellLimits.js';

export { deactivate } from '../extension.js';

/** Called by VS Code. */
export function activate(context: ExtensionContext): void {
  activateWith(context, log => workerClient(context, log));
}

function workerClient(context: ExtensionContext, log: LogOutputChannel): LanguageClient {
  const dist = Uri.joinPath(context.extensionUri, 'dist');
  const client = new LanguageClient(
    CLIENT_ID,
    CLIENT_NAME,
    async () => {
      const worker = await startWorker(dist, log);
      client.onDidChangeState(({ newState }) => {
        if (newState === State.Stopped) worker.terminate();
      });
      void tellLimits(context, log);
      // Not the worker itself: that of an extension host is no instance of its `Worker`, which the client's library asks for.
      return { reader: new BrowserMessageReader(worker), writer: new BrowserMessageWriter(worker) };
    },
    clientOptions(log, schemes()),
  );
  answerFiles(client);
  return client;
}

/** Resolves when the server in the worker listens; rejects if it cannot be loaded. `dist` is the directory of the bundles. */
function startWorker(dist: Uri, log: LogOutputChannel): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(Uri.joinPath(dist, 'webServer.js').toString(true));
    worker.addEventListener('error', ({ message }) => {
      log.error(`the server's worker: ${message}`);
      reject(new Error(message || 'its worker could not be loaded'));
    });
    const ready = ({ data }: MessageEvent<unknown>): void => {
      if (data !== WORKER_READY) return;
      worker.removeEventListener('message', ready);
      resolve(worker);
    };
    worker.addEventListener('message', ready);
    const start: WorkerStart = { dist: dist.toString(true) };
    worker.postMessage(start);
  });
}

/** Those of the folders: in a browser each kind of storage has its own. Other schemes are views of something, such as of a change. */
function schemes(): readonly string[] {
  const folders = workspace.workspaceFolders ?? [];
  return [...new Set(['file', 'untitled', ...folders.map(({ uri }) => uri.scheme)])];
}
