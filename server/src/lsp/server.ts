/** The language server: which message leads to which answer. */

import {
  type CodeAction,
  CodeActionKind,
  type CodeLens,
  CodeLensRefreshRequest,
  type Connection,
  type Diagnostic,
  DidChangeWatchedFilesNotification,
  type DocumentDiagnosticParams,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  type Hover,
  type InlayHint,
  MessageType,
} from 'vscode-languageserver';
import { TREE_HEADERS } from '../../../kernel/src/index.js';
import { EXPLAIN_COMMAND } from '../../protocol/index.js';
import { CONFIG_FILE, DEFAULT_SETTINGS } from '../config/index.js';
import {
  AnalysisHost,
  type Change,
  type KernelChoice,
  type Logger,
  profileOf,
  ruleNamed,
  ruleText,
} from '../ide/index.js';
import { createParser, type KernelCParser } from '../syntax/index.js';
import { registerCallHierarchy } from './callHierarchy.js';
import { type ClientAbilities, clientAbilities, foldersOf, initializeResult } from './capabilities.js';
import { Configuration } from './configuration.js';
import { registerCustomRequests } from './customRequests.js';
import { Dispatcher } from './dispatch.js';
import { pathOf, spanOf } from './fromProto.js';
import { KnowledgeIndex } from './knowledgeIndex.js';
import { registerNavigation } from './navigation.js';
import { OpenDocuments, type Prepared } from './openDocuments.js';
import { Publisher } from './publish.js';
import { Quiet } from './quiet.js';
import type { Runtime } from './runtime.js';
import { registerSemanticTokens } from './semanticTokens.js';
import { showMessage } from './showMessage.js';
import { toCodeAction, toCodeLens, toDiagnostic, toHover, toInlayHint } from './toProto.js';
import { Trees } from './trees.js';
import { USUAL_FILES, warmUp } from './warmUp.js';
import { type Progress, WorkspaceIndex } from './workspaceIndex.js';

/** What may be asked of a server besides what its client says. */
export interface ServerOptions {
  /** Read all files for this release, whatever the trees and the settings say. */
  readonly kernel?: KernelChoice;
}

/** The engine once it runs. */
export interface Engine {
  readonly parser: KernelCParser;
  readonly host: AnalysisHost;
}

/** What a tree's release and flags, and a project's settings, are read from. */
const TELLING_FILES: readonly string[] = ['Makefile', CONFIG_FILE, ...TREE_HEADERS];

const NO_ABILITIES: ClientAbilities = {
  pullsDiagnostics: false,
  refreshesDiagnostics: false,
  refreshesInlayHints: false,
  refreshesCodeLenses: false,
  relatedInformation: false,
  codeDescription: false,
  markdownHover: true,
  workDoneProgress: false,
  registersWatchers: false,
  hasCommands: false,
};

/**
 * Serves a client over a connection, until it says `exit` or goes away; returns at once. The parser is loaded
 * meanwhile. What goes wrong is logged to the client; nothing throws or ends the process.
 */
export function startServer(connection: Connection, runtime: Runtime, options: ServerOptions = {}): void {
  new Server(connection, runtime, options).start();
}

class Server {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #log: Logger;
  readonly #engine: Promise<Engine>;
  readonly #configuration: Configuration;
  readonly #trees: Trees;
  readonly #documents: OpenDocuments;
  readonly #quiet: Quiet;
  readonly #index: WorkspaceIndex;
  readonly #knowledge: KnowledgeIndex;
  readonly #dispatcher: Dispatcher;
  readonly #publisher: Publisher;
  #abilities = NO_ABILITIES;
  #isOver = false;
  /** The kernel trees that the client opened. */
  readonly #roots = new Set<string>();
  /** Counts what makes earlier diagnostics of the same text stale. */
  #generation = 0;

