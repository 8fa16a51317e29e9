/** The runtime in a browser's worker: the extension's own files come by their URL, all others from the client. */

import { readTreeFacts, TREE_HEADERS } from '../../../../kernel/src/index.js';
import {
  defaultRelease,
  makefileRelease,
  releaseByMakefile,
  TREE_MARK,
  treeAmong,
} from '../../workspace/content/index.js';
import type { Runtime } from '../runtime.js';
import { type Ask, ClientFiles } from './clientFiles.js';
import { findIn, searchBelow, sourcesIn } from './searchFiles.js';

/** What the worker gives. */
export interface BrowserRuntimeOptions {
  /** A file of dist/ by its name. Rejects with what is wrong with it. */
  readonly fetchFile: (name: string) => Promise<Uint8Array>;
  readonly ask: Ask;
  readonly now: () => number;
  readonly yield: () => Promise<void>;
  readonly later: Runtime['later'];
}

const MAKEFILE = 'Makefile';

/**
 * Of a tree only the directories of open documents are searched unless a person asks for more: a kernel has 80,000 files, each
 * of which the editor may have to load from elsewhere.
 */
export function browserRuntime(options: BrowserRuntimeOptions): Runtime {
  const files = new ClientFiles(options.ask);
  return {
    loadWasm: async () => {
      const [core, grammar] = await Promise.all([
        shipped(options, 'web-tree-sitter.wasm', 'the C parser is missing'),
        shipped(options, 'tree-sitter-c.wasm', 'the C parser is missing'),
      ]);
      return { core, grammar };
    },
    litmusFiles: async () => {
      const bytes = await shipped(options, 'litmus.json', 'the litmus tests are missing');
      return JSON.parse(new TextDecoder().decode(bytes)) as {
        readonly path: string;
        readonly litmus: unknown;
      }[];
    },
    isOnDisk: uri => !uri.startsWith('untitled:'),
    readsAlone: false,
    findTree: path => findTree(files, path),
    releaseOfTree: async root => {
      const makefile = `${root}/${MAKEFILE}`;
      const headers = await Promise.all(
        TREE_HEADERS.map(async path => ({ path, text: await files.text(`${root}/${path}`) })),
      );
      const tree = readTreeFacts(headers.flatMap(({ path, text }) => (text === null ? [] : { path, text })));
      return { ...releaseByMakefile(makefile, await files.text(makefile)), tree };
    },
    // A browser would show its source: the command that explains a rule shows it as a page.
    rulePage: () => null,
    defaultRelease,
    findAbove: async (path, name) => {
      const [nearest] = await files.above(path, [name]);
      return nearest === undefined ? null : `${nearest.path}/${name}`;
    },
    readText: path => files.text(path),
    sourcesIn: directory => sourcesIn(files, directory),
    searchBelow: search => searchBelow(files, search),
    findCandidates: (directory, needles, signal) => findIn(files, directory, needles, signal),
    spareMemory: () => undefined,
    now: options.now,
    yield: options.yield,
    later: options.later,
  };
}

async function shipped(options: BrowserRuntimeOptions, name: string, lack: string): Promise<Uint8Array> {
  try {
    return await options.fetchFile(name);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${lack}: ${name} cannot be read (${why}); install the extension again`);
  }
}

async function findTree(files: ClientFiles, path: string): ReturnType<Runtime['findTree']> {
  const marked = (await files.above(path, [TREE_MARK, MAKEFILE])).filter(({ holds }) =>
    holds.includes(TREE_MARK),
  );
  const candidates = await Promise.all(
    marked.map(async ({ path: root, holds }) => {
      const text = holds.includes(MAKEFILE) ? await files.text(`${root}/${MAKEFILE}`) : null;
      return { root, namesRelease: text !== null && makefileRelease(text) !== null };
    }),
  );
  const tree = treeAmong(candidates);
  return tree === null ? null : { root: tree.root, searched: path.slice(0, path.lastIndexOf('/')) };
}
