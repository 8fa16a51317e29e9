/** Who pins an anonymous page must be alone with it: what is written through a pin, nobody else may see. */

import { FOLL } from '../../flagSets.js';
import { FOLIO, headPage, pageAnonExclusive, rmapWalk } from '../../state/index.js';
import { heldPages } from './heldPages.js';
import type { Property } from './property.js';

export const SHARED_PAGE_NOT_PINNED: Property = {
  id: 'shared-page-not-pinned',
  about:
    'No anonymous page that another address space maps is pinned for writing and, where pages are exclusive (since v5.19), none is pinned without being so.',
  check(view) {
    const { anonExclusive } = view.behaviour.switches;
    for (const { name, holding, page, pfn, folio, pinned } of heldPages(view)) {
      if (!pinned || (folio.bits & FOLIO.ANON) === 0) continue;
      const { task } = holding;
      if (anonExclusive && !pageAnonExclusive(folio, pfn))
        return { text: `page ${page}, pinned as ${name}, is not exclusive`, task };
      // Entries of other address spaces: all that map the folio, without those of the owner.
      const owner = view.state.mms[holding.mm];
      if ((holding.flags & FOLL.WRITE) === 0 || owner === undefined) continue;
      const all = rmapWalk(view.state, headPage(pfn)).length;
      const own = rmapWalk({ ...view.state, mms: [owner] }, headPage(pfn)).length;
      if (all > own)
        return { text: `page ${page}, pinned for writing as ${name}, is mapped by another process`, task };
    }
    return null;
  },
};