  constructor(connection: Connection, runtime: Runtime, options: ServerOptions) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#log = {
      info: message => connection.console.info(message),
      warn: message => connection.console.warn(message),
      error: message => connection.console.error(message),
    };
    this.#engine = startEngine(runtime, this.#log);
    this.#configuration = new Configuration(connection, runtime, this.#log);
    this.#trees = new Trees(runtime, this.#log, options.kernel ?? null);
    this.#quiet = new Quiet(runtime);
    this.#index = new WorkspaceIndex({
      runtime,
      quiet: this.#quiet,
      log: this.#log,
      progress: this.#progress,
      onHandlers: handlers => void this.#changeHost({ handlers }),
      onText: (path, text) => this.#knowledge.onText(path, text),
    });
    this.#knowledge = new KnowledgeIndex({
      runtime,
      quiet: this.#quiet,
      log: this.#log,
      parser: this.#engine.then(
        ({ parser }) => parser,
        () => null,
      ),
      onKnowledge: tree => void this.#changeHost({ tree }),
    });
    this.#documents = new OpenDocuments({
      connection,
      configuration: this.#configuration,
      trees: this.#trees,
      host: this.#engine.then(
        ({ host }) => host,
        () => null,
      ),
      onTree: ({ searched }) => this.#index.addSoon(searched),
    });
    this.#dispatcher = new Dispatcher(this.#documents, runtime, this.#quiet, this.#log);
    this.#publisher = new Publisher({
      connection,
      documents: this.#documents,
      runtime,
      log: this.#log,
      diagnosticsOf: document => this.#diagnostics(document),
    });
  }

  start(): void {
    // Told here once; every request that needs the engine then has its empty answer.
    this.#engine.catch((error: unknown) => {
      this.#log.error(`the engine did not start: ${String(error)}`);
      const reason = error instanceof Error ? error.message : String(error);
      showMessage(this.#connection, MessageType.Error, reason);
    });
    this.#lifecycle();
    this.#synchronise();
    this.#answer();
    const navigation = {
      connection: this.#connection,
      dispatcher: this.#dispatcher,
      documents: this.#documents,
      runtime: this.#runtime,
    };
    registerCallHierarchy({
      ...navigation,
      engine: this.#engine,
      knowledge: () => this.#knowledge.tree,
    });
    registerNavigation({
      ...navigation,
      hasCommands: () => this.#abilities.hasCommands,
    });
    registerSemanticTokens(this.#connection, this.#dispatcher);
    registerCustomRequests({
      connection: this.#connection,
      dispatcher: this.#dispatcher,
      documents: this.#documents,
      index: this.#index,
      knowledge: this.#knowledge,
      quiet: this.#quiet,
      engine: this.#engine,
      runtime: this.#runtime,
      log: this.#log,
    });
    this.#documents.documents.listen(this.#connection);
    this.#connection.listen();
  }

  #lifecycle(): void {
    const connection = this.#connection;
    connection.onInitialize(async params => {
      // A client may open a file right after the answer: by then the engine has to run, and its release to be known.
      await this.#engine.catch(() => null);
      if (this.#runtime.readsAlone) await this.#readReleases(foldersOf(params));
      this.#abilities = clientAbilities(params);
      this.#configuration.initialize(params);
      return initializeResult(this.#abilities);
    });
    connection.onInitialized(() => {
      void this.#register();
      void this.#warmUp();
    });
    connection.onShutdown(async () => {
      this.#isOver = true;
      this.#index.dispose();
      this.#knowledge.dispose();
      this.#publisher.dispose();
      const engine = await this.#engine.catch(() => null);
      engine?.parser.dispose();
    });
  }

  async #readReleases(folders: readonly string[]): Promise<void> {
    for (const uri of folders) {
      const { tree, kernel } = await this.#trees.around(uri, DEFAULT_SETTINGS);
      if (tree === null) continue;
      profileOf(kernel);
      this.#roots.add(tree.root);
    }
  }

  async #register(): Promise<void> {
    try {
      await this.#configuration.initialized();
      if (!this.#abilities.registersWatchers) return;
      await this.#connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: ['**/Makefile', `**/${CONFIG_FILE}`, '**/*.{c,h}'].map(globPattern => ({ globPattern })),
      });
    } catch (error) {
      this.#log.warn(`the client does not report changes: ${String(error)}`);
    }
  }

  async #warmUp(): Promise<void> {
    const engine = await this.#engine.catch(() => null);
    if (engine === null) return;
    const started = this.#runtime.now();
    const done = await warmUp({
      parser: engine.parser,
      quiet: this.#quiet,
      usual: () => this.#usualFiles(),
      isOver: () => this.#isOver,
    });
    if (done) this.#log.info(`warmed up in ${Math.round(this.#runtime.now() - started)} ms`);
  }

  async #usualFiles(): Promise<readonly string[]> {
    const [root] = this.#roots;
    if (root === undefined) return [];
    const texts = await Promise.all(USUAL_FILES.map(file => this.#runtime.readText(`${root}/${file}`)));
    return texts.filter(text => text !== null);
  }

  #synchronise(): void {
    const { documents } = this.#documents;
    documents.onDidChangeContent(({ document }) => {
      this.#quiet.disturbed();
      if (this.#abilities.pullsDiagnostics) void this.#prepareQuietly(document.uri);
      else this.#publisher.schedule(document.uri);
    });
    documents.onDidClose(({ document }) => {
      if (!this.#abilities.pullsDiagnostics) this.#publisher.close(document.uri);
      this.#documents.close(document.uri).catch(() => undefined);
    });
    this.#connection.onDidChangeConfiguration(({ settings }) => {
      this.#configuration.changed(settings);
      this.#contextsChanged();
    });
    this.#connection.onDidChangeWatchedFiles(({ changes }) => {
      const paths = changes.map(({ uri }) => pathOf(uri));
      if (paths.some(path => TELLING_FILES.some(file => path.endsWith(`/${file}`)))) {
        this.#trees.forget();
        this.#contextsChanged();
      }
      this.#index.changed(paths.filter(path => /\.[ch]$/.test(path)));
    });
  }

  /** A new document: its release is announced without waiting for a question. */
  async #prepareQuietly(uri: string): Promise<void> {
    if (this.#documents.version(uri) === null) return;
    await this.#documents.prepare(uri).catch(() => null);
  }

  #contextsChanged(): void {
    this.#documents.forgetContexts();
    for (const { uri } of this.#documents.documents.all()) void this.#prepareQuietly(uri);
    this.#refresh();
  }

  /** Something is known of other files that was not before. */
  async #changeHost(change: Pick<Change, 'handlers' | 'tree'>): Promise<void> {
    const engine = await this.#engine.catch(() => null);
    engine?.host.applyChange(change);
    this.#refresh();
  }

  /** Something besides the documents changed: the client should ask again. */
  #refresh(): void {
    this.#generation++;
    const { languages } = this.#connection;
    const abilities = this.#abilities;
    const ask = (able: boolean, request: () => Promise<void>): void => {
      if (able) request().catch((error: unknown) => this.#log.info(`not refreshed: ${String(error)}`));
    };
    if (!abilities.pullsDiagnostics) this.#publisher.scheduleAll();
    ask(abilities.pullsDiagnostics && abilities.refreshesDiagnostics, () => languages.diagnostics.refresh());
    ask(abilities.refreshesInlayHints, () => languages.inlayHint.refresh());
    ask(abilities.refreshesCodeLenses, () => this.#connection.sendRequest(CodeLensRefreshRequest.type));
  }

  #answer(): void {
    const connection = this.#connection;
    const dispatcher = this.#dispatcher;
    const empty: DocumentDiagnosticReport = { kind: DocumentDiagnosticReportKind.Full, items: [] };
    connection.languages.diagnostics.on(
      dispatcher.about<DocumentDiagnosticParams, DocumentDiagnosticReport>(
        'textDocument/diagnostic',
        empty,
        (document, { previousResultId }) => {
          const resultId = `${document.version}.${this.#generation}`;
          return resultId === previousResultId
            ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId }
            : { kind: DocumentDiagnosticReportKind.Full, resultId, items: this.#diagnostics(document) };
        },
      ),
    );
    connection.onHover(
      dispatcher.about(
        'textDocument/hover',
        null as Hover | null,
        ({ analysis, path, lines, uri }, { position }) => {
          const hover = analysis.hover(path, lines.offsetAt(position));
          const { markdownHover: markdown, hasCommands: commands } = this.#abilities;
          return hover === null ? null : toHover(hover, uri, lines, { markdown, commands });
        },
      ),
    );
    connection.languages.inlayHint.on(
      dispatcher.about(
        'textDocument/inlayHint',
        [] as InlayHint[],
        ({ analysis, path, lines, uri }, { range }) =>
          analysis
            .inlayHints(path, spanOf(range, lines))
            .map(hint => toInlayHint(hint, uri, lines, this.#abilities.hasCommands)),
      ),
    );
    connection.onCodeLens(
      dispatcher.about('textDocument/codeLens', [] as CodeLens[], ({ analysis, path, lines, uri }) =>
        analysis.codeLenses(path).map(lens => toCodeLens(lens, uri, lines)),
      ),
    );
    connection.onCodeAction(
      dispatcher.about('textDocument/codeAction', [] as CodeAction[], (document, { range, context }) => {
        const { only } = context;
        const wanted = only === undefined || only.some(kind => isKind(CodeActionKind.QuickFix, kind));
        if (!wanted) return [];
        const { analysis, path, lines } = document;
        return analysis
          .codeActions(path, spanOf(range, lines))
          .map(action => toCodeAction(action, document, lines, this.#abilities.hasCommands));
      }),
    );
    connection.onExecuteCommand(({ command, arguments: given }) => {
      const id: unknown = given?.[0];
      const rule = command === EXPLAIN_COMMAND && typeof id === 'string' ? ruleNamed(id) : null;
      if (rule !== null) showMessage(connection, MessageType.Info, ruleText(rule));
      else
        showMessage(
          connection,
          MessageType.Warning,
          `${command}: no such command, or no such rule: ${String(id)}`,
        );
      return null;
    });
  }

  #diagnostics({ analysis, path, uri, lines, context }: Prepared): Diagnostic[] {
    const { relatedInformation: related, codeDescription } = this.#abilities;
    const pageOf = (rule: string): string | null => (codeDescription ? this.#runtime.rulePage(rule) : null);
    const diagnostics = analysis.diagnostics(path).map(diagnostic => {
      return toDiagnostic(diagnostic, uri, lines, { related, page: pageOf(diagnostic.rule) });
    });
    if (context.tree !== null) this.#knowledge.onAsked(path, () => analysis.asked(path), context.kernel);
    return diagnostics;
  }

  readonly #progress: Progress = (title, cancel) => {
    if (!this.#abilities.workDoneProgress) return () => undefined;
    const reporter = this.#connection.window
      .createWorkDoneProgress()
      .then(progress => {
        progress.token.onCancellationRequested(cancel);
        progress.begin(title, undefined, undefined, true);
        return progress;
      })
      .catch(() => null);
    return message => {
      void reporter.then(progress => (message === null ? progress?.done() : progress?.report(message)));
    };
  };
}

/** Whether a kind of action is the one asked for or below it, by the protocol's dotted names. */
function isKind(kind: string, asked: string): boolean {
  return kind === asked || kind.startsWith(`${asked}.`) || asked === '';
}

async function startEngine(runtime: Runtime, log: Logger): Promise<Engine> {
  const parser = await createParser(await runtime.loadWasm());
  return { parser, host: new AnalysisHost({ parser, log }) };
}
