/** expand_stack() of mm/mmap.c: a mapping that grows is extended to an address below (v6.5; by backport v6.1.37). */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Vma } from '../state.js';
import type { Op } from '../trace.js';
import { mmapReadUnlock, mmapWriteDowngrade, mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';

/** Called with mmap_lock held shared. The vma, with mmap_lock held as before, or null with it dropped. */
export function* expandStack(machine: Machine): Op<Vma | null> {
  const { state, behaviour } = machine;
  if (!behaviour.switches.lockMmAndFindVma) throw new NotModelled(`how v${behaviour.release} grows a stack`);
  yield* mmapReadUnlock(machine, 'a stack grows under the lock for writing');
  yield* mmapWriteLockKillable(machine);
  if (state.stackAbove === null) {
    yield* mmapWriteUnlock(machine, 'nothing there that grows');
    return null;
  }
  state.vma = state.stackAbove;
  yield { routine: 'expand_stack', text: 'the stack grows down to the address' };
  yield* mmapWriteDowngrade(machine);
  return state.vma;
}
