/** The outcome of a simulated call, in the field names of the recordings (test/oracle/README.md). */

import type { Behaviour } from './behaviour.js';
import { returnName } from './errno.js';
import { FAULT_SET, FOLL, FOLL_SET, VM_FAULT_SET } from './flagSets.js';
import type { Machine } from './machine.js';
import { NotModelled } from './notModelled.js';
import type { FaultSignal } from './ops/accessError.js';
import { gupPutFolio } from './ops/tryGrabFolio.js';
import {
  FOLIO,
  type Folio,
  headPage,
  knownRef,
  mappedPfn,
  modeHeld,
  PTE,
  pageAnonExclusive,
  pageFolio,
  pincount,
  pmdOffset,
  pteNone,
  pteOffset,
} from './state/index.js';

export interface GupCallOutcome {
  readonly gup_flags: readonly string[];
  /** The same in the release's numbering. */
  readonly hex: string;
  readonly nr: number;
  /** Whether the walk was given a `locked` pointer. */
  readonly locked_ptr: boolean;
  readonly ret: number;
}

export interface FaultOutcome {
  readonly fn: string;
  readonly page: number;
  readonly flags: readonly string[];
  readonly hex: string;
  readonly ret: readonly string[];
  readonly ret_hex: string;
}

export interface FastOutcome {
  readonly gup_flags: readonly string[];
  readonly hex: string;
  /** The rest was done by the slow path. */
  readonly slow_path: boolean;
}

export interface PageOutcome {
  /** The page mapped there before; null: nothing was. */
  readonly same_as_before: boolean | null;
  /** The page mapped there after the call; null: nothing is. */
  readonly same_as_pte_after: boolean | null;
  readonly f: readonly string[];
  /** null: it is not known whether a folio batch of another process holds a reference too. */
  readonly ref_held: number | null;
  readonly ref_after: number | null;
  readonly pin_held: number;
  readonly pin_after: number;
}

export interface PteOutcome {
  readonly lvl: number;
  readonly f: readonly string[];
  /** null: as in {@link PageOutcome}. */
  readonly ref?: number | null;
  readonly map?: number;
  readonly pin?: number;
  readonly swp_type?: number;
}

export interface Outcome {
  readonly ret: number;
  readonly ret_name: string;
  /** The signal that a touch from user mode ended with, and its si_code; absent: it went well. */
  readonly signal?: number;
  readonly si_code?: number;
  readonly locked_after: 0 | 1 | null;
  readonly mmap_lock_held_after: boolean;
  readonly warned: boolean;
  /** Absent: the slow walk was not entered. */
  readonly effective_gup_flags?: readonly string[];
  readonly gup_calls: readonly GupCallOutcome[];
  readonly faults: readonly FaultOutcome[];
  readonly lock_events: readonly string[];
  readonly same_page_as_before: boolean | null;
  readonly refcount_delta: number | null;
  readonly pincount: number | null;
  readonly pages: readonly PageOutcome[];
  readonly pte_after: readonly PteOutcome[];
  readonly pte_page_changed: boolean | null;
  /** Absent: gup-fast was not entered. */
  readonly fast?: FastOutcome;
}

/** How many entries of the page table an outcome shows at most. */
export const SHOWN_PTES = 4;

/** What a call leaves behind, before it is written as an outcome. */
export interface CallResult {
  readonly ret: number;
  readonly lockedAfter: 0 | 1 | null;
  /** Pages the caller now holds, in order. */
  readonly held: readonly number[];
  /** The flags they were taken with. */
  readonly heldWith: number;
  readonly signal?: FaultSignal;
}

/**
 * The outcome of a call on `machine`. The folios held are released, one after the other, as the caller would, to see
 * what that gives back; `before` is what mappedPages() gave before the call.
 */
