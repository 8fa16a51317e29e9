/** What lies behind mappings: a file with its page cache, or a driver's device. */

export interface File {
  /** The page cache: for each page of the file the pfn; -1 or missing: not cached. */
  readonly pages: number[];
  /** What is on the disk: of each page of the file what it holds when it is read; one that is missing zeroes. */
  readonly data: string[];
  /** Pages up to the end of the file. */
  readonly size: number;
  /** No blocks are behind it: there is nothing to wait for when a page is read. */
  readonly hole: boolean;
  /** How often a driver's ->fault and ->page_mkwrite were called. */
  faultCalls: number;
  mkwriteCalls: number;
}

/** A file of `size` pages of which none is cached. */
export function newFile(size: number, hole = false): File {
  return { pages: [], data: [], size, hole, faultCalls: 0, mkwriteCalls: 0 };
}

/** A copy that shares nothing with the original. */
export function copyFile(file: File): File {
  return { ...file, pages: file.pages.slice(), data: file.data.slice() };
}
