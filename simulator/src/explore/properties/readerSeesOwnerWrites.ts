/** Who holds a page sees what its owner writes: they have not been parted by copy on write. */

import { leafEntry, mappedPfn, PTE, pageContents } from '../../state/index.js';
import { heldPages } from './heldPages.js';
import type { Property } from './property.js';

export const READER_SEES_OWNER_WRITES: Property = {
  id: 'reader-sees-owner-writes',
  about:
    'A page that is held by a reference or a pin holds what its owner has written to it since. Pages that a task has given up itself (munmap, MADV_DONTNEED) do not count.',
  check(view) {
    const { state, deeds } = view;
    for (const { name, holding, page, pfn } of heldPages(view)) {
      const mm = state.mms[holding.mm];
      if (mm === undefined || deeds.writtenSince[name]?.includes(page) !== true) continue;
      const entry = leafEntry(mm.pageTable, page);
      if (entry === null || (entry.bits & PTE.PRESENT) === 0) continue;
      const owner = pageContents(state.folios, mappedPfn(mm.pageTable, page));
      const held = pageContents(state.folios, pfn);
      if (owner !== held) {
        const text = `page ${page}, held as ${name}, holds ${held}; its owner has written since and sees ${owner}`;
        return { text, task: holding.task };
      }
    }
    return null;
  },
};