export function outcomeOf(machine: Machine, result: CallResult, before: readonly number[]): Outcome {
  const { notes, behaviour, mm, range } = machine;
  const shown = range.walked ? Math.min(range.pages, SHOWN_PTES) : 0;
  const pteAfter: PteOutcome[] = range.walked ? [] : [{ lvl: 0, f: [] }];
  for (let i = 0; i < shown; i++) pteAfter.push(pteOutcome(machine, range.shown + i));
  const after = mappedPages(machine);
  const lockHeld = modeHeld(mm.mmapLock, machine.current.index) !== 'none';
  const { pages, refcountDelta } = releasePages(machine, result, before, after);
  const first = pages[0];
  const firstCall = notes.gupCalls[0];
  return {
    ret: result.ret,
    ret_name: returnName(result.ret),
    ...(result.signal !== undefined && { signal: result.signal.signal, si_code: result.signal.siCode }),
    locked_after: result.lockedAfter,
    mmap_lock_held_after: lockHeld,
    warned: notes.warned,
    ...(firstCall !== undefined && { effective_gup_flags: FOLL_SET.list(firstCall.flags) }),
    gup_calls: notes.gupCalls.map(call => ({
      gup_flags: FOLL_SET.list(call.flags),
      hex: behaviour.follHex(call.flags),
      nr: call.nr,
      locked_ptr: call.lockedGiven,
      ret: call.ret,
    })),
    faults: notes.faults.map(fault => ({
      fn: fault.fn,
      page: fault.page - range.start,
      flags: FAULT_SET.list(fault.flags),
      hex: behaviour.faultHex(fault.flags),
      ret: VM_FAULT_SET.list(fault.ret),
      ret_hex: behaviour.vmFaultHex(fault.ret),
    })),
    lock_events: notes.lockEvents,
    same_page_as_before: first?.same_as_before ?? null,
    refcount_delta: refcountDelta,
    pincount: first === undefined ? null : first.pin_held - first.pin_after,
    pages,
    pte_after: pteAfter,
    pte_page_changed: pageChanged(before[0] ?? -1, after[0] ?? -1),
    ...(notes.fast !== null && {
      fast: {
        gup_flags: FOLL_SET.list(notes.fast.flags),
        hex: behaviour.follHex(notes.fast.flags),
        slow_path: notes.fast.slowPath,
      },
    }),
  };
}

/** For each page of the machine's range the page that its entry maps, -1 for none. Empty if that is not told. */
export function mappedPages({ mm, range }: Machine): number[] {
  const pages: number[] = [];
  if (!range.walked) return pages;
  for (let i = 0; i < range.pages; i++) pages.push(mappedPfn(mm.pageTable, range.shown + i));
  return pages;
}

function pageChanged(before: number, after: number): boolean | null {
  return before < 0 || after < 0 ? null : before !== after;
}

function releasePages(
  machine: Machine,
  result: CallResult,
  before: readonly number[],
  after: readonly number[],
): { readonly pages: PageOutcome[]; readonly refcountDelta: number | null } {
  const { state } = machine;
  // FOLL_GET goes before FOLL_PIN where gup-fast let both through.
  const taken = (result.heldWith & FOLL.GET) !== 0 ? FOLL.GET : result.heldWith;
  const held = result.held.map(pfn => {
    const folio = pageFolio(state.folios, pfn);
    return {
      f: folioNames(folio, pfn),
      ref: folio?.ref ?? 0,
      shown: folio === undefined ? 0 : knownRef(folio),
      pin: folio === undefined ? 0 : pincount(folio),
    };
  });
  let refcountDelta: number | null = null;
  const released = result.held.map((pfn, page) => {
    const folio = pageFolio(state.folios, pfn);
    if (folio !== undefined) gupPutFolio(machine, folio, taken);
    if (pfn >= 0) refcountDelta ??= (held[page]?.ref ?? 0) - (folio?.ref ?? 0);
    const was = before[page] ?? -1;
    const mapped = after[page] ?? -1;
    return {
      same_as_before: was < 0 ? null : was === pfn,
      same_as_pte_after: mapped < 0 ? null : mapped === pfn,
      f: held[page]?.f ?? [],
      ref_held: held[page]?.shown ?? null,
      ref_after: folio === undefined ? 0 : knownRef(folio),
      pin_held: held[page]?.pin ?? 0,
      pin_after: folio === undefined ? 0 : pincount(folio),
    };
  });
  // Up to v5.17 a pin counts an entry without struct page, and writes nothing into its place.
  return { pages: released.filter((_, page) => (result.held[page] ?? -1) >= 0), refcountDelta };
}

