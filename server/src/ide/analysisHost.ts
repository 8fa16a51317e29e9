/** The owner of the inputs: it takes changes and hands out immutable snapshots. */

import { type HandlerOp, NO_KNOWLEDGE, type TreeKnowledge } from '../analysis/index.js';
import { DEFAULT_SETTINGS, type Settings } from '../config/index.js';
import type { KernelCParser } from '../syntax/index.js';
import { AnalysedFile, type Shared } from './analysedFile.js';
import { Analysis } from './analysis.js';
import type { KernelChoice, Logger } from './types.js';

/** A file that is new, changed, or (text null) gone. */
export interface FileChange {
  /** Any name; with `/` if it is a path, so that rules can tell mm/ from drivers. */
  readonly path: string;
  readonly text: string | null;
  readonly version: number;
  readonly kernel: KernelChoice;
  /** Settings of this file where they differ from the host's. */
  readonly settings?: Settings;
}

export interface Change {
  readonly files?: readonly FileChange[];
  /** Fault handlers known from other files of the tree; replaces what was known. */
  readonly handlers?: ReadonlyMap<string, HandlerOp>;
  /** What else is known of other files of the tree; replaces what was known. */
  readonly tree?: TreeKnowledge;
  /** For all files that have none of their own. */
  readonly settings?: Settings;
}

/** One entry: the file, and whether its settings are its own. */
interface Entry {
  readonly file: AnalysedFile;
  readonly ownSettings: boolean;
}

/** Not thread safe, needs no care: a change is complete when `applyChange` returns. */
export class AnalysisHost {
  #shared: Shared;
  #settings: Settings = DEFAULT_SETTINGS;
  #entries: ReadonlyMap<string, Entry> = new Map();
  #snapshot: Analysis | null = null;

  /** @param options the parser is borrowed: whoever made it disposes of it */
  constructor(options: { readonly parser: KernelCParser; readonly log: Logger }) {
    this.#shared = { ...options, handlers: new Map(), tree: NO_KNOWLEDGE };
  }

  /** Takes changes, cheaply: nothing is read or analysed before somebody asks. */
  applyChange(change: Change): void {
    const entries = new Map(this.#entries);
    if (change.settings !== undefined) this.#settings = change.settings;
    if (change.handlers !== undefined) this.#shared = { ...this.#shared, handlers: change.handlers };
    if (change.tree !== undefined) this.#shared = { ...this.#shared, tree: change.tree };
    if (change.settings !== undefined || change.handlers !== undefined || change.tree !== undefined) {
      for (const [path, { file, ownSettings }] of entries) {
        const settings = ownSettings ? file.settings : this.#settings;
        entries.set(path, {
          file: file.with({ kernel: file.input.kernel, settings }, this.#shared),
          ownSettings,
        });
      }
    }
    for (const changed of change.files ?? []) this.#applyFile(entries, changed);
    this.#entries = entries;
    this.#snapshot = null;
  }

  /** The present state; later changes do not reach it. */
  snapshot(): Analysis {
    this.#snapshot ??= new Analysis(
      new Map([...this.#entries].map(([path, { file }]) => [path, file])),
      this.#shared,
      this.#settings,
    );
    return this.#snapshot;
  }

  #applyFile(entries: Map<string, Entry>, changed: FileChange): void {
    const { path, text, version, kernel } = changed;
    if (text === null) {
      entries.delete(path);
      return;
    }
    const settings = changed.settings ?? this.#settings;
    const ownSettings = changed.settings !== undefined;
    const before = entries.get(path)?.file;
    if (before !== undefined && before.input.text === text && before.input.version === version) {
      entries.set(path, { file: before.with({ kernel, settings }, this.#shared), ownSettings });
      return;
    }
    const file = new AnalysedFile({ path, text, version, kernel, settings }, this.#shared);
    entries.set(path, { file, ownSettings });
  }
}
