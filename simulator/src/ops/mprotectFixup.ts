/** mprotect_fixup() of mm/mprotect.c: mappings and their entries get another protection. */

import { EACCES, EINTR, ENOMEM } from '../errno.js';
import type { Machine } from '../machine.js';
import {
  PTE,
  type Pte,
  populatedPages,
  splitVma,
  type Vma,
  vmaIsAccessible,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { canChangePteWritable } from './canChangePteWritable.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { mkPte } from './newFolio.js';
import { vmaStartWrite } from './vmaStartWrite.js';

export interface Protection {
  readonly read: boolean;
  readonly write: boolean;
  readonly exec: boolean;
}

/** mprotect() of the pages from `start` up to `end`: 0, -ENOMEM at a hole, -EACCES where the mapping may not have it, or -EINTR. */
export function* doMprotectPkey(
  machine: Machine,
  start: number,
  end: number,
  protection: Protection,
): Op<number> {
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  let ret = 0;
  for (let page = start; page < end && ret === 0; ) {
    const vma = vmaLookup(machine.mm, page);
    if (vma === null) ret = -ENOMEM;
    else if ((protection.write && !vma.mayWrite) || (protection.read && !vma.mayRead)) ret = -EACCES;
    else page = yield* mprotectFixup(machine, vma, page, end, protection);
  }
  yield* mmapWriteUnlock(machine, 'done');
  return ret;
}

/** The first page behind what it changed. */
function* mprotectFixup(
  machine: Machine,
  found: Vma,
  start: number,
  end: number,
  protection: Protection,
): Op<number> {
  const { mm } = machine;
  if (end < found.end) splitVma(mm, found, end);
  if (start > found.start) splitVma(mm, found, start);
  const vma = vmaLookup(mm, start) ?? found;
  yield* vmaStartWrite(machine, vma);
  Object.assign(vma, protection);
  yield { routine: 'mprotect_fixup', text: 'changes the flags of the mapping', page: start };
  for (const [page, entry] of populatedPages(mm.pageTable, vma.start, vma.end)) {
    changePte(machine, vma, entry);
    yield { routine: 'change_pte_range', text: 'changes the entry', page };
  }
  return vma.end;
}

/**
 * pte_modify(): the write bit comes back at once in a shared mapping that need not hear of the first write, and since v6.0
 * (can_change_pte_writable()) for an exclusive page, or for a dirty one of a shared mapping.
 */
function changePte(machine: Machine, vma: Vma, entry: Pte): void {
  if ((entry.bits & PTE.PRESENT) === 0) {
    // make_readable_exclusive_migration_entry(); other entries say nothing of protection.
    if (entry.swap === 'migration') entry.bits &= ~PTE.WRITE;
    return;
  }
  const accessible = vmaIsAccessible(vma) ? 0 : PTE.PROTNONE;
  entry.bits = (entry.bits & ~(PTE.WRITE | PTE.PROTNONE)) | accessible | (mkPte(vma) & PTE.WRITE);
  if (machine.behaviour.switches.mprotectUpgradesWrite && canChangePteWritable(machine, vma, entry))
    entry.bits |= PTE.WRITE;
}
