/** What every routine works on: the behaviour of the release, the state, and the notes that become the outcome. */

import type { Behaviour } from './behaviour.js';
import type { Mm, State, Task } from './state/index.js';

/** One entry of the slow walk, as the recordings list it. Sets are masks of flagSets.ts. */
export interface GupCall {
  readonly flags: number;
  readonly nr: number;
  readonly lockedGiven: boolean;
  ret: number;
}

/** One call of handle_mm_fault() or hugetlb_fault(), which the first one calls; `page` is a number in the mm. */
export interface FaultCall {
  readonly fn: 'handle_mm_fault' | 'hugetlb_fault';
  readonly page: number;
  readonly flags: number;
  ret: number;
}

/** Notes taken while a call runs; they record and decide nothing, but for `lockDropped`. */
export interface Notes {
  readonly gupCalls: GupCall[];
  readonly faults: FaultCall[];
  readonly lockEvents: string[];
  /** gup-fast, if it was entered: its flags, and whether the slow path had to do the rest. */
  fast: { readonly flags: number; readonly slowPath: boolean } | null;
  /** A WARN_ON was hit. */
  warned: boolean;
  /** FAULT_FLAG_LOCK_DROPPED of the vmf->flags of the last fault; only with the proposal `lockDroppedFlag` anybody looks. */
  lockDropped: boolean;
}

/** The addresses that a call is about, and what is so of them whatever the state. */
export interface Range {
  /** Number of the first page asked for in the mm. */
  readonly start: number;
  /** First of the pages of which the outcome tells: `start`, or the first of the region. */
  readonly shown: number;
  /** Pages from `shown` on of which the outcome tells. */
  readonly pages: number;
  /** The outcome tells what the page table maps there; it does not for a call on a file. */
  readonly walked: boolean;
  /** The walk tells which entries a userfaultfd write-protects. */
  readonly namesUffdWp: boolean;
  /** The address is one that user space may have (access_ok()). */
  readonly userAddress: boolean;
  /** The address is that of the gate area (vsyscall): beyond user space, and still one that a fault is taken for. */
  readonly gateArea: boolean;
  /** What the address is as an offset of /proc/PID/mem; `unknown`: one that is not canonical may have either sign. */
  readonly asOffset: 'positive' | 'negative' | 'unknown';
  /** The processor takes the address at all; one that is not canonical it refuses before it looks at page tables. */
  readonly canonicalAddress: boolean;
}

/** One task at work. Several tasks are several machines over one state. */
export interface Machine {
  readonly behaviour: Behaviour;
  readonly state: State;
  /** The task that runs, one of `state.tasks`. */
  readonly current: Task;
  /** The address space that the call works on, one of `state.mms`; not always that of the task. */
  readonly mm: Mm;
  readonly range: Range;
  readonly notes: Notes;
  /**
   * The run is to equal a recorded one: where the speed of a device decides, it is outside the model. Otherwise a read from
   * swap is never over when a fault first looks.
   */
  readonly asRecorded?: true;
}

/** `int *locked`: a pointer to one int of the caller. */
export interface LockedCell {
  value: 0 | 1;
}

/** Notes of a call that has not begun. */
export function emptyNotes(): Notes {
  return { gupCalls: [], faults: [], lockEvents: [], fast: null, warned: false, lockDropped: false };
}

/** vma_is_foreign(): the call works on another process's mm. */
export function isForeign(machine: Machine): boolean {
  return machine.current.mm !== machine.mm.index;
}
