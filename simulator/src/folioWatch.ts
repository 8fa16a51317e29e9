/** How the folios that a call works on change from step to step: what a trace tells of them. */

import type { Machine } from './machine.js';
import { FOLIO_PAGES, knownRef, mappedPfn, pageAnonExclusive, pageFolio, pincount } from './state/index.js';

/** The page that an entry maps, and the counts of its folio, after a step. */
export interface FolioState {
  /** Number of the folio in the run: a copy is another one. */
  readonly folio: number;
  /** References, pins included; null: it is not known. */
  readonly ref: number | null;
  /** Entries that map it. */
  readonly map: number;
  readonly pin: number;
  /** PageAnonExclusive(). */
  readonly exclusive: boolean;
}

/** Looks at the pages that steps name, and tells of each only what is new. */
export class FolioWatch {
  readonly #machine: Machine;
  readonly #told: (FolioState | undefined)[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** What the entry of `page` maps, a number in the mm; undefined: nothing, or what was told of it before. */
  changed(page: number): FolioState | undefined {
    const { mm, state, range } = this.#machine;
    const pfn = mappedPfn(mm.pageTable, page);
    const folio = pageFolio(state.folios, pfn);
    if (folio === undefined) return undefined;
    const before = this.#told[page - range.shown];
    const number = Math.floor(pfn / FOLIO_PAGES);
    const ref = knownRef(folio);
    const pin = pincount(folio);
    const exclusive = pageAnonExclusive(folio, pfn);
    if (
      before !== undefined &&
      before.folio === number &&
      before.ref === ref &&
      before.map === folio.map &&
      before.pin === pin &&
      before.exclusive === exclusive
    ) {
      return undefined;
    }
    const now = { folio: number, ref, map: folio.map, pin, exclusive };
    this.#told[page - range.shown] = now;
    return now;
  }
}
