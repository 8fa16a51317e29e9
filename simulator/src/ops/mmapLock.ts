/**
 * mmap_lock of the machine's mm as the running task takes and drops it (include/linux/mmap_lock.h). A task alone waits
 * for nobody; a lock it holds already, it would wait for for ever, which is outside the model.
 */

import { EINTR } from '../errno.js';
import type { Machine } from '../machine.js';
import { LockMisuse } from '../notModelled.js';
import {
  canTake,
  canTryRead,
  drop,
  type LockMode,
  modeHeld,
  startWaiting,
  stopWaiting,
  take,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { fatalSignalPending } from './signals.js';

/** mmap_read_lock(): waits for it. */
export function* mmapReadLock(machine: Machine): Op<void> {
  yield* acquire(machine, 'mmap_read_lock', 'read', false);
}

/** mmap_read_lock_killable(): 0, or -EINTR if it had to wait and a SIGKILL came; it tries first (down_read_killable()). */
export function* mmapReadLockKillable(machine: Machine): Op<number> {
  return yield* acquire(machine, 'mmap_read_lock_killable', 'read', true);
}

/** mmap_read_trylock(): whether it holds the lock now. */
export function* mmapReadTrylock(machine: Machine): Op<boolean> {
  const routine = 'mmap_read_trylock';
  yield* start(machine, routine, 'read', machine.behaviour.switches.mmapLockTraced);
  const { mmapLock } = machine.mm;
  if (!canTryRead(mmapLock)) {
    yield { routine, text: 'mmap_lock is held exclusively: does not wait' };
    return false;
  }
  yield* taken(machine, routine, 'read');
  return true;
}

/** mmap_write_lock_killable(): 0, or -EINTR if it had to wait and a SIGKILL came. */
export function* mmapWriteLockKillable(machine: Machine): Op<number> {
  return yield* acquire(machine, 'mmap_write_lock_killable', 'write', true);
}

/** mmap_write_unlock(). `why` is shown in the trace. */
export function* mmapWriteUnlock(machine: Machine, why: string): Op<void> {
  expectHeld(machine, 'mmap_write_unlock', 'write');
  vmaEndWriteAll(machine);
  drop(machine.mm.mmapLock, machine.current.index);
  machine.notes.lockEvents.push('release_write');
  yield { routine: 'mmap_write_unlock', text: `drops mmap_lock: ${why}`, lockEvent: 'release_write' };
}

/** mmap_write_downgrade() */
export function* mmapWriteDowngrade(machine: Machine): Op<void> {
  const { mmapLock } = machine.mm;
  const task = machine.current.index;
  expectHeld(machine, 'mmap_write_downgrade', 'write');
  vmaEndWriteAll(machine);
  drop(mmapLock, task);
  take(mmapLock, task, 'read');
  machine.notes.lockEvents.push('downgrade');
  yield {
    routine: 'mmap_write_downgrade',
    text: 'holds mmap_lock shared from now on',
    lockEvent: 'downgrade',
  };
}

/** mmap_read_unlock(). `why` is shown in the trace. */
export function* mmapReadUnlock(machine: Machine, why: string): Op<void> {
  expectHeld(machine, 'mmap_read_unlock', 'read');
  drop(machine.mm.mmapLock, machine.current.index);
  machine.notes.lockEvents.push('release_read');
  yield { routine: 'mmap_read_unlock', text: `drops mmap_lock: ${why}`, lockEvent: 'release_read' };
}

function* acquire(machine: Machine, routine: string, mode: 'read' | 'write', killable: boolean): Op<number> {
  const { mmapLock, index: mm } = machine.mm;
  const task = machine.current.index;
  yield* start(machine, routine, mode, true);
  if (!canTake(mmapLock, task, mode)) {
    startWaiting(mmapLock, task, mode);
    yield { routine, text: 'waits for mmap_lock', wait: { lock: 'mmap_lock', mm, mode, killable } };
    if (!canTake(mmapLock, task, mode) && killable && fatalSignalPending(machine)) {
      stopWaiting(mmapLock, task);
      yield { routine, text: 'SIGKILL ends the wait: -EINTR' };
      return -EINTR;
    }
  }
  yield* taken(machine, routine, mode);
  return 0;
}

/** `noticed`: recordings show that the lock is asked for. Up to v5.10, without tracepoints, a trylock shows only its success. */
function* start(machine: Machine, routine: string, mode: 'read' | 'write', noticed: boolean): Op<void> {
  if (modeHeld(machine.mm.mmapLock, machine.current.index) !== 'none')
    throw new LockMisuse('mmap_lock is taken by a task that already holds it');
  const lockEvent = `start_${mode}`;
  if (noticed) machine.notes.lockEvents.push(lockEvent);
  yield { routine, text: `asks for mmap_lock, ${HOW[mode]}`, ...(noticed && { lockEvent }) };
}

function* taken(machine: Machine, routine: string, mode: 'read' | 'write'): Op<void> {
  take(machine.mm.mmapLock, machine.current.index, mode);
  const lockEvent = `acquired_${mode}`;
  machine.notes.lockEvents.push(lockEvent);
  yield { routine, text: `holds mmap_lock, ${HOW[mode]}`, lockEvent };
}

const HOW = { read: 'shared', write: 'exclusive' } as const;

const HELD: Readonly<Record<LockMode, string>> = {
  none: 'not held',
  read: 'held for reading',
  write: 'held for writing',
};

function expectHeld({ mm, current }: Machine, routine: string, mode: LockMode): void {
  const held = modeHeld(mm.mmapLock, current.index);
  if (held !== mode) throw new LockMisuse(`${routine}() while mmap_lock is ${HELD[held]}`);
}

/** vma_end_write_all() */
function vmaEndWriteAll({ mm }: Machine): void {
  for (const vma of mm.vmas) vma.writeLocked = false;
}
