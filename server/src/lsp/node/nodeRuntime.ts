/** The runtime on a desktop: node, and the disk. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import {
  defaultRelease,
  findAbove,
  findCandidates,
  findTree,
  kernelOfTree,
  readLitmusFiles,
  readTextFile,
  readWasm,
  sourcesIn,
} from '../../workspace/index.js';
import { withSlashes } from '../fromProto.js';
import type { Runtime } from '../runtime.js';

/**
 * @param wasmDirectory where the parser's WebAssembly lies, and the litmus tests: the directory of the running bundle
 * @param workerFile the running bundle, if it starts with `runSearchWorker()`; null: search without threads
 */
export function nodeRuntime(wasmDirectory: string, workerFile: string | null): Runtime {
  return {
    loadWasm: () => readWasm(wasmDirectory),
    litmusFiles: () => readLitmusFiles(wasmDirectory),
    isOnDisk: uri => uri.startsWith('file:'),
    readsAlone: true,
    findTree: async path => {
      const tree = findTree(path);
      if (tree === null) return null;
      const root = withSlashes(tree.root);
      return { root, searched: root };
    },
    releaseOfTree: async root => kernelOfTree(root),
    rulePage: rule => {
      // Beside the bundle, in the package and in a checkout.
      const page = join(wasmDirectory, '..', 'docs', 'rules', `${rule}.md`);
      return existsSync(page) ? pathToFileURL(page).toString() : null;
    },
    defaultRelease,
    findAbove: async (path, name) => {
      const found = findAbove(dirname(path), name);
      return found === null ? null : withSlashes(found);
    },
    readText: async path => {
      const file = readTextFile(path);
      return 'text' in file ? file.text : null;
    },
    sourcesIn: async directory => sourcesIn(directory).map(name => `${directory}/${name}`),
    searchBelow: null,
    findCandidates: async (root, needles, signal) => {
      const { files, notes } = await findCandidates(root, needles, { signal, workerFile });
      return { paths: files.map(file => `${root}/${file}`), notes };
    },
    // Measured on 6.12 with ten large files open and all call sites listed: 370 MB without, 170 MB with it, for 6 % more time to
    // open a file, which is why it does not come before that. There is no other way to have a heap grow less while it is used.
    spareMemory: () => setFlagsFromString('--optimize-for-size'),
    now: () => performance.now(),
    yield: () => new Promise(resolve => setImmediate(resolve)),
    later: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
