/** The one way from a request to an answer: up-to-date document, cancellation, timing, and no failure that spreads. */

import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { Logger } from '../ide/index.js';
import type { OpenDocuments, Prepared } from './openDocuments.js';
import type { Quiet } from './quiet.js';
import type { Runtime } from './runtime.js';

/** A request that takes longer is logged. Milliseconds. */
const SLOW = 100;

/** What a handler may answer. */
export type Answer<R> = R | ResponseError<never>;

interface About {
  readonly textDocument: { readonly uri: string };
}

/** Wraps the answers to requests. */
export class Dispatcher {
  readonly #documents: OpenDocuments;
  readonly #runtime: Runtime;
  readonly #quiet: Quiet;
  readonly #log: Logger;

  constructor(documents: OpenDocuments, runtime: Runtime, quiet: Quiet, log: Logger) {
    this.#documents = documents;
    this.#runtime = runtime;
    this.#quiet = quiet;
    this.#log = log;
  }

  /**
   * A handler of requests about a document. It answers `fallback` for a document that is none of ours and where
   * `run` throws (which is logged), and an error of the protocol if the request was cancelled, or if it names a
   * position and the document changed meanwhile.
   */
  about<P extends About, R>(
    name: string,
    fallback: R,
    run: (document: Prepared, params: P, token: CancellationToken) => R | Promise<R>,
  ): (params: P, token: CancellationToken) => Promise<Answer<R>> {
    return (params, token) =>
      this.run(name, fallback, token, async () => {
        const { uri } = params.textDocument;
        const version = this.#documents.version(uri);
        const document = await this.#documents.prepare(uri);
        // What was sent behind this request may take it back.
        await this.#runtime.yield();
        if (token.isCancellationRequested) return cancelled();
        if (document === null) return fallback;
        const isPositional = 'position' in params || 'range' in params;
        if (isPositional && this.#documents.version(uri) !== version) {
          return new ResponseError<never>(LSPErrorCodes.ContentModified, 'the document changed');
        }
        return run(document, params, token);
      });
  }

  /** A handler of any request: only timing, cancellation before it starts, and the safety net. */
  async run<R>(
    name: string,
    fallback: R,
    token: CancellationToken,
    run: () => Promise<Answer<R>>,
  ): Promise<Answer<R>> {
    this.#quiet.disturbed();
    const started = this.#runtime.now();
    try {
      if (token.isCancellationRequested) return cancelled();
      return await run();
    } catch (error) {
      if (token.isCancellationRequested) return cancelled();
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log.error(`${name} failed: ${reason}`);
      return fallback;
    } finally {
      const took = this.#runtime.now() - started;
      if (took > SLOW) this.#log.info(`${name} took ${Math.round(took)} ms`);
    }
  }
}

function cancelled(): ResponseError<never> {
  return new ResponseError<never>(LSPErrorCodes.RequestCancelled, 'the request was cancelled');
}
