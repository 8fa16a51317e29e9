/** Files as a client in a browser has them: by URI, in a storage of its own kind. */

import {
  FILES_ABOVE,
  FILES_IN,
  type FilesAboveParams,
  type FilesAboveResult,
  type FilesInParams,
  type FilesInResult,
  READ_FILE,
  type ReadFileParams,
  type ReadFileResult,
} from '../../server/protocol/index.js';
import { browserRuntime } from '../../server/src/lsp/browser/browserRuntime.js';
import type { Ask } from '../../server/src/lsp/browser/clientFiles.js';
import type { Runtime } from '../../server/src/lsp/index.js';
import { wasm } from '../ide/host.js';

/** The top of the storage. */
export const TOP = 'some-storage://box';

export class BrowserFiles {
  /** Path from the top → content. */
  readonly files = new Map<string, string | Uint8Array>();
  /** Which files were read, by their path, in order. */
  readonly read: string[] = [];

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    for (const [path, content] of Object.entries(files)) this.files.set(path, content);
  }

  uri(path: string): string {
    return `${TOP}/${path}`;
  }

  /** Answers what the server asks. */
  readonly ask: Ask = async <P, R>(method: string, params: P): Promise<R> => {
    if (method === FILES_ABOVE) return this.#above(params as FilesAboveParams) as R;
    if (method === FILES_IN) return this.#in(params as FilesInParams) as R;
    if (method === READ_FILE) return this.#read(params as ReadFileParams) as R;
    throw new Error(`unknown request ${method}`);
  };

  /** The runtime of a browser over these files. `fetchFile` brings what lies beside the bundles. */
  runtime(fetchFile: (name: string) => Promise<Uint8Array> = bundled): Runtime {
    return browserRuntime({
      fetchFile,
      ask: this.ask,
      now: () => performance.now(),
      yield: () => new Promise(resolve => setImmediate(resolve)),
      later: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    });
  }

  #above({ uri, names }: FilesAboveParams): FilesAboveResult {
    const parts = uri.slice(TOP.length + 1).split('/');
    const found = [];
    for (let depth = parts.length - 1; depth >= 0; depth--) {
      const prefix = parts
        .slice(0, depth)
        .map(part => `${part}/`)
        .join('');
      const holds = names.filter(name => this.files.has(prefix + name));
      // As VS Code's Uri: only the top ends in a slash.
      const directory = depth === 0 ? `${TOP}/` : `${TOP}/${prefix.slice(0, -1)}`;
      if (holds.length > 0) found.push({ directory, holds });
    }
    return found;
  }

  #in({ uri }: FilesInParams): FilesInResult {
    const prefix = uri === TOP ? '' : `${uri.slice(TOP.length + 1)}/`;
    const below = [...this.files.keys()].filter(path => path.startsWith(prefix));
    const rest = below.map(path => path.slice(prefix.length).split('/'));
    const uris = (parts: readonly string[][]): string[] => [
      ...new Set(parts.map(([name = '']) => this.uri(prefix + name))),
    ];
    return {
      files: uris(rest.filter(({ length }) => length === 1)),
      directories: uris(rest.filter(({ length }) => length > 1)),
    };
  }

  #read({ uri, atMost }: ReadFileParams): ReadFileResult {
    const path = uri.slice(TOP.length + 1);
    this.read.push(path);
    const content = this.files.get(path);
    if (content === undefined) return { reason: 'no such file' };
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return bytes.length > atMost ? { reason: 'too large' } : { bytes };
  }
}

async function bundled(name: string): Promise<Uint8Array> {
  if (name === 'web-tree-sitter.wasm') return wasm().core;
  if (name === 'tree-sitter-c.wasm') return wasm().grammar;
  throw new Error('status 404');
}
