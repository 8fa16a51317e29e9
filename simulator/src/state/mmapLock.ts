/** mmap_lock: who holds it and who waits for it. */

import { addTask, hasTask, newTaskSet, noTask, removeTask, type TaskSet } from './taskSet.js';

/** mmap_lock as one task holds it. */
export type LockMode = 'none' | 'read' | 'write';

export interface MmapLock {
  /** Tasks that hold it shared. */
  readonly readers: TaskSet;
  /** The task that holds it exclusively: one, or none. */
  readonly writers: TaskSet;
  /** Tasks asleep in down_read() or down_write(), first come first. */
  readonly waiters: MmapLockWaiter[];
}

export interface MmapLockWaiter {
  readonly task: number;
  readonly mode: 'read' | 'write';
}

/** A lock that nobody holds. */
export function newMmapLock(): MmapLock {
  return { readers: newTaskSet(), writers: newTaskSet(), waiters: [] };
}

/** A copy that shares nothing mutable with the original. */
export function copyMmapLock(lock: MmapLock): MmapLock {
  const { readers, writers, waiters } = lock;
  return { readers: { ...readers }, writers: { ...writers }, waiters: [...waiters] };
}

/** How `task` holds the lock. */
export function modeHeld(lock: MmapLock, task: number): LockMode {
  if (hasTask(lock.writers, task)) return 'write';
  return hasTask(lock.readers, task) ? 'read' : 'none';
}

/**
 * Whether `task` may take the lock now. A reader does not pass a writer that has waited longer; a writer needs a lock
 * that nobody holds, and may take it before others that wait (kernel/locking/rwsem.c lets it be stolen).
 */
export function canTake(lock: MmapLock, task: number, mode: 'read' | 'write'): boolean {
  if (!noTask(lock.writers)) return false;
  if (mode === 'write') return noTask(lock.readers);
  for (const waiter of lock.waiters) {
    if (waiter.task === task) return true;
    if (waiter.mode === 'write') return false;
  }
  return true;
}

/** down_read_trylock(): waiting writers do not matter. */
export function canTryRead(lock: MmapLock): boolean {
  return noTask(lock.writers);
}

/** Gives the lock to `task`, which waits no longer. */
export function take(lock: MmapLock, task: number, mode: 'read' | 'write'): void {
  stopWaiting(lock, task);
  if (mode === 'write') addTask(lock.writers, task);
  else addTask(lock.readers, task);
}

/** Takes the lock from `task`, however it holds it. */
export function drop(lock: MmapLock, task: number): void {
  removeTask(lock.writers, task);
  removeTask(lock.readers, task);
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
