/** Functions that get the pages of an iterator (lib/iov_iter.c, lib/scatterlist.c): no call sites, but what they get is given back like that of others. */

/** One of them. */
export interface IterPageGetter {
  readonly name: string;
  /** How the pages of user memory are counted; a function that pins takes nothing on those of the kernel. */
  readonly gets: 'reference' | 'pin';
  /** An array of the caller's, the address of a pointer to one that the function may allocate, or a scatterlist's table. */
  readonly into: 'array' | 'pointer' | 'table';
  /** The argument that is. */
  readonly argument: number;
}

/**
 * The functions over all releases: iov_iter_get_pages() until v5.19, the ones with a 2 since v6.0, iov_iter_extract_pages() since
 * v6.3 (commit 7d58fe731028), extract_iter_to_sg() since v6.5.
 */
export const ITER_PAGE_GETTERS: ReadonlyMap<string, IterPageGetter> = new Map(
  (
    [
      { name: 'iov_iter_get_pages', gets: 'reference', into: 'array', argument: 1 },
      { name: 'iov_iter_get_pages2', gets: 'reference', into: 'array', argument: 1 },
      { name: 'iov_iter_get_pages_alloc', gets: 'reference', into: 'pointer', argument: 1 },
      { name: 'iov_iter_get_pages_alloc2', gets: 'reference', into: 'pointer', argument: 1 },
      { name: 'iov_iter_extract_pages', gets: 'pin', into: 'pointer', argument: 1 },
      { name: 'extract_iter_to_sg', gets: 'pin', into: 'table', argument: 2 },
    ] satisfies readonly IterPageGetter[]
  ).map(getter => [getter.name, getter]),
);
