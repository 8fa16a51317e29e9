/** The simulator panel: one webview beside the source. It comes back after hiding and after a reload of the window. */

import {
  type Disposable,
  type ExtensionContext,
  env,
  type LogOutputChannel,
  Range,
  Selection,
  TextEditorRevealType,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import {
  type CallLocation,
  type FromPanel,
  isFromPanel,
  isPanelState,
  type ShownCall,
  type ToPanel,
} from '../webview/messages.js';
import { panelHtml } from './panelHtml.js';

/** The webview's type; also in package.json as `onWebviewPanel:…`. */
export const PANEL_TYPE = 'gupLens.simulator';

/** The panel without a call of the source: it starts with one of its own. */
export const NO_CALL: ShownCall = { scenario: null, title: 'any call', location: null };

/** The litmus tests, in dist/. */
export const LITMUS_FILE = 'litmus.json';

/** Owns the panel of a window. Failures to show a source line are told to the person and logged. */
export class SimulatorPanel implements Disposable {
  readonly #context: ExtensionContext;
  readonly #log: LogOutputChannel;
  readonly #registration: Disposable;
  #panel: WebviewPanel | null = null;
  /** The page listens: it has said so, and has not been hidden (which destroys it) since. */
  #listening = false;
  /** What to show as soon as the page listens. Null: nothing, the page restores what it kept. */
  #pending: ToPanel | null = null;

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    this.#context = context;
    this.#log = log;
    this.#registration = window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async (panel, state: unknown) => {
        this.#panel?.dispose();
        const kept = isPanelState(state);
        this.#pending = kept ? null : { type: 'show', call: NO_CALL };
        panel.title = kept && state.part === 'races' ? RACES_TITLE : titleOf(kept ? state.call : NO_CALL);
        this.#adopt(panel);
      },
    });
  }

  /** Shows a call, in the open panel or in a new one beside the source. */
  show(call: ShownCall): void {
    this.#open({ type: 'show', call }, titleOf(call));
  }

  /** Explores a litmus test, or all of a discussion, by its name. */
  explore(name: string): void {
    this.#open({ type: 'explore', name }, RACES_TITLE);
  }

  #open(message: ToPanel, title: string): void {
    this.#pending = message;
    if (this.#panel === null) {
      this.#adopt(window.createWebviewPanel(PANEL_TYPE, title, ViewColumn.Beside, { enableScripts: true }));
      return;
    }
    this.#panel.title = title;
    this.#panel.reveal();
    this.#sendPending();
  }

  dispose(): void {
    this.#registration.dispose();
    this.#panel?.dispose();
  }

  #adopt(panel: WebviewPanel): void {
    this.#panel = panel;
    this.#listening = false;
    const dist = Uri.joinPath(this.#context.extensionUri, 'dist');
    const { webview } = panel;
    webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [dist] };
    webview.onDidReceiveMessage((message: unknown) => {
      if (isFromPanel(message)) void this.#receive(message);
      else this.#log.warn('the simulator panel sent a message that is not understood');
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#listening = false;
    });
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = null;
    });
    const resource = (name: string): string => webview.asWebviewUri(Uri.joinPath(dist, name)).toString();
    webview.html = panelHtml({
      cspSource: webview.cspSource,
      nonce: crypto.randomUUID().replaceAll('-', ''),
      script: resource('panel.js'),
      style: resource('panel.css'),
      litmus: resource(LITMUS_FILE),
    });
  }

  #sendPending(): void {
    if (this.#panel === null || this.#pending === null || !this.#listening) return;
    const message = this.#pending;
    this.#pending = null;
    void this.#panel.webview.postMessage(message);
  }

  async #receive(message: FromPanel): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#listening = true;
        this.#sendPending();
        return;
      case 'copy':
        await env.clipboard.writeText(message.text);
        window.setStatusBarMessage(`GUP Lens: ${message.what} copied`, 3000);
        return;
      case 'showCall':
        await this.#showCall(message.location);
    }
  }

  async #showCall(location: CallLocation): Promise<void> {
    try {
      const document = await workspace.openTextDocument(Uri.parse(location.uri, true));
      const column = window.visibleTextEditors.find(editor => editor.document === document)?.viewColumn;
      const editor = await window.showTextDocument(document, { viewColumn: column ?? ViewColumn.One });
      const at = document.validateRange(
        new Range(location.line, location.character, location.line, location.character),
      );
      editor.selection = new Selection(at.start, at.start);
      editor.revealRange(at, TextEditorRevealType.InCenterIfOutsideViewport);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.error(`cannot show ${location.uri}: ${reason}`);
      void window.showErrorMessage(`GUP Lens: the file of this call cannot be opened: ${reason}`);
    }
  }
}

const RACES_TITLE = 'Simulate: races';

function titleOf(call: ShownCall): string {
  return `Simulate: ${call.title}`;
}
