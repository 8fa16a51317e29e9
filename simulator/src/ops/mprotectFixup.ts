/** mprotect_fixup() of mm/mprotect.c: mappings and their entries get another protection. */

import { EACCES, EINTR, ENOMEM } from '../errno.js';
import type { Machine } from '../machine.js';
import {
  isVmHugetlbPage,
  mergeVmas,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pteNone,
  type Vma,
  vmaIsAccessible,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { canChangePteWritable } from './canChangePteWritable.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { mkPte } from './newFolio.js';
import { inOneBatch } from './pteBatch.js';
import { splitVmasAt } from './vmaModify.js';
import { vmaStartWrite } from './vmaStartWrite.js';

export interface Protection {
  readonly read: boolean;
  readonly write: boolean;
  readonly exec: boolean;
}

/**
 * mprotect() of the pages from `start` up to `end`: 0, -ENOMEM at a hole, -EACCES where the mapping may not have it, or
 * -EINTR.
 */
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
  mergeVmas(machine.mm);
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
  const { mm, behaviour } = machine;
  const { mprotectUpgradesWrite, mprotectUpgradesWriteHuge } = behaviour.switches;
  yield* splitVmasAt(machine, start, Math.min(end, found.end));
  const vma = vmaLookup(mm, start) ?? found;
  yield* vmaStartWrite(machine, vma);
  Object.assign(vma, protection);
  yield { routine: 'mprotect_fixup', text: 'changes the flags of the mapping', page: start };
  for (const pmd of mm.pageTable) {
    const first = pmd.index * PTRS_PER_PTE;
    if (first >= vma.end || first + PTRS_PER_PTE <= vma.start) continue;
    if (pmd.huge !== null && (pmd.huge.bits & PTE.PRESENT) !== 0) {
      changePte(machine, vma, pmd.huge, mprotectUpgradesWriteHuge && !isVmHugetlbPage(vma));
      yield { routine: 'change_huge_pmd', text: 'changes the huge entry', page: first };
    }
    const ptes = pmd.ptes ?? [];
    for (const [slot, entry] of ptes.entries()) {
      const page = first + slot;
      if (entry === undefined || pteNone(entry) || page < vma.start || page >= vma.end) continue;
      changePte(machine, vma, entry, mprotectUpgradesWrite);
      const next = page + 1 < vma.end ? ptes[slot + 1] : undefined;
      if (inOneBatch(machine.state.folios, entry, next)) continue;
      yield { routine: 'change_pte_range', text: 'changes the entry', page };
    }
  }
  return vma.end;
}

/**
 * pte_modify(): the write bit comes back at once in a shared mapping that need not hear of the first write, and since
 * v6.0 (can_change_pte_writable(), for a huge entry since v6.2, in hugetlb never) for an exclusive page, or for a dirty
 * one of a shared mapping.
 */
function changePte(machine: Machine, vma: Vma, entry: Pte, upgrades: boolean): void {
  if ((entry.bits & PTE.PRESENT) === 0) {
    // make_readable_exclusive_migration_entry(); other entries say nothing of protection.
    if (entry.swap === 'migration') entry.bits &= ~PTE.WRITE;
    return;
  }
  const accessible = vmaIsAccessible(vma) ? 0 : PTE.PROTNONE;
  entry.bits = (entry.bits & ~(PTE.WRITE | PTE.PROTNONE)) | accessible | (mkPte(vma) & PTE.WRITE);
  if (upgrades && canChangePteWritable(machine, vma, entry)) entry.bits |= PTE.WRITE;
}
