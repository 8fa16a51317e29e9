/** The runtime on a desktop: node, and the disk. */

import { performance } from 'node:perf_hooks';
import {
  defaultRelease,
  findCandidates,
  findTree,
  kernelOfTree,
  readTextFile,
  readWasm,
} from '../workspace/index.js';
import { withSlashes } from './fromProto.js';
import type { Runtime } from './runtime.js';

/**
 * @param wasmDirectory where the parser's WebAssembly lies: the directory of the running bundle
 * @param workerFile the running bundle, if it starts with `runSearchWorker()`; null: search without threads
 */
export function nodeRuntime(wasmDirectory: string, workerFile: string | null): Runtime {
  return {
    loadWasm: () => readWasm(wasmDirectory),
    findTree: async path => {
      const tree = findTree(path);
      return tree === null ? null : { root: withSlashes(tree.root) };
    },
    releaseOfTree: async root => kernelOfTree(root),
    defaultRelease,
    readText: async path => {
      const file = readTextFile(path);
      return 'text' in file ? file.text : null;
    },
    findCandidates: async (root, needles, signal) => {
      const { files, notes } = await findCandidates(root, needles, { signal, workerFile });
      return { paths: files.map(file => `${root}/${file}`), notes };
    },
    now: () => performance.now(),
    yield: () => new Promise(resolve => setImmediate(resolve)),
    later: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
