/** The connection to the language server, a node process of its own: dist/server.js. Started once, when first needed. */

import { type ExtensionContext, type LogOutputChannel, Uri, window } from 'vscode';
import { LanguageClient, State, TransportKind } from 'vscode-languageclient/node';

/** The id and the display name; settings of the client library are read under the id. */
const ID = 'gupLens';
const NAME = 'GUP Lens';

/** Makes a client that is not started. It watches what decides about a file besides the file: Makefiles and C sources. */
export function createClient(context: ExtensionContext, log: LogOutputChannel): LanguageClient {
  const module = Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath;
  const client = new LanguageClient(
    ID,
    NAME,
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    },
    {
      documentSelector: [
        { scheme: 'file', language: 'c' },
        { scheme: 'untitled', language: 'c' },
        { scheme: 'file', language: 'cpp', pattern: '**/*.h' },
      ],
      outputChannel: log,
      diagnosticCollectionName: ID,
    },
  );
  client.registerFeature({
    fillClientCapabilities: capabilities => {
      capabilities.experimental = { ...capabilities.experimental, gupLens: { commands: true } };
    },
    initialize: () => undefined,
    getState: () => ({ kind: 'static' }),
    clear: () => undefined,
  });
  return client;
}

/** Starts a client and logs how that went; a failure is told to the person once, with the log at hand. */
export async function startClient(client: LanguageClient, log: LogOutputChannel): Promise<void> {
  client.onDidChangeState(({ newState }) => log.info(`language server: ${State[newState]}`));
  try {
    await client.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`the language server did not start: ${reason}`);
    const choice = await window.showErrorMessage(
      `GUP Lens: the language server did not start: ${reason}`,
      'Show log',
    );
    if (choice !== undefined) log.show();
  }
}
