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
  PAGE,
  type PageParams,
  type PageResult,
  SCENARIO_AT,
  type ScenarioAtParams,
  type ScenarioAtResult,
  SIMULATE,
  type SimulateParams,
  type SimulateResult,
} from '../../protocol/index.js';
import { type Logger, pageAt } from '../ide/index.js';
import { compareDocument } from './compareDocument.js';
import type { Dispatcher } from './dispatch.js';
import type { KnowledgeIndex } from './knowledgeIndex.js';
import { registerLitmusRequests } from './litmusRequests.js';
import type { OpenDocuments } from './openDocuments.js';
import type { Quiet } from './quiet.js';
import type { Runtime } from './runtime.js';
import type { Engine } from './server.js';
import { registerSitesRequests } from './sitesRequests.js';
import { toKernelInfo } from './toProto.js';
import type { WorkspaceIndex } from './workspaceIndex.js';

/** What the requests are answered with. */
export interface CustomRequestsOptions {
  readonly connection: Connection;
  readonly dispatcher: Dispatcher;
  readonly documents: OpenDocuments;
  readonly index: WorkspaceIndex;
  readonly knowledge: KnowledgeIndex;
  readonly quiet: Quiet;
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
      return { ...toKernelInfo(params.uri, kernel), releases: RELEASES };
    }),
  );
  connection.onRequest<CompareResult, never>(
    COMPARE,
    dispatcher.about<CompareParams, CompareResult>(COMPARE, null, compareDocument),
  );
  connection.onRequest<PageResult, never>(PAGE, (params: PageParams, token: CancellationToken) =>
    dispatcher.run<PageResult>(PAGE, null, token, async () => pageAt(params.path)),
  );
  registerSitesRequests(options);
}

function answerSimulate({ scenario }: SimulateParams): SimulateResult {
  const parsed = parseScenario(scenario);
  if ('problems' in parsed) return parsed;
  const simulation = simulate(parsed.scenario);
  return { simulation, text: describe(simulation) };
}
