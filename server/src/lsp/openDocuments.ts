/** The documents that the client has open, and their way into the engine. */

import { type Connection, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { KERNEL_CHANGED, type KernelInfo } from '../../protocol/index.js';
import type { Settings } from '../config/index.js';
import type { Analysis, AnalysisHost, KernelChoice } from '../ide/index.js';
import type { LineIndex } from '../syntax/index.js';
import type { Configuration } from './configuration.js';
import { pathOf } from './fromProto.js';
import { isC, isOfInterest } from './interest.js';
import type { Tree } from './runtime.js';
import { toKernelInfo } from './toProto.js';
import type { Trees } from './trees.js';

/** What was found out about a document besides its text. */
export interface Context {
  readonly tree: Tree | null;
  readonly kernel: KernelChoice;
  readonly settings: Settings;
}

/** A document that the engine has, at the version it had when asked for. */
export interface Prepared {
  readonly uri: string;
  readonly path: string;
  readonly version: number;
  readonly analysis: Analysis;
  readonly lines: LineIndex;
  readonly context: Context;
}

/** Text changes are taken as they come, and given to the engine when something is asked. */
export class OpenDocuments {
  readonly documents = new TextDocuments(TextDocument);
  readonly #connection: Connection;
  readonly #configuration: Configuration;
  readonly #trees: Trees;
  readonly #host: Promise<AnalysisHost | null>;
  readonly #contexts = new Map<string, Promise<Context>>();
  /** URI → what the engine was given last. */
  readonly #applied = new Map<string, { readonly version: number; readonly context: Context }>();
  readonly #announced = new Map<string, KernelInfo>();
  readonly #onTree: (tree: Tree) => void;

  /** @param options `host` gives null if it could not be started; `onTree` is told of the tree of each document of interest */
  constructor(options: {
    readonly connection: Connection;
    readonly configuration: Configuration;
    readonly trees: Trees;
    readonly host: Promise<AnalysisHost | null>;
    readonly onTree: (tree: Tree) => void;
  }) {
    this.#connection = options.connection;
    this.#configuration = options.configuration;
    this.#trees = options.trees;
    this.#host = options.host;
    this.#onTree = options.onTree;
  }

  /** The version of an open document; null if it is not open. */
  version(uri: string): number | null {
    return this.documents.get(uri)?.version ?? null;
  }

  /** The text of an open document by its path, with what is not saved; null if it is not open. */
  openText(path: string): string | null {
    return (
      this.documents
        .all()
        .find(({ uri }) => pathOf(uri) === path)
        ?.getText() ?? null
    );
  }

  /**
   * Brings the engine up to date with a document.
   * @returns null if the document is not open or not of interest, or if the engine could not be started
   */
  async prepare(uri: string): Promise<Prepared | null> {
    const asked = this.documents.get(uri);
    if (asked === undefined || !isC(asked)) return null;
    const context = await this.context(uri);
    const host = await this.#host;
    if (host === null) return null;
    // Time has passed: the document may have changed or gone.
    const document = this.documents.get(uri);
    if (document === undefined) return null;
    const path = pathOf(uri);
    const { version } = document;
    const applied = this.#applied.get(uri);
    if (applied?.version !== version || applied.context !== context) {
      const text = document.getText();
      if (!isOfInterest(text, context.tree)) {
        if (applied !== undefined) this.#withdraw(uri, host);
        return null;
      }
      const { kernel, settings } = context;
      host.applyChange({ files: [{ path, text, version, kernel, settings }] });
      this.#applied.set(uri, { version, context });
      this.#announce(uri, kernel);
      if (context.tree !== null) this.#onTree(context.tree);
    }
    const analysis = host.snapshot();
    return { uri, path, version, analysis, lines: analysis.lines(path), context };
  }

  /** The surroundings and settings of a document, open or not. */
  context(uri: string): Promise<Context> {
    let context = this.#contexts.get(uri);
    if (context === undefined) {
      context = this.#findContext(uri);
      this.#contexts.set(uri, context);
    }
    return context;
  }

  /** Forgets settings and releases: they changed. The next question finds them anew. */
  forgetContexts(): void {
    this.#contexts.clear();
  }

  /** A document was closed. */
  async close(uri: string): Promise<void> {
    this.#contexts.delete(uri);
    this.#announced.delete(uri);
    const host = await this.#host;
    if (host !== null) this.#withdraw(uri, host);
  }

  async #findContext(uri: string): Promise<Context> {
    const settings = await this.#configuration.of(uri);
    return { settings, ...(await this.#trees.around(uri, settings)) };
  }

  #withdraw(uri: string, host: AnalysisHost): void {
    if (!this.#applied.delete(uri)) return;
    const kernel = host.snapshot().kernel(pathOf(uri));
    host.applyChange({ files: [{ path: pathOf(uri), text: null, version: 0, kernel }] });
  }

  #announce(uri: string, kernel: KernelChoice): void {
    const info = toKernelInfo(uri, kernel);
    if (JSON.stringify(this.#announced.get(uri)) === JSON.stringify(info)) return;
    this.#announced.set(uri, info);
    void this.#connection.sendNotification(KERNEL_CHANGED, info);
  }
}
