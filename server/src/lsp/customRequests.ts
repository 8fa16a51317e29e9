/** The `gupLens/…` requests; their names and types are in server/protocol. */

import type { CancellationToken, Connection } from 'vscode-languageserver';
import { RELEASES } from '../../../kernel/src/index.js';
import { describe, parseScenario, simulate } from '../../../simulator/src/index.js';
import {
  COMPARE,
  type CompareParams,
  type CompareResult,
  KERNEL,
  type KernelParams,
  type KernelResult,
  SCENARIO_AT,
  type ScenarioAtParams,
  type ScenarioAtResult,
  SIMULATE,
  SITES,
  type SimulateParams,
  type SimulateResult,
  type SitesParams,
  type SitesResult,
} from '../../protocol/index.js';
import type { Logger } from '../ide/index.js';
import { compareDocument } from './compareDocument.js';
import type { Answer, Dispatcher } from './dispatch.js';
import type { KnowledgeIndex } from './knowledgeIndex.js';
import { registerLitmusRequests } from './litmusRequests.js';
import type { OpenDocuments } from './openDocuments.js';
import type { Runtime } from './runtime.js';
import type { Engine } from './server.js';
import { rangeOf, toSite } from './toProto.js';
import { treeSites } from './treeSites.js';
import type { WorkspaceIndex } from './workspaceIndex.js';

/** What the requests are answered with. */
export interface CustomRequestsOptions {
  readonly connection: Connection;
  readonly dispatcher: Dispatcher;
  readonly documents: OpenDocuments;
  readonly index: WorkspaceIndex;
  readonly knowledge: KnowledgeIndex;
  readonly engine: Promise<Engine>;
  readonly runtime: Runtime;
  readonly log: Logger;
}

/** Installs the handlers of the custom requests on the connection. */
export function registerCustomRequests(options: CustomRequestsOptions): void {
  const { connection, dispatcher, documents } = options;
  connection.onRequest<ScenarioAtResult, never>(
    SCENARIO_AT,
    dispatcher.about<ScenarioAtParams, ScenarioAtResult>(
      SCENARIO_AT,
      null,
      (document, { position, situation }) => {
        const { analysis, path, lines, uri } = document;
        const found = analysis.scenarioAt(path, lines.offsetAt(position), situation);
        if (found === null) return null;
        const { scenario, title, site } = found;
        return { scenario, title, location: { uri, ...lines.positionAt(site.span.start) } };
      },
    ),
  );
  connection.onRequest<SimulateResult, never>(
    SIMULATE,
    (params: SimulateParams, token: CancellationToken) => {
      const failed: SimulateResult = {
        problems: [{ field: '', message: 'the simulator failed; see the log' }],
      };
      return dispatcher.run<SimulateResult>(SIMULATE, failed, token, async () => answerSimulate(params));
    },
  );
  registerLitmusRequests(options);
  connection.onRequest<KernelResult | null, never>(KERNEL, (params: KernelParams, token: CancellationToken) =>
    dispatcher.run<KernelResult | null>(KERNEL, null, token, async () => {
      const { kernel } = await documents.context(params.uri);
      const { release, text, source, note } = kernel;
      return { uri: params.uri, release, text, source, note, releases: RELEASES };
    }),
  );
  connection.onRequest<CompareResult, never>(
    COMPARE,
    dispatcher.about<CompareParams, CompareResult>(COMPARE, null, compareDocument),
  );
  connection.onRequest<SitesResult, never>(SITES, (params: SitesParams, token: CancellationToken) => {
    const nothing: SitesResult = { sites: [], notAnalysed: [] };
    return dispatcher.run<SitesResult>(SITES, nothing, token, () => answerSites(params, token, options));
  });
}

function answerSimulate({ scenario }: SimulateParams): SimulateResult {
  const parsed = parseScenario(scenario);
  if ('problems' in parsed) return parsed;
  const simulation = simulate(parsed.scenario);
  return { simulation, text: describe(simulation) };
}

async function answerSites(
  params: SitesParams,
  token: CancellationToken,
  options: CustomRequestsOptions,
): Promise<Answer<SitesResult>> {
  const { connection, documents, index, knowledge, engine, runtime, log } = options;
  const { uri } = params;
  const context = await documents.context(uri);
  if (context.tree === null) return documentSites(uri, documents);
  const stop = new AbortController();
  const listener = token.onCancellationRequested(() => stop.abort());
  const progress = connection.window.attachWorkDoneProgress(params.workDoneToken);
  progress.begin('GUP Lens: call sites of the tree');
  try {
    // Which functions are handlers is known only when all files have been looked at.
    index.add(context.tree.searched);
    await index.idle;
    stop.signal.throwIfAborted();
    const sites: SitesResult['sites'][number][] = [];
    const notAnalysed: SitesResult['notAnalysed'][number][] = [];
    const found = treeSites({
      root: context.tree.searched,
      context,
      handlers: index.handlers,
      known: knowledge.tree,
      parser: (await engine).parser,
      runtime,
      log,
      signal: stop.signal,
      openText: path => documents.openText(path),
      onProgress: message => progress.report(message),
    });
    for await (const file of found) {
      if (params.partialResultToken === undefined) sites.push(...file.sites);
      else if (file.sites.length > 0) reportPartly(connection, params.partialResultToken, file.sites);
      notAnalysed.push(...file.notAnalysed);
    }
    return { sites, notAnalysed };
  } finally {
    listener.dispose();
    progress.done();
  }
}

function reportPartly(connection: Connection, token: string | number, sites: SitesResult['sites']): void {
  const partial: SitesResult = { sites, notAnalysed: [] };
  void connection.sendNotification('$/progress', { token, value: partial });
}

/** Outside a tree there is only the document itself. */
async function documentSites(uri: string, documents: OpenDocuments): Promise<SitesResult> {
  const document = await documents.prepare(uri);
  if (document === null) return { sites: [], notAnalysed: [] };
  const { analysis, path, lines } = document;
  const { sites, notAnalysed } = analysis.sites(path);
  return {
    sites: sites.map(site => toSite(site, uri, lines)),
    notAnalysed: notAnalysed.map(({ function: name, span, reason }) => {
      return { uri, range: rangeOf(span, lines), function: name, reason };
    }),
  };
}
