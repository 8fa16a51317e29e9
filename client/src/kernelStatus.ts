/** The release that the file in front is read for, always visible in the status bar; a click chooses another. */

import {
  ConfigurationTarget,
  type Disposable,
  EventEmitter,
  type LogOutputChannel,
  MarkdownString,
  type QuickPickItem,
  StatusBarAlignment,
  ThemeColor,
  type WorkspaceFolder,
  window,
  workspace,
} from 'vscode';
import { type BaseLanguageClient, State } from 'vscode-languageclient';
import {
  KERNEL,
  KERNEL_CHANGED,
  type KernelInfo,
  type KernelParams,
  type KernelResult,
  PAGE_COMMAND,
} from '../../server/protocol/index.js';
import { kernelMarkdown, kernelText, releasePage } from './kernelText.js';
import { isOfInterest } from './kernelTree.js';

const SECTION = 'gupLens';
const SETTING = 'kernel.release';
/** The setting's value for "as the tree says". */
const AUTO = 'auto';

/** Owns the status bar item. Asks the server again when the file in front or the release changes. */
export class KernelStatus implements Disposable {
  readonly #client: BaseLanguageClient;
  readonly #log: LogOutputChannel;
  readonly #item = window.createStatusBarItem('gupLens.kernel', StatusBarAlignment.Right, 100);
  readonly #changed = new EventEmitter<void>();
  /** A document is read for another release than before. */
  readonly onDidChangeKernel = this.#changed.event;
  readonly #subscriptions: Disposable[];
  #releases: readonly string[] = [];
  /** The release that is shown; null: none is. */
  #shown: string | null = null;

  constructor(client: BaseLanguageClient, log: LogOutputChannel) {
    this.#client = client;
    this.#log = log;
    this.#item.name = 'GUP Lens: kernel release';
    this.#item.command = 'gupLens.chooseKernel';
    this.#subscriptions = [
      this.#item,
      window.onDidChangeActiveTextEditor(() => this.refresh()),
      this.#changed,
      // A client has one handler of a notification: who else wants to know is told by the event.
      client.onNotification(KERNEL_CHANGED, (kernel: KernelInfo) => {
        this.#changed.fire();
        if (window.activeTextEditor?.document.uri.toString() === kernel.uri) this.#show(kernel);
      }),
    ];
  }

  /** The path of the page of the release that is shown, else of the list of all. */
  get page(): string {
    return releasePage(this.#shown ?? 'README');
  }

  /** Shows the release of the file in front; hides the item where there is none to show. */
  async refresh(): Promise<void> {
    const document = window.activeTextEditor?.document;
    // A panel has the focus: the release of the source beside it stays.
    if (document === undefined && window.visibleTextEditors.length > 0) return;
    const kernel =
      document !== undefined && this.#client.state === State.Running && (await isOfInterest(document))
        ? await this.#ask(document.uri.toString())
        : null;
    if (window.activeTextEditor?.document !== document) return;
    if (kernel !== null) {
      this.#show(kernel);
      return;
    }
    this.#shown = null;
    this.#item.hide();
  }

  /**
   * Lets a person choose a release for the folder of the file in front, or go back to what its tree says. Of several
   * folders without a file in front, a person says which. The server has to run.
   */
  async choose(): Promise<void> {
    const folder = await this.#folderToChooseFor();
    if (folder === null) return;
    const uri = window.activeTextEditor?.document.uri ?? folder?.uri;
    if (this.#releases.length === 0) await this.#ask(uri?.toString() ?? '');
    const configuration = workspace.getConfiguration(SECTION, uri);
    const current = configuration.get<string>(SETTING, AUTO);
    const mark = (value: string): Pick<QuickPickItem, 'description'> =>
      value === current ? { description: 'current' } : {};
    const items = [
      {
        label: 'From the tree',
        detail: "The release that the tree's Makefile names",
        value: AUTO,
        ...mark(AUTO),
      },
      ...[...this.#releases]
        .reverse()
        .map(release => ({ label: `Linux ${release}`, value: release, ...mark(release) })),
    ];
    const chosen = await window.showQuickPick(items, {
      title: `GUP Lens: kernel release${isOneOfSeveral(folder) ? ` of ${folder.name}` : ''}`,
      placeHolder: 'Which release shall calls be read for?',
    });
    if (chosen === undefined) return;
    const value = chosen.value === AUTO ? undefined : chosen.value;
    if (isOneOfSeveral(folder)) {
      await configuration.update(SETTING, value, ConfigurationTarget.WorkspaceFolder);
      // What was chosen for all folders would still be in force.
      const now = workspace.getConfiguration(SECTION, uri);
      if (value === undefined && now.get<string>(SETTING, AUTO) !== AUTO) {
        await now.update(SETTING, AUTO, ConfigurationTarget.WorkspaceFolder);
      }
      return;
    }
    const target = folder === undefined ? ConfigurationTarget.Global : ConfigurationTarget.Workspace;
    await configuration.update(SETTING, value, target);
  }

  /** undefined: there is none to choose for, but for all of VS Code; null: the person called it off. */
  async #folderToChooseFor(): Promise<WorkspaceFolder | undefined | null> {
    const document = window.activeTextEditor?.document;
    const around = document === undefined ? undefined : workspace.getWorkspaceFolder(document.uri);
    const folders = workspace.workspaceFolders ?? [];
    if (around !== undefined || folders.length < 2) return around ?? folders[0];
    const chosen = await window.showWorkspaceFolderPick({
      placeHolder: 'The folder whose release is to be chosen',
    });
    return chosen ?? null;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #ask(uri: string): Promise<KernelInfo | null> {
    const params: KernelParams = { uri };
    try {
      const kernel = await this.#client.sendRequest<KernelResult | null>(KERNEL, params);
      this.#releases = kernel?.releases ?? this.#releases;
      return kernel;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn(`the release of ${uri} is not known: ${reason}`);
      return null;
    }
  }

  #show(kernel: KernelInfo): void {
    this.#item.text = kernelText(kernel);
    this.#shown = kernel.release;
    const tooltip = new MarkdownString(kernelMarkdown(kernel));
    tooltip.isTrusted = { enabledCommands: [PAGE_COMMAND] };
    this.#item.tooltip = tooltip;
    this.#item.backgroundColor =
      kernel.note === null ? undefined : new ThemeColor('statusBarItem.warningBackground');
    this.#item.show();
  }
}

/** Whether a folder is one of several, each of which may have a release of its own. */
function isOneOfSeveral(folder: WorkspaceFolder | undefined): folder is WorkspaceFolder {
  return folder !== undefined && (workspace.workspaceFolders ?? []).length > 1;
}
