/**
 * Marks on flags that only mm/ may pass and on calls that may drop the lock. They are decorations: of semantic tokens VS Code
 * takes those of one extension alone, and those of clangd are to stay.
 */

import {
  type Disposable,
  type Event,
  type LogOutputChannel,
  Range,
  type TextEditor,
  ThemeColor,
  window,
  workspace,
} from 'vscode';
import { type BaseLanguageClient, State } from 'vscode-languageclient';
import { MARK_MODIFIERS } from '../../server/protocol/index.js';
import { isKernelC } from './kernelTree.js';

/** Nobody reads marks while typing. Milliseconds. */
const PATIENCE = 300;

type Modifier = (typeof MARK_MODIFIERS)[number];

/** The answer of `textDocument/semanticTokens/full`: five numbers a token, the place relative to the one before. */
interface Tokens {
  readonly data: readonly number[];
}

/** Keeps the marks of all visible editors up to date while the server runs. */
export class SemanticMarks implements Disposable {
  readonly #client: BaseLanguageClient;
  readonly #log: LogOutputChannel;
  readonly #decorations = {
    internal: window.createTextEditorDecorationType({
      color: new ThemeColor('gupLens.internalFlag'),
      fontStyle: 'italic',
    }),
    mayDropLock: window.createTextEditorDecorationType({
      borderStyle: 'none none dotted none',
      borderWidth: '1px',
      borderColor: new ThemeColor('gupLens.mayDropLock'),
    }),
  };
  readonly #subscriptions: Disposable[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onDidChangeKernel which flags are internal, and which calls drop the lock, depends on the release */
  constructor(client: BaseLanguageClient, log: LogOutputChannel, onDidChangeKernel: Event<void>) {
    this.#client = client;
    this.#log = log;
    this.#subscriptions = [
      ...Object.values(this.#decorations),
      window.onDidChangeVisibleTextEditors(() => this.#soon()),
      workspace.onDidChangeTextDocument(({ document }) => {
        // The log is a document too.
        if (isKernelC(document)) this.#soon();
      }),
      workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration('gupLens')) this.#soon();
      }),
      onDidChangeKernel(() => this.#soon()),
      client.onDidChangeState(() => this.#soon()),
    ];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const editor of window.visibleTextEditors) {
        if (isKernelC(editor.document)) void this.#mark(editor);
      }
    }, PATIENCE);
  }

  async #mark(editor: TextEditor): Promise<void> {
    if (this.#client.state !== State.Running) return;
    const { uri, version } = editor.document;
    try {
      const tokens = await this.#client.sendRequest<Tokens | null>('textDocument/semanticTokens/full', {
        textDocument: { uri: uri.toString() },
      });
      // Behind a change the places are others; the change has asked again.
      if (editor.document.version !== version) return;
      const ranges = rangesOf(tokens?.data ?? []);
      for (const modifier of MARK_MODIFIERS) {
        editor.setDecorations(this.#decorations[modifier], ranges.get(modifier) ?? []);
      }
    } catch (error) {
      this.#log.info(
        `${uri.toString()}: no marks: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

/** The places of tokens by modifier. */
function rangesOf(data: readonly number[]): ReadonlyMap<Modifier, readonly Range[]> {
  const found = new Map<Modifier, Range[]>();
  let line = 0;
  let character = 0;
  for (let i = 0; i + 5 <= data.length; i += 5) {
    const [lines = 0, characters = 0, length = 0, , bits = 0] = data.slice(i, i + 5);
    character = lines === 0 ? character + characters : characters;
    line += lines;
    for (const [bit, modifier] of MARK_MODIFIERS.entries()) {
      if ((bits & (1 << bit)) === 0) continue;
      const ranges = found.get(modifier) ?? [];
      found.set(modifier, [...ranges, new Range(line, character, line, character + length)]);
    }
  }
  return found;
}
