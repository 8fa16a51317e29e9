/** The connection to the language server: what is the same for a process and for a worker. Started once, when first needed. */

import { type LogOutputChannel, window } from 'vscode';
import { type BaseLanguageClient, type LanguageClientOptions, State } from 'vscode-languageclient';
import { PAGE_COMMAND, REACH_COMMAND, SIMULATE_COMMAND } from '../../server/protocol/index.js';

/** The id and the display name; settings of the client library are read under the id. */
export const CLIENT_ID = 'gupLens';
export const CLIENT_NAME = 'GUP Lens';

/** The options of a client for kernel C in documents of some schemes, such as `file`. */
export function clientOptions(log: LogOutputChannel, schemes: readonly string[]): LanguageClientOptions {
  return {
    documentSelector: schemes.flatMap(scheme => [
      { scheme, language: 'c' },
      { scheme, language: 'cpp', pattern: '**/*.h' },
    ]),
    outputChannel: log,
    diagnosticCollectionName: CLIENT_ID,
    // Hovers lead to these and to no other.
    markdown: { isTrusted: { enabledCommands: [SIMULATE_COMMAND, REACH_COMMAND, PAGE_COMMAND] } },
  };
}

/** Makes a client tell the server that it has the commands of server/protocol. It is returned. */
export function prepareClient(client: BaseLanguageClient): BaseLanguageClient {
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
export async function startClient(client: BaseLanguageClient, log: LogOutputChannel): Promise<void> {
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
