/** From the cancellation of the protocol to that of the platform. */

import type { CancellationToken } from 'vscode-languageserver';

/** Runs what can be called off by a signal under a token of the protocol. */
export async function withSignal<R>(
  token: CancellationToken,
  run: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const stop = new AbortController();
  const listener = token.onCancellationRequested(() => stop.abort());
  try {
    return await run(stop.signal);
  } finally {
    listener.dispose();
  }
}
