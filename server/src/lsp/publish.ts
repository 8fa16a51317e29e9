/** Diagnostics for clients that do not ask for them: sent shortly after each change. */

import type { Connection, Diagnostic } from 'vscode-languageserver';
import type { Logger } from '../ide/index.js';
import type { OpenDocuments, Prepared } from './openDocuments.js';
import type { Runtime } from './runtime.js';

/** Long enough that the changes of one keystroke or paste are one; short enough not to be noticed. Milliseconds. */
const DEBOUNCE = 15;

/** One timer a document; what is sent names the version it is of. */
export class Publisher {
  readonly #connection: Connection;
  readonly #documents: OpenDocuments;
  readonly #runtime: Runtime;
  readonly #log: Logger;
  readonly #diagnosticsOf: (document: Prepared) => Diagnostic[];
  readonly #pending = new Map<string, () => void>();
  /** Documents that the client shows something for. */
  readonly #shown = new Set<string>();

  constructor(options: {
    readonly connection: Connection;
    readonly documents: OpenDocuments;
    readonly runtime: Runtime;
    readonly log: Logger;
    readonly diagnosticsOf: (document: Prepared) => Diagnostic[];
  }) {
    this.#connection = options.connection;
    this.#documents = options.documents;
    this.#runtime = options.runtime;
    this.#log = options.log;
    this.#diagnosticsOf = options.diagnosticsOf;
  }

  /** The document changed: publish soon, once; at once if nothing was published of it, as when it was just opened. */
  schedule(uri: string): void {
    this.#pending.get(uri)?.();
    const cancel = this.#runtime.later(this.#shown.has(uri) ? DEBOUNCE : 0, () => {
      this.#pending.delete(uri);
      void this.#publish(uri);
    });
    this.#pending.set(uri, cancel);
  }

  /** Everything may have changed. */
  scheduleAll(): void {
    for (const { uri } of this.#documents.documents.all()) this.schedule(uri);
  }

  /** The document was closed: the client forgets what it shows. */
  close(uri: string): void {
    this.#pending.get(uri)?.();
    this.#pending.delete(uri);
    this.#send(uri, null, []);
  }

  /** Nothing is published any more. */
  dispose(): void {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
  }

  async #publish(uri: string): Promise<void> {
    try {
      const document = await this.#documents.prepare(uri);
      const version = this.#documents.version(uri);
      if (version === null) return;
      if (document === null) this.#send(uri, version, []);
      // Of an older version nothing is sent: the change has its own timer.
      else if (document.version === version) this.#send(uri, version, this.#diagnosticsOf(document));
    } catch (error) {
      this.#log.error(`${uri}: no diagnostics: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }

  #send(uri: string, version: number | null, diagnostics: Diagnostic[]): void {
    if (diagnostics.length === 0 && !this.#shown.has(uri)) {
      // The first answer is sent even if it is empty: a client that waits for it would wait for ever.
      if (version === null) return;
    }
    if (version === null) this.#shown.delete(uri);
    else this.#shown.add(uri);
    void this.#connection.sendDiagnostics({ uri, ...(version !== null && { version }), diagnostics });
  }
}
