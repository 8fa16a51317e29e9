/** The view "Compare releases": what changes for the calls of a file from one release to another. */

import {
  commands,
  type LogOutputChannel,
  MarkdownString,
  type QuickPickItem,
  Range,
  type TextDocument,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  window,
  workspace,
} from 'vscode';
import {
  COMPARE,
  type CompareParams,
  type CompareResult,
  KERNEL,
  type KernelParams,
  type KernelResult,
} from '../../../server/protocol/index.js';
import { isKernelC } from '../kernelTree.js';
import { ServedView, type ViewServer } from '../servedView.js';
import {
  type AffectedCall,
  type Comparison,
  callText,
  type EffectGroup,
  effectsOf,
  type ReasonGroup,
  reasonText,
  wholeReason,
} from './comparison.js';

/** The view's id; also in package.json. */
export const COMPARE_VIEW = 'gupLens.compare';

/** Typing changes where calls are: the list follows when it is over. Milliseconds. */
const QUIET = 800;

type Node =
  | { readonly type: 'effect'; readonly effect: EffectGroup }
  | { readonly type: 'reason'; readonly reason: ReasonGroup; readonly effect: EffectGroup }
  | { readonly type: 'call'; readonly call: AffectedCall };

interface Asked {
  readonly document: TextDocument;
  readonly from: string;
  readonly to: string;
}

/** Owns the view; it is there once the command was used, and follows its file while that is open. */
export class CompareView extends ServedView<Node> {
  readonly #log: LogOutputChannel;
  #asked: Asked | null = null;
  #comparison: Comparison | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(server: ViewServer, log: LogOutputChannel) {
    super(COMPARE_VIEW, server);
    this.#log = log;
    this.own(
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document === this.#asked?.document) this.#askSoon();
      }),
      { dispose: () => this.#timer !== null && clearTimeout(this.#timer) },
    );
  }

  /** Lets a person choose two releases, and shows what they mean for the file in front. */
  async compare(): Promise<void> {
    const document = window.activeTextEditor?.document;
    if (document === undefined || !isKernelC(document)) {
      void window.showInformationMessage(
        'GUP Lens: open the kernel C file whose calls are to be compared, and try again.',
      );
      return;
    }
    await this.ensureStarted('releases are to be compared');
    const kernel = await this.#kernelOf(document);
    if (kernel === null) return;
    const current = { label: kernel.release, description: 'the release of this file' };
    const from = await pick('from', kernel.releases, current);
    if (from === null) return;
    const to = await pick(
      'to',
      kernel.releases.filter(release => release !== from),
      null,
    );
    if (to === null) return;
    this.#asked = { document, from, to };
    // There is no view before something was compared: half of the side bar would be empty.
    await this.setContext('asked', true);
    await this.#ask();
    await commands.executeCommand(`${COMPARE_VIEW}.focus`);
  }

  /** Takes the view away until releases are compared again. */
  async close(): Promise<void> {
    this.#asked = null;
    this.#comparison = null;
    this.view.message = '';
    this.drawRows();
    await this.setContext('asked', false);
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      const effects = this.#comparison === null ? [] : effectsOf(this.#comparison);
      return effects.map(effect => ({ type: 'effect', effect }));
    }
    switch (node.type) {
      case 'effect':
        return node.effect.reasons.map(reason => ({ type: 'reason', reason, effect: node.effect }));
      case 'reason':
        return node.reason.calls.map(call => ({ type: 'call', call }));
      case 'call':
        return [];
    }
  }

  getTreeItem(node: Node): TreeItem {
    switch (node.type) {
      case 'effect': {
        const { label, count, effect } = node.effect;
        const item = new TreeItem(label, TreeItemCollapsibleState.Expanded);
        item.id = effect;
        item.description = String(count);
        item.iconPath = EFFECT_ICONS[effect];
        return item;
      }
      case 'reason': {
        const { reason, calls } = node.reason;
        const item = new TreeItem(reasonText(reason), TreeItemCollapsibleState.Expanded);
        item.description = String(calls.length);
        item.tooltip = new MarkdownString().appendText(wholeReason(reason));
        return item;
      }
      case 'call':
        return this.#callItem(node.call);
    }
  }

  #callItem(call: AffectedCall): TreeItem {
    const { start, end } = call.range;
    const item = new TreeItem(`line ${start.line + 1}`, TreeItemCollapsibleState.None);
    item.description = callText(call);
    item.iconPath = new ThemeIcon('symbol-method');
    item.accessibilityInformation = { label: `line ${start.line + 1}, ${callText(call)}` };
    if (this.#asked !== null) {
      const selection = new Range(start.line, start.character, end.line, end.character);
      item.command = {
        command: 'vscode.open',
        title: 'Open',
        arguments: [this.#asked.document.uri, { selection }],
      };
    }
    return item;
  }

  #askSoon(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#ask();
    }, QUIET);
  }

  async #ask(): Promise<void> {
    const asked = this.#asked;
    if (asked === null) return;
    const { document, from, to } = asked;
    const params: CompareParams = { textDocument: { uri: document.uri.toString() }, from, to };
    try {
      const result = await this.client.sendRequest<CompareResult>(COMPARE, params);
      if (this.#asked !== asked) return;
      this.#comparison = result !== null && 'affected' in result ? result : null;
      this.view.message = `${from} → ${to}, ${workspace.asRelativePath(document.uri)}${messageOf(result)}`;
      this.drawRows();
    } catch (error) {
      this.#log.warn(`releases were not compared: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #kernelOf(document: TextDocument): Promise<KernelResult | null> {
    const params: KernelParams = { uri: document.uri.toString() };
    try {
      return await this.client.sendRequest<KernelResult | null>(KERNEL, params);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.error(`the releases are not known: ${reason}`);
      void window.showErrorMessage(
        `GUP Lens: the language server does not answer: ${reason}. "GUP Lens: Show the log" says more.`,
      );
      return null;
    }
  }
}

const EFFECT_ICONS: Readonly<Record<EffectGroup['effect'], ThemeIcon>> = {
  breaks: new ThemeIcon('error', new ThemeColor('list.errorForeground')),
  differs: new ThemeIcon('arrow-swap'),
  fits: new ThemeIcon('check'),
};

/** What is said above the list behind its heading; '' where the list speaks for itself. */
function messageOf(result: CompareResult): string {
  if (result === null) return ': the file has no calls of the family, or is no longer open.';
  if ('problems' in result) return `: ${result.problems.map(({ message }) => message).join('. ')}`;
  return result.affected.length === 0 ? ': nothing changes for the calls of the file.' : '';
}

/** null: called off. The newest release comes first, behind the one that is put before all. */
async function pick(
  what: 'from' | 'to',
  releases: readonly string[],
  first: QuickPickItem | null,
): Promise<string | null> {
  const others = [...releases]
    .reverse()
    .filter(release => release !== first?.label)
    .map((label): QuickPickItem => ({ label }));
  const chosen = await window.showQuickPick(first === null ? others : [first, ...others], {
    title: `GUP Lens: compare releases, ${what}`,
    placeHolder:
      what === 'from' ? 'the release that the code works with' : 'the release that it is to work with',
  });
  return chosen?.label ?? null;
}
