/** What the open trees hold besides the open documents: the fault handlers that any file installs, and their texts. */

import { SITE_FUNCTIONS } from '../../../kernel/src/index.js';
import { type HandlerOp, installedHandlers } from '../analysis/index.js';
import type { Logger } from '../ide/index.js';
import { readSource } from '../syntax/index.js';
import { detached } from './detached.js';
import type { Quiet } from './quiet.js';
import type { Runtime } from './runtime.js';

/** A handler can only be installed by a file that holds this. */
const NEEDLE = 'vm_operations_struct';

/** Files with calls of the family too: what they define for each other. */
const NEEDLES: readonly string[] = [NEEDLE, ...SITE_FUNCTIONS.keys()];

/** A scan competes with the first answers about the document that was opened. Milliseconds. */
const PATIENCE = 400;

/**
 * Background work as the person may see it, by its title, with what to do if the person calls it off. The result is to be
 * called with what is being done now, and with null at the end.
 */
export type Progress = (title: string, cancel: () => void) => (message: string | null) => void;

/** How the scan of a tree ended: why not all of it was read, if so. */
type Ended = 'read' | { readonly not: string };

/** Scans each tree once in the background, file by file, giving way after each; then follows changes on the disk. */
export class WorkspaceIndex {
  readonly #runtime: Runtime;
  readonly #quiet: Quiet;
  readonly #log: Logger;
  readonly #progress: Progress;
  readonly #onHandlers: (handlers: ReadonlyMap<string, HandlerOp>) => void;
  readonly #onText: (path: string, text: string | null) => void;
  /** Root → its scan, under way or over. One that did not come to its end is made again when somebody asks for it. */
  readonly #trees = new Map<string, Promise<Ended>>();
  readonly #incomplete = new Set<string>();
  /** Root → what calls the scan off. */
  readonly #waiting = new Map<string, () => void>();
  readonly #stop = new AbortController();
  /** Path → the non-static handlers that the file installs; files without any are not kept. */
  readonly #byFile = new Map<string, ReadonlyMap<string, HandlerOp>>();
  #handlers: ReadonlyMap<string, HandlerOp> = new Map();
  #idle: Promise<void> = Promise.resolve();

  /**
   * @param options `onHandlers` is told when the handlers of all trees together are others than before; `onText` of every
   *   file that was read, null for one that is gone
   */
  constructor(options: {
    readonly runtime: Runtime;
    readonly quiet: Quiet;
    readonly log: Logger;
    readonly progress: Progress;
    readonly onHandlers: (handlers: ReadonlyMap<string, HandlerOp>) => void;
    readonly onText: (path: string, text: string | null) => void;
  }) {
    this.#runtime = options.runtime;
    this.#quiet = options.quiet;
    this.#log = options.log;
    this.#progress = options.progress;
    this.#onHandlers = options.onHandlers;
    this.#onText = options.onText;
  }

  /** The handlers that files below a folder install, as far as known. */
  handlersBelow(folder: string): ReadonlyMap<string, HandlerOp> {
    const own = [...this.#byFile].filter(([path]) => path.startsWith(`${folder}/`));
    return new Map(own.flatMap(([, handlers]) => [...handlers]));
  }

  /** A document of this tree is open: scan it, the first time, when the first questions about it are answered. */
  addSoon(root: string): void {
    if (this.#trees.has(root) || this.#waiting.has(root)) return;
    this.#waiting.set(
      root,
      this.#runtime.later(PATIENCE, () => this.#add(root)),
    );
  }

  /**
   * Scans a tree now, unless it was scanned or is being scanned; settles when that is done and all changes reported so far
   * are read. Rejects if it cannot be done, or is called off.
   */
  async scanned(root: string): Promise<void> {
    if (this.#incomplete.delete(root)) this.#trees.delete(root);
    this.#add(root);
    const ended = await this.#trees.get(root);
    await this.#idle;
    if (ended !== undefined && ended !== 'read') throw new Error(ended.not);
  }

  #add(root: string): void {
    this.#waiting.get(root)?.();
    this.#waiting.delete(root);
    if (this.#trees.has(root) || this.#stop.signal.aborted) return;
    const scan = this.#idle.then(() => this.#scan(root));
    this.#trees.set(root, scan);
    this.#idle = scan.then(ended => {
      if (ended !== 'read') this.#incomplete.add(root);
    });
  }

  /** Files of the disk are new, changed or gone: those of scanned trees are read again, after what is under way. */
  changed(paths: readonly string[]): void {
    this.#idle = this.#idle.then(() => this.#follow(paths));
  }

  /** Stops all scans for good. */
  dispose(): void {
    this.#stop.abort();
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  async #scan(root: string): Promise<Ended> {
    // Not AbortSignal.any(): node has it since 20.3.
    const own = new AbortController();
    const { signal } = own;
    const stop = (): void => own.abort();
    this.#stop.signal.addEventListener('abort', stop);
    if (this.#stop.signal.aborted) stop();
    const started = this.#runtime.now();
    const report = this.#progress('GUP Lens: fault handlers of the tree', stop);
    try {
      // To start the search takes as long as several answers.
      await this.#quiet.wait();
      signal.throwIfAborted();
      this.#runtime.spareMemory();
      const { paths, notes } = await this.#runtime.findCandidates(root, NEEDLES, signal);
      for (const { path, reason } of notes) this.#log.info(`${path} is left out: ${reason}`);
      for (const [done, path] of paths.entries()) {
        signal.throwIfAborted();
        await this.#read(path);
        if (done % 32 === 31) report(`${done + 1} of ${paths.length} files`);
      }
      const seconds = ((this.#runtime.now() - started) / 1000).toFixed(1);
      this.#log.info(`${root}: ${paths.length} files read in ${seconds} s`);
      return 'read';
    } catch (error) {
      if (!signal.aborted)
        this.#log.warn(`${root}: the tree was not searched for handlers: ${String(error)}`);
      return { not: signal.aborted ? 'the search was called off' : messageOf(error) };
    } finally {
      this.#stop.signal.removeEventListener('abort', stop);
      this.#publish();
      report(null);
    }
  }

  async #follow(paths: readonly string[]): Promise<void> {
    const ours = paths.filter(path => [...this.#trees.keys()].some(root => path.startsWith(`${root}/`)));
    try {
      for (const path of ours) {
        if (this.#stop.signal.aborted) return;
        await this.#read(path);
      }
      if (ours.length > 0) this.#publish();
    } catch (error) {
      this.#log.warn(`changed files were not read: ${String(error)}`);
    }
  }

  async #read(path: string): Promise<void> {
    const text = await this.#runtime.readText(path);
    this.#onText(path, text);
    const handlers = new Map<string, HandlerOp>();
    if (text?.includes(NEEDLE) === true) {
      for (const { name, op, isStatic } of installedHandlers(readSource(text))) {
        if (!isStatic) handlers.set(name, op);
      }
    }
    if (handlers.size > 0) this.#byFile.set(path, detached(handlers));
    else this.#byFile.delete(path);
    await this.#quiet.wait();
  }

  #publish(): void {
    if (this.#stop.signal.aborted) return;
    const all = new Map([...this.#byFile.values()].flatMap(handlers => [...handlers]));
    const same =
      all.size === this.#handlers.size && [...all].every(([name, op]) => this.#handlers.get(name) === op);
    if (same) return;
    this.#handlers = all;
    this.#onHandlers(all);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
