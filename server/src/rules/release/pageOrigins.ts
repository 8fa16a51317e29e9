/** Where the pages of a file may come from beside the calls that get those of a task. */

import { type CallSite, calleeName, type FileAnalysis, isNull } from '../../analysis/index.js';
import { type Call, callTokens } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { pageRoot } from '../pageWrites.js';

const OWN_REFERENCE =
  /\b(?:alloc_pages?\w*|__get_free_pages?|find_(?:get|lock|or_create)_page\w*|read_mapping_page|shmem_read_\w+|pagecache_get_page|grab_cache_page\w*|drm_gem_get_pages|filemap_get_\w+|read_cache_page\w*)\s*\(/;
/** Finds a page and takes no reference. */
const FOUND = /\bvmalloc_to_page\s*\(/;
const COUNTS_UP = /\b(?:try_)?(?:get_page|folio_get|folio_try_get)\w*\s*\(/;
const TAKES_REFERENCE =
  /\b(?:try_)?(?:get_page|folio_get|folio_try_get|get_kernel_pages|virt_to_page)\w*\s*\(/;
/** What finds a page by the number of its frame. */
const BY_FRAME: ReadonlySet<string> = new Set(['pfn_to_page', 'phys_to_page']);

/** Whether the text of a file gets or makes pages that are no task's. */
export function hasOtherPages(text: string): boolean {
  return OWN_REFERENCE.test(text) || FOUND.test(text);
}

/** Whether it has references of such pages, which it may give back. */
export function hasReferencesOfOthers(text: string): boolean {
  return OWN_REFERENCE.test(text) || (FOUND.test(text) && COUNTS_UP.test(text));
}

/** A release of a page that was found by the number of its frame. */
export interface FrameRelease {
  readonly call: Call;
  readonly callee: string;
}

/**
 * The calls of `names` that give back a page found by the number of its frame, in a file that has no pages but those that its calls
 * get: then the frame is one of those.
 *
 * @param from the calls of the file that get pages
 */
export function releasesByFrame(
  file: FileAnalysis,
  from: readonly CallSite[],
  names: ReadonlySet<string>,
): readonly FrameRelease[] {
  const { source } = file;
  const finding = new Set(callTokens(source, BY_FRAME).map(token => token.function));
  if (finding.size === 0 || from.length === 0) return [];
  // What no frame number was taken of cannot be found by it.
  if (!/\bpage_to_(?:pfn|phys)\s*\(/.test(source.text)) return [];
  if (hasOtherPages(source.text) || TAKES_REFERENCE.test(source.text)) return [];
  const getting = new Set(from.map(site => site.function));
  return [...finding].flatMap(index => {
    const item = source.functions[index];
    const fn = item?.alternative === null && !getting.has(item.name) ? file.functionNamed(item.name) : null;
    if (fn === null || !fn.complete) return [];
    return [...fn.cfg.elements()].flatMap(({ element }) => {
      const callee = element.kind === 'call' ? calleeName(element.node) : null;
      if (element.kind !== 'call' || callee === null || !names.has(callee)) return [];
      const [page] = element.node.args;
      const root = page === undefined ? null : pageRoot(page);
      const values = root === null ? [] : assignedTo(fn, root).filter(value => !isNull(value));
      const isFrame = values.every(value => value.kind === 'call' && BY_FRAME.has(calleeName(value) ?? ''));
      return values.length > 0 && isFrame ? [{ call: element.node, callee }] : [];
    });
  });
}
