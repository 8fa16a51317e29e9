/** A thread. What it holds lies in the locks: `MmapLock`, `Vma.lockReaders`. */

export interface Task {
  /** Its place in `State.tasks`, and the CPU it runs on. 30 at most: locks keep a bit a task. */
  readonly index: number;
  /** current->mm: index into `State.mms`. */
  readonly mm: number;
  sigkill: boolean;
  /** A signal with a handler is pending. */
  signal: boolean;
  /** PF_MEMALLOC_PIN: allocations avoid ZONE_MOVABLE. */
  memallocPin: boolean;
  /** PKRU: for each protection key a bit that forbids access (2 * key) and one that forbids writing (2 * key + 1). */
  pkru: number;
}

/** Index of the userfaultfd monitor in `State.tasks`, of a scenario that has one; the caller is task 0. */
export const MONITOR_TASK = 1;

/** init_pkru_value: every key but 0 is closed. */
export const INIT_PKRU = 0x55555554;

/** A task with nothing pending. */
export function newTask(index: number, mm: number): Task {
  return { index, mm, sigkill: false, signal: false, memallocPin: false, pkru: INIT_PKRU };
}

/** __pkru_allows_read() */
export function pkruAllowsRead(pkru: number, pkey: number): boolean {
  return ((pkru >>> (2 * pkey)) & 1) === 0;
}

/** __pkru_allows_write(): a key that forbids access forbids writing as well. */
export function pkruAllowsWrite(pkru: number, pkey: number): boolean {
  return ((pkru >>> (2 * pkey)) & 3) === 0;
}
