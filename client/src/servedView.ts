/** What the views of the activity bar have in common: a tree whose rows the language server answers. */

import {
  commands,
  type Disposable,
  EventEmitter,
  type TreeDataProvider,
  type TreeItem,
  type TreeView,
  window,
} from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';

/** What such a view asks. */
export interface ViewServer {
  readonly client: BaseLanguageClient;
  /** Starts the server unless that was done; `why` is for the log. */
  readonly ensureStarted: (why: string) => Promise<void>;
}

/** A view and its rows. What is derived from it says what the rows are, and disposes of what it owns by {@link own}. */
export abstract class ServedView<Node> implements Disposable, TreeDataProvider<Node> {
  protected readonly client: BaseLanguageClient;
  protected readonly ensureStarted: ViewServer['ensureStarted'];
  protected readonly view: TreeView<Node>;
  readonly #id: string;
  readonly #changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #owned: Disposable[] = [];

  /** @param id as package.json has it */
  protected constructor(id: string, { client, ensureStarted }: ViewServer) {
    this.#id = id;
    this.client = client;
    this.ensureStarted = ensureStarted;
    this.view = window.createTreeView(id, { treeDataProvider: this, showCollapseAll: true });
    this.own(this.view, this.#changed);
  }

  abstract getChildren(node?: Node): Node[];

  abstract getTreeItem(node: Node): TreeItem;

  dispose(): void {
    for (const owned of this.#owned) owned.dispose();
  }

  protected own(...owned: readonly Disposable[]): void {
    this.#owned.push(...owned);
  }

  /** All rows are asked for again. */
  protected drawRows(): void {
    this.#changed.fire(undefined);
  }

  /** Sets the context `<id of the view>.<key>`, which conditions of package.json ask for. */
  protected async setContext(key: string, value: unknown): Promise<void> {
    await commands.executeCommand('setContext', `${this.#id}.${key}`, value);
  }
}
