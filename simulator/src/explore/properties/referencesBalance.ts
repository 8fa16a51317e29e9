/** References and pins: what is counted is what there is. */

import { FOLL } from '../../flagSets.js';
import {
  BATCH_UNKNOWN,
  entriesOf,
  FOLIO,
  FOLIO_PAGES,
  type Folio,
  GUP_PIN_COUNTING_BIAS,
  headPage,
  PAGE_CACHE,
  PTE,
  pageFolio,
  type State,
} from '../../state/index.js';
import type { Deeds, Property } from './property.js';

/** Folios that others hold as well: pages of zeroes, of the pool of hugetlb, of drivers and of DAX devices. */
const NOT_KEPT = FOLIO.ZERO_PAGE | FOLIO.HUGETLB | FOLIO.NO_LRU;

export const REFERENCES_BALANCE: Property = {
  id: 'references-balance',
  about:
    'When all tasks have ended, the references of each folio are those of entries, caches, batches, and of who holds it.',
  check({ state, deeds, ended, unexplained }) {
    if (!ended) return null;
    const now = unexplainedReferences(state, deeds);
    for (const [index, count] of now.entries()) {
      const before = unexplained[index] ?? 0;
      if (count === before) continue;
      const many = Math.abs(count - before);
      const text = `folio ${index} has ${many} reference${many === 1 ? '' : 's'} too ${count > before ? 'many' : 'few'}`;
      return { text, task: null };
    }
    return null;
  },
};

/**
 * Of each folio the references that no entry, cache, batch or holder explains. 0 for one that others hold as well, or of which it is
 * not known whether a folio batch does.
 */
export function unexplainedReferences(state: State, { holdings }: Deeds): number[] {
  const held = new Map<Folio, number>();
  const hold = (folio: Folio | undefined, count: number): void => {
    if (folio !== undefined) held.set(folio, (held.get(folio) ?? 0) + count);
  };
  for (const { pfns, flags } of Object.values(holdings)) {
    for (const pfn of pfns) {
      const folio = pageFolio(state.folios, pfn);
      if (folio !== undefined) hold(folio, heldBy(folio, flags));
    }
  }
  for (const { pages } of state.files) {
    for (const head of new Set(pages.filter(pfn => pfn >= 0).map(headPage)))
      hold(pageFolio(state.folios, head), 1);
  }
  const mappings = mappingsOfFolios(state);
  return state.folios.map((folio, index) => {
    const { bits, ref, batch } = folio;
    if ((bits & NOT_KEPT) !== 0 || batch === BATCH_UNKNOWN) return 0;
    const swapCache = (bits & FOLIO.SWAPCACHE) !== 0 && (bits & PAGE_CACHE) === 0 ? 1 << folio.order : 0;
    // What a folio that was freed has been, does not count.
    const others = ref === 0 ? 0 : swapCache + (batch >= 0 ? 1 : 0) + ((bits & FOLIO.PRIVATE) !== 0 ? 1 : 0);
    return ref - (mappings[index] ?? 0) - others - (held.get(folio) ?? 0);
  });
}

/** Entries that map a page of each folio, a huge one counted once. What a folio says of it may be as wrong as its references. */
function mappingsOfFolios({ mms, folios }: State): number[] {
  const mappings = folios.map(() => 0);
  for (const { pageTable } of mms) {
    for (const { bits, pfn } of entriesOf(pageTable, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      if ((bits & (PTE.PRESENT | PTE.SPECIAL)) !== PTE.PRESENT) continue;
      const index = Math.floor(pfn / FOLIO_PAGES);
      mappings[index] = (mappings[index] ?? 0) + 1;
    }
  }
  return mappings;
}

/** What tryGrabFolio() has counted: FOLL_GET goes before FOLL_PIN where gup-fast let both through. */
function heldBy(folio: Folio, flags: number): number {
  const pinned = (flags & FOLL.PIN) !== 0 && (flags & FOLL.GET) === 0;
  return pinned && folio.order === 0 ? GUP_PIN_COUNTING_BIAS : 1;
}
