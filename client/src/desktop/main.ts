/** Entry of the bundle dist/extension.js: the extension in node. The language server is a process of its own, dist/server.js. */

import { type ExtensionContext, type LogOutputChannel, Uri } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { activateWith } from '../extension.js';
import { CLIENT_ID, CLIENT_NAME, clientOptions } from '../languageClient.js';

export { deactivate } from '../extension.js';

/** Called by VS Code. */
export function activate(context: ExtensionContext): void {
  activateWith(context, log => nodeClient(context, log));
}

function nodeClient(context: ExtensionContext, log: LogOutputChannel): LanguageClient {
  const module = Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath;
  return new LanguageClient(
    CLIENT_ID,
    CLIENT_NAME,
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    },
    clientOptions(log, ['file', 'untitled']),
  );
}
