/** The outcome of a simulated call, in the field names of the recordings (test/oracle/README.md). */

import { returnName } from './errno.js';
import { FAULT_SET, FOLL, FOLL_SET, VM_FAULT_SET } from './flagSets.js';
import type { Machine } from './machine.js';
import type { FaultSignal } from './ops/accessError.js';
import { gupPutFolio } from './ops/tryGrabFolio.js';
import { FOLIO, type Folio, PTE, type Pte, pincount, type State } from './state.js';

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
  readonly ref_held: number;
  readonly ref_after: number;
  readonly pin_held: number;
  readonly pin_after: number;
}

export interface PteOutcome {
  readonly lvl: number;
  readonly f: readonly string[];
  readonly ref?: number;
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
  /** Folios the caller now holds, in order. */
  readonly held: readonly number[];
  /** The flags they were taken with. */
  readonly heldWith: number;
  readonly signal?: FaultSignal;
}

/**
 * The outcome of a call on `machine`. The folios held are released, one after the other, as the caller would, to see
 * what that gives back; `before` holds for each entry the folio it mapped before the call, -1 for none.
 */
export function outcomeOf(machine: Machine, result: CallResult, before: readonly number[]): Outcome {
  const { state, notes, behaviour } = machine;
  const shown = Math.min(state.ptes.length, SHOWN_PTES);
  const pteAfter: PteOutcome[] = [];
  for (let i = 0; i < shown; i++) pteAfter.push(pteOutcome(state, i));
  const lockHeld = state.lock !== 'none';
  const pages = releasePages(machine, result, before);
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
      fn: 'handle_mm_fault',
      page: fault.page,
      flags: FAULT_SET.list(fault.flags),
      hex: behaviour.faultHex(fault.flags),
      ret: VM_FAULT_SET.list(fault.ret),
      ret_hex: behaviour.vmFaultHex(fault.ret),
    })),
    lock_events: notes.lockEvents,
    same_page_as_before: first?.same_as_before ?? null,
    refcount_delta: first === undefined ? null : first.ref_held - first.ref_after,
    pincount: first === undefined ? null : first.pin_held - first.pin_after,
    pages,
    pte_after: pteAfter,
    pte_page_changed: pageChanged(before[0] ?? -1, state.ptes[0]),
    ...(notes.fast !== null && {
      fast: {
        gup_flags: FOLL_SET.list(notes.fast.flags),
        hex: behaviour.follHex(notes.fast.flags),
        slow_path: notes.fast.slowPath,
      },
    }),
  };
}

function pageChanged(before: number, pte: Pte | undefined): boolean | null {
  const after = pte?.folio ?? -1;
  return before < 0 || after < 0 ? null : before !== after;
}

function releasePages(machine: Machine, result: CallResult, before: readonly number[]): PageOutcome[] {
  const { state } = machine;
  // FOLL_GET goes before FOLL_PIN where gup-fast let both through.
  const taken = (result.heldWith & FOLL.GET) !== 0 ? FOLL.GET : result.heldWith;
  const held = result.held.map(index => {
    const folio = state.folios[index];
    return { f: folioNames(folio), ref: folio?.ref ?? 0, pin: folio === undefined ? 0 : pincount(folio) };
  });
  return result.held.map((index, page) => {
    const folio = state.folios[index];
    if (folio !== undefined) gupPutFolio(machine, folio, taken);
    const was = before[page] ?? -1;
    const mapped = state.ptes[page]?.folio ?? -1;
    return {
      same_as_before: was < 0 ? null : was === index,
      same_as_pte_after: mapped < 0 ? null : mapped === index,
      f: held[page]?.f ?? [],
      ref_held: held[page]?.ref ?? 0,
      ref_after: folio?.ref ?? 0,
      pin_held: held[page]?.pin ?? 0,
      pin_after: folio === undefined ? 0 : pincount(folio),
    };
  });
}

function folioNames(folio: Folio | undefined): string[] {
  if (folio === undefined) return [];
  const { bits } = folio;
  const names: string[] = [];
  if ((bits & FOLIO.ANON) !== 0) names.push('anon');
  if ((bits & FOLIO.KSM) !== 0) names.push('ksm');
  if ((bits & FOLIO.ANON_EXCLUSIVE) !== 0) names.push('anon_exclusive');
  if ((bits & FOLIO.ZERO_PAGE) !== 0) names.push('zero_page');
  if ((bits & FOLIO.MOVABLE_ZONE) !== 0) names.push('movable_zone');
  if ((bits & FOLIO.DIRTY) !== 0) names.push('pg_dirty');
  if (pincount(folio) > 0) names.push('maybe_dma_pinned');
  if ((bits & FOLIO.SWAPCACHE) !== 0) names.push('swapcache');
  return names;
}

function pteOutcome(state: State, index: number): PteOutcome {
  const pte = state.ptes[index];
  if (!state.pageTable || pte === undefined) return { lvl: 0, f: ['none'] };
  if ((pte.bits & PTE.SWAP) !== 0) return { lvl: 1, f: ['swap_entry'], swp_type: pte.swapType };
  if ((pte.bits & PTE.PRESENT) === 0) return { lvl: 1, f: ['none'] };
  const f = ['present'];
  if ((pte.bits & PTE.WRITE) !== 0) f.push('write');
  if ((pte.bits & PTE.DIRTY) !== 0) f.push('dirty');
  if ((pte.bits & PTE.YOUNG) !== 0) f.push('young');
  if ((pte.bits & PTE.SPECIAL) !== 0) f.push('special');
  if ((pte.bits & PTE.PROTNONE) !== 0) f.push('protnone');
  const folio = state.folios[pte.folio];
  f.push(...folioNames(folio));
  return {
    lvl: 1,
    f,
    ref: folio?.ref ?? 0,
    map: folio?.map ?? 0,
    pin: folio === undefined ? 0 : pincount(folio),
  };
}
