/** What a step waits for, as data, so that whoever runs several tasks can tell which of them may go on. */

import { pageFolio } from './folio.js';
import { vmaLookup } from './mm.js';
import { canTake } from './mmapLock.js';
import { leafEntry } from './pageTable.js';
import type { State } from './state.js';
import { noTask } from './taskSet.js';

export type Wait =
  | {
      readonly lock: 'mmap_lock';
      /** Index of the mm. */
      readonly mm: number;
      readonly mode: 'read' | 'write';
      /** SIGKILL ends the wait. */
      readonly killable: boolean;
    }
  | {
      /** The readers of a vma's lock must be gone. */
      readonly lock: 'vma';
      readonly mm: number;
      /** A page of the vma. */
      readonly page: number;
    }
  | {
      /** The page's migration must be over (migration_entry_wait()). */
      readonly lock: 'migration';
      readonly mm: number;
      readonly page: number;
    }
  | {
      /** Nobody must hold the folio lock of the page (folio_lock()). */
      readonly lock: 'folio';
      readonly pfn: number;
    }
  | {
      /** The task's fault is queued with a userfaultfd and must be woken; SIGKILL ends the wait. */
      readonly lock: 'userfault';
      /** Index into `State.uffds`. */
      readonly uffd: number;
      /** So does any signal. */
      readonly interruptible: boolean;
    }
  | {
      /** There must be a fault that the monitor has not read of (read() of a userfaultfd). */
      readonly lock: 'userfaultfd';
      readonly uffd: number;
    }
  | {
      /** Nothing: what comes next takes no page-table lock, and goes on while another task holds one. */
      readonly lock: 'none';
    };

/** Of a step behind which comes one that takes no lock: gup-fast, which disables interrupts instead. */
export const LOCKLESS: Wait = { lock: 'none' };

/**
 * Whether the task of that index may be resumed from a step that waits for `wait`; undefined: for nothing but page-table
 * locks that another task holds, since what comes next may need one.
 */
export function enabled(state: State, task: number, wait: Wait | undefined): boolean {
  if (wait !== undefined && wait.lock === 'none') return true;
  if (state.ptl >= 0 && state.ptl !== task) return false;
  if (wait === undefined) return true;
  if (wait.lock === 'folio') return (pageFolio(state.folios, wait.pfn)?.locked ?? -1) < 0;
  if (wait.lock === 'userfaultfd') return state.uffds[wait.uffd]?.waiters.some(({ read }) => !read) ?? true;
  if (wait.lock === 'userfault') return userfaultOver(state, task, wait.uffd, wait.interruptible);
  const mm = state.mms[wait.mm];
  if (mm === undefined) return true;
  if (wait.lock === 'migration') return leafEntry(mm.pageTable, wait.page)?.swap !== 'migration';
  if (wait.lock === 'vma') return noTask(vmaLookup(mm, wait.page)?.lockReaders ?? {});
  if (wait.killable && state.tasks[task]?.sigkill === true) return true;
  return canTake(mm.mmapLock, task, wait.mode);
}

function userfaultOver(state: State, index: number, uffd: number, interruptible: boolean): boolean {
  const task = state.tasks[index];
  if (task === undefined || task.sigkill || (interruptible && task.signal)) return true;
  return state.uffds[uffd]?.waiters.find(waiter => waiter.task === index)?.woken ?? true;
}
