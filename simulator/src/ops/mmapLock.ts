/** mmap_lock of the modelled mm as the calling task takes and drops it (include/linux/mmap_lock.h). */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Op } from '../trace.js';

/** mmap_read_lock(): waits for it; nobody else holds it in a single thread. */
export function* mmapReadLock(machine: Machine): Op<void> {
  yield* takeRead(machine, 'mmap_read_lock');
}

/**
 * mmap_read_lock_killable(). Returns 0: it fails only if it has to wait with a SIGKILL pending, and alone it never
 * waits (down_read_killable() tries first).
 */
export function* mmapReadLockKillable(machine: Machine): Op<number> {
  yield* takeRead(machine, 'mmap_read_lock_killable');
  return 0;
}

function* takeRead(machine: Machine, routine: string): Op<void> {
  const { state, notes } = machine;
  if (state.lock !== 'none') throw new NotModelled('mmap_lock is taken by a task that already holds it');
  notes.lockEvents.push('start_read');
  yield { routine, text: 'asks for mmap_lock, shared', lockEvent: 'start_read' };
  state.lock = 'read';
  notes.lockEvents.push('acquired_read');
  yield { routine, text: 'holds mmap_lock, shared', lockEvent: 'acquired_read' };
}

/** mmap_read_unlock(). `why` is shown in the trace. */
export function* mmapReadUnlock(machine: Machine, why: string): Op<void> {
  const { state, notes } = machine;
  if (state.lock !== 'read')
    throw new NotModelled(`mmap_read_unlock() while mmap_lock is ${held(state.lock)}`);
  state.lock = 'none';
  notes.lockEvents.push('release_read');
  yield { routine: 'mmap_read_unlock', text: `drops mmap_lock: ${why}`, lockEvent: 'release_read' };
}

function held(mode: 'none' | 'write'): string {
  return mode === 'none' ? 'not held' : 'held for writing';
}
