/** mmap_lock: who holds it and who waits for it. */

/** mmap_lock as one task holds it. */
export type LockMode = 'none' | 'read' | 'write';

export interface MmapLock {
  /** Tasks that hold it shared: one bit a task. */
  readers: number;
  /** The task that holds it exclusively, -1: none. */
  writer: number;
  /** Tasks asleep in down_read() or down_write(), first come first. */
  readonly waiters: MmapLockWaiter[];
}

export interface MmapLockWaiter {
  readonly task: number;
  readonly mode: 'read' | 'write';
}

/** A lock that nobody holds. */
export function newMmapLock(): MmapLock {
  return { readers: 0, writer: -1, waiters: [] };
}

/** A copy that shares nothing mutable with the original. */
export function copyMmapLock(lock: MmapLock): MmapLock {
  return { ...lock, waiters: [...lock.waiters] };
}

/** How `task` holds the lock. */
export function modeHeld(lock: MmapLock, task: number): LockMode {
  if (lock.writer === task) return 'write';
  return (lock.readers & (1 << task)) !== 0 ? 'read' : 'none';
}

/**
 * Whether `task` may take the lock now. A reader does not pass a writer that has waited longer; a writer needs a lock
 * that nobody holds, and may take it before others that wait (kernel/locking/rwsem.c lets it be stolen).
 */
export function canTake(lock: MmapLock, task: number, mode: 'read' | 'write'): boolean {
  if (lock.writer >= 0) return false;
  if (mode === 'write') return lock.readers === 0;
  for (const waiter of lock.waiters) {
    if (waiter.task === task) return true;
    if (waiter.mode === 'write') return false;
  }
  return true;
}

/** down_read_trylock(): waiting writers do not matter. */
export function canTryRead(lock: MmapLock): boolean {
  return lock.writer < 0;
}

/** Gives the lock to `task`, which waits no longer. */
export function take(lock: MmapLock, task: number, mode: 'read' | 'write'): void {
  stopWaiting(lock, task);
  if (mode === 'write') lock.writer = task;
  else lock.readers |= 1 << task;
}

/** Takes the lock from `task`, however it holds it. */
export function drop(lock: MmapLock, task: number): void {
  if (lock.writer === task) lock.writer = -1;
  lock.readers &= ~(1 << task);
}

/** Puts `task` behind those that wait. */
export function startWaiting(lock: MmapLock, task: number, mode: 'read' | 'write'): void {
  lock.waiters.push({ task, mode });
}

/** Takes `task` from those that wait; no matter if it does not. */
export function stopWaiting(lock: MmapLock, task: number): void {
  const at = lock.waiters.findIndex(waiter => waiter.task === task);
  if (at >= 0) lock.waiters.splice(at, 1);
}
