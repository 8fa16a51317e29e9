/** clear_refs_write() of fs/proc/task_mmu.c: 4 to /proc/self/clear_refs, which clears the soft-dirty bits. */

import { EINTR } from '../errno.js';
import type { Machine } from '../machine.js';
import { entriesOf, isVmHugetlbPage, PTE, type Pte, pageFolio, pincount, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';

/**
 * 0 or -EINTR. From now on the first write to each page of the mm has to fault, so that it leaves its mark; hugetlb has
 * none.
 */
export function* clearSoftDirty(machine: Machine): Op<number> {
  const { mm } = machine;
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  for (const vma of mm.vmas) vma.softDirty = false;
  yield { routine: 'clear_refs_write', text: 'every mapping is tracked from now on' };
  for (const vma of mm.vmas) {
    if (isVmHugetlbPage(vma)) continue;
    for (const entry of entriesOf(mm.pageTable, vma.start, vma.end)) clearEntry(machine, vma, entry);
    yield { routine: 'clear_soft_dirty', text: 'makes the entries read-only', page: vma.start };
  }
  yield* mmapWriteUnlock(machine, 'done');
  return 0;
}

function clearEntry(machine: Machine, vma: Vma, entry: Pte): void {
  if (isPinned(machine, vma, entry)) return;
  const write = (entry.bits & PTE.PRESENT) !== 0 ? PTE.WRITE : 0;
  entry.bits &= ~(PTE.SOFT_DIRTY | write);
}

/** pte_is_pinned(): asked of entries of PTE level only, and of those that are writable. */
function isPinned({ state, mm, behaviour }: Machine, vma: Vma, entry: Pte): boolean {
  const folio = pageFolio(state.folios, entry.pfn);
  if (!behaviour.switches.softDirtySkipsPinned || vma.shared || !mm.hasPinned || folio === undefined)
    return false;
  return (entry.bits & PTE.WRITE) !== 0 && folio.entireMap === 0 && pincount(folio) > 0;
}
