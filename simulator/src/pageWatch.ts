/** How the entries and folios that a call works on change from step to step: what a trace tells of them. */

import type { Machine } from './machine.js';
import {
  FOLIO_PAGES,
  knownRef,
  mappedPfn,
  PTE,
  PTRS_PER_PTE,
  pageAnonExclusive,
  pageFolio,
  pincount,
  pmdOffset,
} from './state/index.js';

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

/** Above the bits of an entry: it is of PMD level. */
const HUGE = 1 << 30;

/** The bits of an entry as they are told; soft-dirty is no business of GUP. */
const NAMES: readonly (readonly [number, string])[] = [
  [PTE.PRESENT, 'present'],
  [PTE.SWAP, 'swap'],
  [PTE.WRITE, 'write'],
  [PTE.DIRTY, 'dirty'],
  [PTE.YOUNG, 'young'],
  [PTE.SPECIAL, 'special'],
  [PTE.PROTNONE, 'protnone'],
  [PTE.UFFD_WP, 'uffd_wp'],
  [PTE.DEVMAP, 'devmap'],
  [PTE.SWP_EXCLUSIVE, 'swp_exclusive'],
];

/** Looks at the pages that steps name, and tells of each only what is new. */
export class PageWatch {
  readonly #machine: Machine;
  /** By page: the bits of its entry, and whether it is a huge one, as told last. */
  readonly #entries: (number | undefined)[] = [];
  readonly #told: (FolioState | undefined)[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * The entry of `page`, a number in the mm, in words: `none`, `present write dirty young`, `huge: present`, `swap`. undefined: it
   * is what was told of it before.
   */
  entry(page: number): string | undefined {
    const { mm, range } = this.#machine;
    const pmd = pmdOffset(mm.pageTable, page);
    const huge = pmd?.huge ?? null;
    const pte = huge ?? pmd?.ptes?.[page & (PTRS_PER_PTE - 1)];
    const bits = (pte?.bits ?? 0) | (huge === null ? 0 : HUGE);
    const index = page - range.shown;
    if (this.#entries[index] === bits) return undefined;
    this.#entries[index] = bits;
    const names = NAMES.flatMap(([bit, name]) => ((bits & bit) === 0 ? [] : [name])).join(' ') || 'none';
    return huge === null ? names : `huge: ${names}`;
  }

  /** What the entry of `page` maps, a number in the mm; undefined: nothing, or what was told of it before. */
  folio(page: number): FolioState | undefined {
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
