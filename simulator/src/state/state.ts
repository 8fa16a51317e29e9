/** The state of the modelled machine: plain data, small, copied by {@link copyState}, compared by hashState. */

import { copyFile, type File } from './file.js';
import { copyFolio, type Folio, headPage } from './folio.js';
import { copyMm, type Mm } from './mm.js';
import { PTE, type Pte } from './pageTable.js';
import type { SwapSlot } from './swap.js';
import type { Task } from './task.js';

/** A fault that waits for a userfaultfd (struct userfaultfd_wait_queue). */
export interface UffdWaiter {
  readonly task: number;
  readonly page: number;
  /** The monitor has read of it. */
  read: boolean;
  /** Somebody has woken it. */
  woken: boolean;
}

/** What changes of a registered userfaultfd. */
export interface UffdContext {
  /** Letters of the plan that the monitor has used up. */
  used: number;
  /** Faults that wait, first come first. */
  readonly waiters: UffdWaiter[];
}

export interface State {
  /** The first is the one that the scenario's call works on; of another process's the second is the caller's own. */
  readonly mms: Mm[];
  readonly folios: Folio[];
  readonly tasks: Task[];
  readonly files: File[];
  readonly uffds: UffdContext[];
  readonly slots: SwapSlot[];
  /**
   * The task that holds page-table locks over several of its steps, -1: none. It is one for all tables: whoever needs
   * another waits for nothing that it could have changed.
   */
  ptl: number;
  /** The pfn of the zero page. */
  readonly zeroPage: number;
  /** User memory lies in ZONE_MOVABLE. */
  readonly movable: boolean;
}

/** A copy that shares nothing mutable with the original. */
export function copyState(state: State): State {
  return {
    mms: state.mms.map(copyMm),
    folios: state.folios.map(copyFolio),
    tasks: state.tasks.map(task => ({ ...task })),
    files: state.files.map(copyFile),
    uffds: state.uffds.map(({ used, waiters }) => ({ used, waiters: waiters.map(each => ({ ...each })) })),
    slots: state.slots.map(slot => ({ ...slot })),
    ptl: state.ptl,
    zeroPage: state.zeroPage,
    movable: state.movable,
  };
}

/** rmap_walk(): the present entries, of every mm, that map a page of the folio whose first page is `head`. */
export function rmapWalk(state: State, head: number): Pte[] {
  const found: Pte[] = [];
  for (const mm of state.mms) eachEntryOf(mm, head, pte => mapsPage(pte) && found.push(pte));
  return found;
}

/** Present entries of one mm that map a page of the folio whose first page is `head`; a huge entry counts once. */
export function mappingsOf(mm: Mm, head: number): number {
  let count = 0;
  eachEntryOf(mm, head, pte => {
    if (mapsPage(pte)) count += 1;
  });
  return count;
}

/** Migration entries, of every mm, that wait for the folio whose first page is `head`. */
export function migrationEntries(state: State, head: number): Pte[] {
  const found: Pte[] = [];
  for (const mm of state.mms) eachEntryOf(mm, head, pte => pte.swap === 'migration' && found.push(pte));
  return found;
}

function mapsPage({ bits }: Pte): boolean {
  return (bits & PTE.PRESENT) !== 0;
}

/** Visits the entries of either level that name a page of a folio. A walk over all entries there are: it has to be quick. */
function eachEntryOf({ pageTable }: Mm, head: number, visit: (pte: Pte) => void): void {
  for (const { huge, ptes } of pageTable) {
    if (huge !== null && headPage(huge.pfn) === head) visit(huge);
    if (ptes === null) continue;
    for (let slot = 0; slot < ptes.length; slot++) {
      const pte = ptes[slot];
      if (pte !== undefined && headPage(pte.pfn) === head) visit(pte);
    }
  }
}
