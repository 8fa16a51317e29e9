/** Functions that get the pages of an iterator (lib/iov_iter.c): no call sites, but what they get is given back like that of others. */

/** One of them. */
export interface IterPageGetter {
  readonly name: string;
  /** How the pages are counted: of user memory in each release; iov_iter_extract_pages() takes nothing of kernel memory. */
  readonly gets: 'reference' | 'pin';
  /** Its second argument: an array of the caller's, or the address of a pointer to one that the function may allocate. */
  readonly into: 'array' | 'pointer';
}

/**
 * The functions over all releases: iov_iter_get_pages() until v5.19, the ones with a 2 since v6.0, iov_iter_extract_pages() since
 * v6.3 (commit 7d58fe731028).
 */
export const ITER_PAGE_GETTERS: ReadonlyMap<string, IterPageGetter> = new Map(
  (
    [
      { name: 'iov_iter_get_pages', gets: 'reference', into: 'array' },
      { name: 'iov_iter_get_pages2', gets: 'reference', into: 'array' },
      { name: 'iov_iter_get_pages_alloc', gets: 'reference', into: 'pointer' },
      { name: 'iov_iter_get_pages_alloc2', gets: 'reference', into: 'pointer' },
      { name: 'iov_iter_extract_pages', gets: 'pin', into: 'pointer' },
    ] satisfies readonly IterPageGetter[]
  ).map(getter => [getter.name, getter]),
);
