/** A client of the server over a real connection: the same bytes as over standard input and output. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  type ClientCapabilities,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  type DocumentDiagnosticReport,
  type InitializeResult,
  type LogMessageParams,
  MessageType,
  ProposedFeatures,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type ShowMessageParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { URI } from 'vscode-uri';
import { KERNEL_CHANGED, type KernelInfo } from '../../server/protocol/index.js';
import { nodeRuntime, type Runtime, startServer } from '../../server/src/lsp/index.js';
import { wasm } from '../ide/host.js';

/** What a modern editor says it can do. */
export const MODERN: ClientCapabilities = {
  textDocument: {
    diagnostic: {},
    publishDiagnostics: { relatedInformation: true },
    hover: { contentFormat: ['markdown'] },
  },
};

export interface StartOptions {
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: unknown;
  /** Answers `workspace/configuration`; the capability is then announced. */
  readonly configuration?: (scopeUri: string) => unknown;
  readonly runtime?: Partial<Runtime>;
}

export class TestClient {
  readonly connection: ProtocolConnection;
  readonly published: PublishDiagnosticsParams[] = [];
  readonly messages: ShowMessageParams[] = [];
  readonly logged: LogMessageParams[] = [];
  readonly kernels: KernelInfo[] = [];
  readonly refreshed: string[] = [];
  /** Of requests, and of what the server does by itself. */
  readonly progress: { readonly token: string; readonly value: Readonly<Record<string, unknown>> }[] = [];
  #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = [];
  #result: InitializeResult | null = null;

  private constructor(connection: ProtocolConnection) {
    this.connection = connection;
    connection.onNotification('textDocument/publishDiagnostics', params =>
      this.#keep(this.published, params),
    );
    connection.onNotification('window/showMessage', params => this.#keep(this.messages, params));
    connection.onNotification('window/logMessage', params => this.#keep(this.logged, params));
    connection.onNotification('$/progress', params => this.#keep(this.progress, params));
    connection.onRequest('window/workDoneProgress/create', () => null);
    connection.onNotification(KERNEL_CHANGED, params => this.#keep(this.kernels, params));
    for (const what of ['diagnostic', 'inlayHint', 'codeLens']) {
      connection.onRequest(`workspace/${what}/refresh`, () => {
        this.#keep(this.refreshed, what);
        return null;
      });
    }
  }

  static async start(options: StartOptions = {}): Promise<TestClient> {
    const toServer = new PassThrough();
    const toClient = new PassThrough();
    const server = createConnection(
      ProposedFeatures.all,
      new StreamMessageReader(toServer),
      new StreamMessageWriter(toClient),
    );
    const runtime = { ...nodeRuntime('nowhere', null), loadWasm: async () => wasm(), ...options.runtime };
    startServer(server, runtime);
    const client = new TestClient(
      createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer), {
        error: () => undefined,
        warn: () => undefined,
        info: () => undefined,
        log: () => undefined,
      }),
    );
    const { configuration } = options;
    if (configuration !== undefined) {
      client.connection.onRequest(
        'workspace/configuration',
        ({ items }: { items: { scopeUri?: string; section?: string }[] }) =>
          items.map(item => configuration(item.scopeUri ?? '')),
      );
    }
    client.connection.onRequest('client/registerCapability', () => null);
    client.connection.listen();
    const capabilities = options.capabilities ?? MODERN;
    client.#result = await client.connection.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {
        ...capabilities,
        workspace: { ...capabilities.workspace, ...(configuration !== undefined && { configuration: true }) },
      },
      initializationOptions: options.initializationOptions,
    });
    await client.connection.sendNotification('initialized', {});
    return client;
  }

  get initializeResult(): InitializeResult {
    if (this.#result === null) throw new Error('not initialised');
    return this.#result;
  }

  /** What the server said to have failed: log messages, and messages to the person. */
  get errors(): readonly (LogMessageParams | ShowMessageParams)[] {
    return [...this.logged, ...this.messages].filter(({ type }) => type === MessageType.Error);
  }

  async open(uri: string, text: string, languageId = 'c'): Promise<void> {
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  async pull(uri: string): Promise<Diagnostic[]> {
    const report: DocumentDiagnosticReport = await this.connection.sendRequest('textDocument/diagnostic', {
      textDocument: { uri },
    });
    if (report.kind !== 'full') throw new Error(`unexpected report: ${report.kind}`);
    return report.items;
  }

  /** Settles when the condition holds; it is looked at after everything that arrives. The test's time limit ends the wait. */
  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push({ done, resolve }));
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    this.connection.dispose();
  }

  #keep<T>(list: T[], item: T): void {
    list.push(item);
    this.#waiting = this.#waiting.filter(({ done, resolve }) => {
      if (!done()) return true;
      resolve();
      return false;
    });
  }
}

/** A directory that looks like a kernel tree, with more files if wanted. */
export class TestTree {
  readonly root = mkdtempSync(join(tmpdir(), 'gup-lens-lsp-'));

  constructor(release: string, files: Readonly<Record<string, string>> = {}) {
    const [version = '', patchlevel = '', sublevel = '0'] = release.split('.');
    this.write('include/linux/mm.h', '/* a kernel tree has this */\n');
    this.write(
      'Makefile',
      `VERSION = ${version}\nPATCHLEVEL = ${patchlevel}\nSUBLEVEL = ${sublevel}\nEXTRAVERSION =\n`,
    );
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  uri(path: string): string {
    return URI.file(join(this.root, path)).toString();
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
