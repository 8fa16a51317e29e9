/** The call sites of one workspace folder, as the language server finds them. */

import { CancellationTokenSource, type Uri, type WorkspaceFolder } from 'vscode';
import { type BaseLanguageClient, ProgressType, WorkDoneProgress } from 'vscode-languageclient';
import {
  type FileSites,
  KERNEL,
  type KernelParams,
  type KernelResult,
  SITES,
  type SitesParams,
  type SitesResult,
} from '../../../server/protocol/index.js';

/** Where a folder's search is. */
export type FolderState = 'unasked' | 'searching' | 'stopped' | 'complete' | 'failed';

const PARTS = new ProgressType<SitesResult>();

let tokens = 0;

/** Keeps what was found; new rows come over old ones, so that a list does not empty itself while it is searched for again. */
export class FolderSites {
  readonly folder: WorkspaceFolder;
  readonly #client: BaseLanguageClient;
  readonly #onChange: () => void;
  readonly #files = new Map<string, FileSites>();
  #search: CancellationTokenSource | null = null;
  #state: FolderState = 'unasked';
  #progress = '';
  #problem: string | null = null;
  #kernel: KernelResult | null = null;

  /** @param onChange is told of every change of what is known */
  constructor(folder: WorkspaceFolder, client: BaseLanguageClient, onChange: () => void) {
    this.folder = folder;
    this.#client = client;
    this.#onChange = onChange;
  }

  get state(): FolderState {
    return this.#state;
  }

  /** How far a search is: `16 of 314 files`; '' before it is known. */
  get progress(): string {
    return this.#progress;
  }

  /** Why the folder, or a part of it, could not be searched; null: it could. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The release that the folder is read for; null: not known. */
  get kernel(): KernelResult | null {
    return this.#kernel;
  }

  get files(): readonly FileSites[] {
    return [...this.#files.values()];
  }

  /** Searches the folder; a search that is under way is given up. Never rejects: what failed is in `problem`. */
  async search(findings: boolean): Promise<void> {
    this.#search?.cancel();
    const search = new CancellationTokenSource();
    this.#search = search;
    this.#state = 'searching';
    this.#progress = '';
    this.#problem = null;
    this.#onChange();
    const isOurs = (): boolean => this.#search === search;
    const seen = new Set<string>();
    const partialResultToken = `gupLens.sites ${++tokens}`;
    const workDoneToken = `gupLens.sites work ${tokens}`;
    const listeners = [
      this.#client.onProgress(PARTS, partialResultToken, ({ files }) => {
        if (!isOurs()) return;
        for (const file of files) {
          seen.add(file.path);
          this.#keep(file);
        }
        this.#onChange();
      }),
      this.#client.onProgress(WorkDoneProgress.type, workDoneToken, value => {
        if (!isOurs() || value.kind !== 'report') return;
        this.#progress = value.message ?? '';
        this.#onChange();
      }),
    ];
    try {
      const uri = this.folder.uri.toString();
      this.#kernel = await this.#askKernel(`${uri}/Makefile`);
      const params: SitesParams = { uri, scope: 'here', findings, partialResultToken, workDoneToken };
      const { problem } = await this.#client.sendRequest<SitesResult>(SITES, params, search.token);
      if (!isOurs()) return;
      this.#problem = problem;
      this.#state = problem === null ? 'complete' : 'failed';
      for (const path of this.#files.keys()) if (!seen.has(path)) this.#files.delete(path);
    } catch (error) {
      if (!isOurs()) return;
      this.#state = search.token.isCancellationRequested ? 'stopped' : 'failed';
      if (this.#state === 'failed') this.#problem = error instanceof Error ? error.message : String(error);
    } finally {
      for (const listener of listeners) listener.dispose();
      search.dispose();
      if (isOurs()) {
        this.#search = null;
        this.#onChange();
      }
    }
  }

  /** Gives up a search; what was found stays. */
  stop(): void {
    this.#search?.cancel();
  }

  /** Asks again about files of the folder that changed; those that are gone go. Never rejects. */
  async update(uris: readonly Uri[], findings: boolean): Promise<void> {
    for (const uri of uris) {
      const params: SitesParams = { uri: uri.toString(), scope: 'here', findings };
      try {
        const { files } = await this.#client.sendRequest<SitesResult>(SITES, params);
        for (const file of files) this.#keep({ ...file, path: this.#pathOf(uri) });
      } catch {
        // It changed again meanwhile, or is gone: its rows are those of before until the next search.
      }
    }
    this.#onChange();
  }

  /** A file is no longer there. */
  remove(uri: Uri): void {
    if (this.#files.delete(this.#pathOf(uri))) this.#onChange();
  }

  #keep(file: FileSites): void {
    const isEmpty = file.sites.length + file.findings.length + file.notAnalysed.length === 0;
    if (isEmpty) this.#files.delete(file.path);
    else this.#files.set(file.path, file);
  }

  #pathOf(uri: Uri): string {
    return uri.path.slice(this.folder.uri.path.replace(/\/$/, '').length + 1);
  }

  async #askKernel(uri: string): Promise<KernelResult | null> {
    const params: KernelParams = { uri };
    try {
      return await this.#client.sendRequest<KernelResult | null>(KERNEL, params);
    } catch {
      return null;
    }
  }
}
