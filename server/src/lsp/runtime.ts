/** What the server needs of the machine it runs on: node/ has it of a desktop, browser/ of a page whose client reads files. */

import type { KernelChoice } from '../ide/index.js';

/** A kernel tree. Paths are as the runtime names files. */
export interface Tree {
  readonly root: string;
  /** The directory whose files are read to learn what they tell each other: the root, or less where reading is dear. */
  readonly searched: string;
}

/** Files by full path; `notes` name what was left out, by its path below the directory that was searched. */
export interface Found {
  readonly paths: readonly string[];
  readonly notes: readonly { readonly path: string; readonly reason: string }[];
}

/** What {@link Runtime.searchBelow} is asked. */
export interface SearchBelow {
  readonly root: string;
  /** Directories to begin with. */
  readonly first: readonly string[];
  /** As of `findCandidates()`. */
  readonly needles: readonly string[];
  readonly signal: AbortSignal;
  /** Told now and then how many files were read. */
  readonly onRead: (files: number) => void;
}

/** All members may fail by rejecting; the server then goes on without what was asked for and logs why. */
export interface Runtime {
  /** The parser's WebAssembly, read once. */
  loadWasm(): Promise<{ readonly core: Uint8Array; readonly grammar: Uint8Array }>;
  /** The litmus tests of the product, as they are stored. */
  litmusFiles(): Promise<readonly { readonly path: string; readonly litmus: unknown }[]>;
  /** Whether a document lies where {@link findTree} and the like can look, so that it may have a tree around it. */
  isOnDisk(uri: string): boolean;
  /** Whether files are read without help of the client, which may not be asked before `initialize` is answered. */
  readonly readsAlone: boolean;
  /** The kernel tree around a file, null outside of one. */
  findTree(path: string): Promise<Tree | null>;
  /** The release of a tree and what its own headers say of its flags, read anew at each call. */
  releaseOfTree(root: string): Promise<KernelChoice>;
  /** The URI of a rule's page in the documentation; null where that is not at hand. */
  rulePage(rule: string): string | null;
  /** For a file of which nothing tells the release. */
  defaultRelease(why: string): KernelChoice;
  /** The nearest file of a name in the directory of a file or above; null if there is none. */
  findAbove(path: string, name: string): Promise<string | null>;
  /** The text of a file; null if it cannot or should not be read. */
  readText(path: string): Promise<string | null>;
  /** The source files right in a directory, by full path; none if it cannot be read. */
  sourcesIn(directory: string): Promise<readonly string[]>;
  /**
   * A search of the directories below one, for who asked for it: where each file may come over a network. null:
   * {@link findCandidates} looks into them itself.
   */
  readonly searchBelow: ((options: SearchBelow) => AsyncIterable<Found>) | null;
  /** Files under a directory that hold any of the texts. */
  findCandidates(root: string, needles: readonly string[], signal: AbortSignal): Promise<Found>;
  /** From now on memory matters more than speed: the files of a whole tree are to be read, and the process stays. */
  spareMemory(): void;
  /** Milliseconds since some moment. */
  now(): number;
  /** Lets the event loop take what has arrived: a change, a cancellation. */
  yield(): Promise<void>;
  /** Runs something later; the result calls it off. */
  later(milliseconds: number, run: () => void): () => void;
}
