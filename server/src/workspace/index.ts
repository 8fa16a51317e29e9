/**
 * The disk, for the language server on a desktop and the command line: which tree a file is of, which release
 * that is, which files are worth reading, and their text.
 */

export type { CandidateOptions, CandidateProgress, Candidates, SearchNote } from './candidates.js';
export { findCandidates } from './candidates.js';
export { compileLater } from './compiler.js';
export { findAbove } from './configFiles.js';
export type { TextFile, Unreadable } from './content/index.js';
export {
  decode,
  defaultRelease,
  HUGE_FILE,
  isSourceName,
  makefileRelease,
  releaseAskedFor,
} from './content/index.js';
export { runSearchWorker } from './contentSearch.js';
export { readLitmusFiles } from './litmusFiles.js';
export { sourcesIn } from './neighbours.js';
export { readTextFile, reasonOf } from './readText.js';
export { findRipgrep } from './ripgrep.js';
export type { KernelTree } from './tree.js';
export { findTree, releaseOfTree } from './tree.js';
export { kernelOfTree, treeFacts } from './treeHeaders.js';
export type { ParserWasm } from './wasm.js';
export { readWasm } from './wasm.js';
