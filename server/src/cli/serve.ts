/** `gup-lens serve`: the language server, for editors that start a command. */

import { type Io, UsageError } from './io.js';
import { fixedKernel } from './kernelOption.js';

export interface ServeOptions {
  readonly stdio: boolean;
  /** A release for all files, or `auto`. */
  readonly kernel: string;
}

/** Runs the server until its client ends it, which ends the process. */
export async function serveCommand(options: ServeOptions, io: Io): Promise<number> {
  if (!options.stdio)
    throw new UsageError('serve speaks over standard input and output: gup-lens serve --stdio');
  // Loaded only here: the protocol's libraries would cost every other command, and each of its threads, time.
  const { nodeRuntime, serveStdio } = await import('../lsp/index.js');
  const server = options.kernel === 'auto' ? {} : { kernel: fixedKernel(options.kernel) };
  return serveStdio(nodeRuntime(io.bundleDir, io.bundle), server);
}
