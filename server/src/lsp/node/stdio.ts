/** The server over standard input and output, for a command line that starts it. */

import process from 'node:process';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { Runtime } from '../runtime.js';
import { type ServerOptions, startServer } from '../server.js';

/**
 * Serves the client at the other end of standard input and output. Nothing else may be written to standard output.
 * @returns a promise that does not settle: the process ends when the client says so or goes away, with status 0 if it
 *   asked to shut down before
 */
export function serveStdio(runtime: Runtime, options: ServerOptions = {}): Promise<never> {
  startServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout), runtime, options);
  return new Promise(() => undefined);
}
