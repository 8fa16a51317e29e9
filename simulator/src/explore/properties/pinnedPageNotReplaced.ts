/** A pin is worth something only while its owner and the holder of the pin mean the same page. */

import { leafEntry, mappedPfn, PTE } from '../../state/index.js';
import { heldPages } from './heldPages.js';
import type { Property } from './property.js';

export const PINNED_PAGE_NOT_REPLACED: Property = {
  id: 'pinned-page-not-replaced',
  about:
    "No page is mapped in its owner's page table in the place of one that is pinned there. Pages that a task has given up itself (munmap, MADV_DONTNEED) do not count.",
  check(view) {
    for (const { name, holding, page, pfn, pinned } of heldPages(view)) {
      const mm = view.state.mms[holding.mm];
      if (!pinned || mm === undefined) continue;
      const entry = leafEntry(mm.pageTable, page);
      if (entry === null || (entry.bits & PTE.PRESENT) === 0) continue;
      if (mappedPfn(mm.pageTable, page) !== pfn)
        return { text: `page ${page}, pinned as ${name}, has been replaced by another`, task: holding.task };
    }
    return null;
  },
};
