/**
 * What files say, wherever they are kept: their text, the release that a tree is, the release that settings ask for.
 * Nothing here reads a disk, so that it runs in a browser too.
 */

export type { TextFile, Unreadable } from './decode.js';
export { decode, HUGE_FILE, isBinary, sourceText, tooLarge } from './decode.js';
export { releaseAskedFor } from './releaseOfPath.js';
export { defaultRelease, makefileRelease, releaseByMakefile } from './releaseOfTree.js';
export { isSourceName, SOURCE_GLOB } from './sourceName.js';
export { TREE_MARK, treeAmong } from './treeAround.js';
