/**
 * The disk, for the language server on a desktop and the command line: which tree a file is of, which release
 * that is, which files are worth reading, and their text.
 */

export type { CandidateOptions, CandidateProgress, Candidates, SearchNote } from './candidates.js';
export { findCandidates } from './candidates.js';
export { findAbove } from './configFiles.js';
export { runSearchWorker } from './contentSearch.js';
export type { TextFile, Unreadable } from './decode.js';
export { decode, HUGE_FILE, readTextFile, reasonOf } from './decode.js';
export { readLitmusFiles } from './litmusFiles.js';
export { releaseAskedFor } from './releaseOfPath.js';
export { findRipgrep } from './ripgrep.js';
export type { KernelTree } from './tree.js';
export { defaultRelease, findTree, makefileRelease, releaseOfTree } from './tree.js';
export { kernelOfTree, treeFacts } from './treeHeaders.js';
export { isSourceName } from './walk.js';
export type { ParserWasm } from './wasm.js';
export { readWasm } from './wasm.js';
