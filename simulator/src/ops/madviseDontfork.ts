/** madvise_vma_behavior() of mm/madvise.c: MADV_DONTFORK and MADV_DOFORK. */

import { EINTR, ENOMEM } from '../errno.js';
import type { Machine } from '../machine.js';
import { mergeVmas, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { splitVmasAt } from './vmaModify.js';
import { vmaStartWrite } from './vmaStartWrite.js';

/** madvise() of the pages from `start` up to `end`: 0, -ENOMEM at a hole, or -EINTR. `dontFork` false is MADV_DOFORK. */
export function* madviseDontfork(
  machine: Machine,
  start: number,
  end: number,
  dontFork: boolean,
): Op<number> {
  const { mm } = machine;
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  yield* splitVmasAt(machine, start, end);
  let ret = 0;
  for (let page = start; page < end; ) {
    const vma = vmaLookup(mm, page);
    if (vma === null) {
      ret = -ENOMEM;
      break;
    }
    yield* vmaStartWrite(machine, vma);
    vma.dontFork = dontFork;
    page = vma.end;
  }
  mergeVmas(mm);
  const text = dontFork ? 'a child will do without it' : 'a child will have it';
  yield { routine: 'madvise_vma_behavior', text, page: start };
  yield* mmapWriteUnlock(machine, 'done');
  return ret;
}
