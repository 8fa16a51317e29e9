/** lock_mm_and_find_vma() of mm/memory.c: mmap_lock and the vma of a faulting address; a stack is grown to it. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Vma } from '../state.js';
import type { Op } from '../trace.js';
import { mmapReadTrylock, mmapReadUnlock, mmapWriteDowngrade, mmapWriteLockKillable } from './mmapLock.js';

/**
 * The vma with mmap_lock held shared, or null with it dropped. A stack grows under mmap_lock held for writing
 * (v6.5, by backport v6.1.37; commit 8d7071af8907).
 */
export function* lockMmAndFindVma(machine: Machine): Op<Vma | null> {
  const { state, behaviour } = machine;
  const routine = 'lock_mm_and_find_vma';
  if (!behaviour.switches.lockMmAndFindVma) {
    throw new NotModelled(`how v${behaviour.release} finds the vma of a fault`);
  }
  yield* mmapReadTrylock(machine);
  if (state.vma !== null) return state.vma;
  yield* mmapReadUnlock(machine, 'no mapping has the address');
  if (state.stackAbove === null) return null;
  yield* mmapWriteLockKillable(machine);
  state.vma = state.stackAbove;
  yield { routine, text: 'expand_stack_locked(): the stack grows down to the address' };
  yield* mmapWriteDowngrade(machine);
  return state.vma;
}
