/** The extension, wherever it runs: wires the language server, the release in the status bar and the simulator panel. */

import {
  commands,
  type ExtensionContext,
  type LogOutputChannel,
  type TextDocument,
  window,
  workspace,
} from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { EXPLAIN_COMMAND, PAGE_COMMAND, SHOW_PLACE_COMMAND } from '../../server/protocol/index.js';
import { CallSitesView } from './callSites/callSitesView.js';
import { registerSiteCommands } from './callSites/siteCommands.js';
import { CompareView } from './compare/compareView.js';
import { exploreCommand } from './exploreCommand.js';
import { KernelStatus } from './kernelStatus.js';
import { isOfInterest } from './kernelTree.js';
import { prepareClient, startClient } from './languageClient.js';
import { openPageCommand, registerPages } from './pages.js';
import { reachCommand } from './reachCommand.js';
import { explainRuleCommand, showPlaceCommand } from './ruleCommands.js';
import { SemanticMarks } from './semanticMarks.js';
import { simulateCommand } from './simulateCommand.js';
import { SimulatorPanel } from './simulatorPanel.js';

let running: BaseLanguageClient | null = null;

/**
 * VS Code activates us for any C file, and for a folder that is a Linux tree. The server is started only
 * when a document of interest is open (kernelTree.ts): other C projects pay for this file and one look.
 *
 * @param connect makes a client that is not started: of a process on a desktop, of a worker in a browser
 */
export function activateWith(
  context: ExtensionContext,
  connect: (log: LogOutputChannel) => BaseLanguageClient,
): void {
  const log = window.createOutputChannel('GUP Lens', { log: true });
  const client = prepareClient(connect(log));
  const status = new KernelStatus(client, log);
  const panel = new SimulatorPanel(context, log);
  let started: Promise<void> | null = null;

  /** `why` is for the log: a server where none is expected has to be explained. */
  const ensureStarted = (why: string): Promise<void> => {
    if (started === null) {
      log.info(`starting the language server: ${why}`);
      running = client;
      started = startClient(client, log).then(() => status.refresh());
    }
    return started;
  };
  const consider = async (document: TextDocument): Promise<void> => {
    if (started === null && (await isOfInterest(document))) {
      await ensureStarted(`${workspace.asRelativePath(document.uri)} is of interest`);
    }
  };

  const sites = new CallSitesView({ client, ensureStarted }, context.workspaceState);
  const compare = new CompareView({ client, ensureStarted }, log);
  context.subscriptions.push(
    log,
    status,
    panel,
    new SemanticMarks(client, log, status.onDidChangeKernel),
    sites,
    compare,
    ...registerSiteCommands(client, sites),
    registerPages({ context, client, ensureStarted }),
    workspace.onDidOpenTextDocument(consider),
    // A call may be typed into a file that had none.
    workspace.onDidSaveTextDocument(consider),
    commands.registerCommand('gupLens.simulate', (site: unknown, situation: unknown) =>
      simulateCommand({ client, panel, log, ensureStarted }, site, situation),
    ),
    commands.registerCommand('gupLens.showReach', (place: unknown) =>
      reachCommand({ client, log, ensureStarted }, place),
    ),
    commands.registerCommand('gupLens.explore', (name: unknown) => exploreCommand(context, panel, log, name)),
    commands.registerCommand('gupLens.chooseKernel', async () => {
      await ensureStarted('a release is to be chosen');
      await status.choose();
    }),
    commands.registerCommand(EXPLAIN_COMMAND, (rule: unknown) => explainRuleCommand(context, rule)),
    commands.registerCommand(PAGE_COMMAND, openPageCommand),
    commands.registerCommand('gupLens.showRelease', () => openPageCommand(status.page)),
    commands.registerCommand(SHOW_PLACE_COMMAND, showPlaceCommand),
    commands.registerCommand('gupLens.getStarted', () => getStarted(context)),
    commands.registerCommand('gupLens.compareFile', () => compare.compare()),
    commands.registerCommand('gupLens.compare.close', () => compare.close()),
    commands.registerCommand('gupLens.showLog', () => log.show()),
  );
  for (const document of workspace.textDocuments) void consider(document);
}

/** Opens the walkthrough. A page of first steps that shows a step of another one, as after an installation, VS Code leaves as it is. */
async function getStarted({ extension }: ExtensionContext): Promise<void> {
  await commands.executeCommand('welcome.goBack');
  await commands.executeCommand('workbench.action.openWalkthrough', `${extension.id}#start`, false);
}

/** Stops the server; VS Code waits for it. */
export async function deactivate(): Promise<void> {
  if (running?.needsStop() === true) await running.stop();
}
