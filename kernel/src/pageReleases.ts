/** What gives back pages: a reference or a pin, one page or an array. */

export interface PageRelease {
  readonly name: string;
  readonly releases: 'reference' | 'pin';
  /** The argument that holds the page, the folio or the array. */
  readonly argument: number;
  /** `one` page; an `array` with a count; a `range` of neighbours with a count; many pins of one `folio`. */
  readonly counts: 'one' | 'array' | 'range' | 'folio';
  /** The argument with the count; -1 if there is none. */
  readonly count: number;
}

function pageRelease(
  name: string,
  releases: PageRelease['releases'],
  counts: PageRelease['counts'] = 'one',
): PageRelease {
  return { name, releases, argument: 0, counts, count: counts === 'one' ? -1 : 1 };
}

/**
 * The functions over all releases. put_user_page() and its relatives (5.2 to 5.5) were placeholders: put_page() with
 * another name, so they give back references.
 */
export const PAGE_RELEASES: readonly PageRelease[] = [
  pageRelease('put_page', 'reference'),
  pageRelease('folio_put', 'reference'),
  pageRelease('folio_put_refs', 'reference', 'folio'),
  pageRelease('release_pages', 'reference', 'array'),
  pageRelease('kvm_release_page_clean', 'reference'),
  pageRelease('kvm_release_page_dirty', 'reference'),
  pageRelease('put_user_page', 'reference'),
  pageRelease('put_user_pages', 'reference', 'array'),
  pageRelease('put_user_pages_dirty', 'reference', 'array'),
  pageRelease('put_user_pages_dirty_lock', 'reference', 'array'),
  pageRelease('unpin_user_page', 'pin'),
  pageRelease('unpin_user_pages', 'pin', 'array'),
  pageRelease('unpin_user_pages_dirty_lock', 'pin', 'array'),
  pageRelease('unpin_user_page_range_dirty_lock', 'pin', 'range'),
  pageRelease('unpin_folio', 'pin'),
  pageRelease('unpin_folios', 'pin', 'array'),
  pageRelease('unpin_user_folio', 'pin', 'folio'),
];

/** The names of {@link PAGE_RELEASES}. */
export const PAGE_RELEASE_NAMES: ReadonlySet<string> = new Set(PAGE_RELEASES.map(({ name }) => name));
