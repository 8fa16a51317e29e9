/** What every routine works on: the behaviour of the release, the state, and the notes that become the outcome. */

import type { Behaviour } from './behaviour.js';
import type { State } from './state.js';

/** One entry of the slow walk, as the recordings list it. Sets are masks of flagSets.ts. */
export interface GupCall {
  readonly flags: number;
  readonly nr: number;
  readonly lockedGiven: boolean;
  ret: number;
}

/** One call of handle_mm_fault. */
export interface FaultCall {
  readonly page: number;
  readonly flags: number;
  ret: number;
}

/** Notes taken while a call runs; they record and decide nothing. */
export interface Notes {
  readonly gupCalls: GupCall[];
  readonly faults: FaultCall[];
  readonly lockEvents: string[];
  /** gup-fast, if it was entered: its flags, and whether the slow path had to do the rest. */
  fast: { readonly flags: number; readonly slowPath: boolean } | null;
  /** A WARN_ON was hit. */
  warned: boolean;
}

export interface Machine {
  readonly behaviour: Behaviour;
  readonly state: State;
  readonly notes: Notes;
}

/** `int *locked`: a pointer to one int of the caller. */
export interface LockedCell {
  value: 0 | 1;
}

/** Notes of a call that has not begun. */
export function emptyNotes(): Notes {
  return { gupCalls: [], faults: [], lockEvents: [], fast: null, warned: false };
}