function folioNames(folio: Folio | undefined, pfn: number): string[] {
  if (folio === undefined) return [];
  const { bits } = folio;
  const names: string[] = [];
  if ((bits & FOLIO.ANON) !== 0) names.push('anon');
  if ((bits & FOLIO.KSM) !== 0) names.push('ksm');
  if (pageAnonExclusive(folio, pfn)) names.push('anon_exclusive');
  if ((bits & FOLIO.HUGETLB) !== 0) names.push('hugetlb');
  if (folio.order > 0) names.push('large_folio');
  if ((bits & FOLIO.ZERO_PAGE) !== 0) names.push('zero_page');
  if ((bits & FOLIO.MOVABLE_ZONE) !== 0) names.push('movable_zone');
  if ((bits & FOLIO.DIRTY) !== 0) names.push('pg_dirty');
  // The recordings' walk leaves it out for a zero page; a pin of the huge one is counted.
  if (pincount(folio) > 0 && (bits & FOLIO.ZERO_PAGE) === 0) names.push('maybe_dma_pinned');
  if ((bits & FOLIO.SWAPCACHE) !== 0) names.push('swapcache');
  return names;
}

function pteOutcome({ state, mm, behaviour, range }: Machine, page: number): PteOutcome {
  const huge = pmdOffset(mm.pageTable, page)?.huge ?? null;
  const pte = huge ?? pteOffset(mm.pageTable, page);
  if (pte === null || (huge !== null && pteNone(huge))) return { lvl: 0, f: ['none'] };
  const lvl = huge === null ? 1 : 2;
  if ((pte.bits & PTE.SWAP) !== 0) return { lvl, f: ['swap_entry'], swp_type: pte.swapType };
  if ((pte.bits & PTE.PRESENT) === 0) return { lvl, f: ['none'] };
  const f = ['present'];
  if ((pte.bits & PTE.WRITE) !== 0) f.push('write');
  if ((pte.bits & PTE.DIRTY) !== 0) f.push('dirty');
  if ((pte.bits & PTE.YOUNG) !== 0) f.push('young');
  if ((pte.bits & PTE.SPECIAL) !== 0) f.push('special');
  if ((pte.bits & PTE.PROTNONE) !== 0) f.push('protnone');
  if (range.namesUffdWp && (pte.bits & PTE.UFFD_WP) !== 0) f.push('uffd_wp');
  const pfn = mappedPfn(mm.pageTable, page);
  const folio = pageFolio(state.folios, pfn);
  // The walk looks at the folio's flags from the first page of a huge entry, and at counts from the page itself.
  f.push(...folioNames(folio, huge === null ? pfn : huge.pfn));
  return {
    lvl,
    f,
    ref: folio === undefined ? 0 : knownRef(folio),
    map: folio === undefined ? 0 : pageMapcountField(behaviour, folio, pfn),
    pin: folio === undefined ? 0 : pincount(folio),
  };
}

/** PGTY_hugetlb << 24 in page->_mapcount, which is an int, and 1 as is added to it. */
const HUGETLB_TYPE = (0xf4 << 24) + 1;

/**
 * page->_mapcount + 1. Of a large folio it counts entries of PTE level only; of the head page of hugetlb it may hold the
 * type of the page.
 */
function pageMapcountField({ switches }: Behaviour, folio: Folio, pfn: number): number {
  if (folio.order === 0) return folio.map;
  if ((folio.bits & FOLIO.HUGETLB) === 0 || headPage(pfn) !== pfn || !switches.hugetlbPageType)
    return (folio.pageMap[pfn - headPage(pfn)] ?? 0) + ((folio.bits & FOLIO.DOUBLE_MAP) !== 0 ? 1 : 0);
  if (!switches.pageTypeNumber) throw new NotModelled('what page->_mapcount of a hugetlb page holds');
  return HUGETLB_TYPE;
}
