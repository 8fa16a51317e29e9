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

/** mmap_read_trylock(): it succeeds, since nobody else holds it in a single thread. */
export function* mmapReadTrylock(machine: Machine): Op<void> {
  yield* takeRead(machine, 'mmap_read_trylock');
}

/** mmap_write_lock_killable(): alone it never waits, so it does not fail. */
export function* mmapWriteLockKillable(machine: Machine): Op<void> {
  const { state, notes } = machine;
  const routine = 'mmap_write_lock_killable';
  if (state.lock !== 'none') throw new NotModelled('mmap_lock is taken by a task that already holds it');
  notes.lockEvents.push('start_write');
  yield { routine, text: 'asks for mmap_lock, exclusive', lockEvent: 'start_write' };
  state.lock = 'write';
  notes.lockEvents.push('acquired_write');
  yield { routine, text: 'holds mmap_lock, exclusive', lockEvent: 'acquired_write' };
}

/** mmap_write_unlock(). `why` is shown in the trace. */
export function* mmapWriteUnlock(machine: Machine, why: string): Op<void> {
  machine.state.lock = 'none';
  machine.notes.lockEvents.push('release_write');
  yield { routine: 'mmap_write_unlock', text: `drops mmap_lock: ${why}`, lockEvent: 'release_write' };
}

/** mmap_write_downgrade() */
export function* mmapWriteDowngrade(machine: Machine): Op<void> {
  machine.state.lock = 'read';
  machine.notes.lockEvents.push('downgrade');
  yield {
    routine: 'mmap_write_downgrade',
    text: 'holds mmap_lock shared from now on',
    lockEvent: 'downgrade',
  };
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
