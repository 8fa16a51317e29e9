/** The pages that are held, one by one. */

import { FOLL } from '../../flagSets.js';
import { type Folio, pageFolio } from '../../state/index.js';
import type { Holding, PropertyView } from './property.js';

export interface HeldPage {
  /** The name it was taken under. */
  readonly name: string;
  readonly holding: Holding;
  /** Number of the page in the mm. */
  readonly page: number;
  readonly pfn: number;
  readonly folio: Folio;
  readonly pinned: boolean;
}

/** Every page that somebody holds now and whose owner has not given it up since the beginning. */
export function* heldPages({ state, deeds }: PropertyView): Generator<HeldPage> {
  for (const [name, holding] of Object.entries(deeds.holdings)) {
    const pinned = (holding.flags & FOLL.PIN) !== 0;
    for (const [index, pfn] of holding.pfns.entries()) {
      const page = holding.page + index;
      const folio = pageFolio(state.folios, pfn);
      if (folio === undefined) continue;
      const givenUp = deeds.givenUp.some(
        ({ mm, start, end }) => mm === holding.mm && start <= page && page < end,
      );
      if (!givenUp) yield { name, holding, page, pfn, folio, pinned };
    }
  }
}
