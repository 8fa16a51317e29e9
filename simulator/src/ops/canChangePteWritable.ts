/** can_change_pte_writable() of mm/mprotect.c: whether an entry may become writable without a write fault. */

import type { Machine } from '../machine.js';
import { PTE, type Pte, pageAnonExclusive, pageFolio, type Vma } from '../state/index.js';

/** Nobody waits for that fault: not copy on write, not the file system, not a userfaultfd, not soft-dirty tracking. */
export function canChangePteWritable({ state }: Machine, vma: Vma, entry: Pte): boolean {
  if (!vma.write || (entry.bits & (PTE.PROTNONE | PTE.UFFD_WP)) !== 0) return false;
  if (pteNeedsSoftDirtyWp(vma, entry)) return false;
  if (vma.shared) return (entry.bits & PTE.DIRTY) !== 0;
  const folio = pageFolio(state.folios, entry.pfn);
  return (entry.bits & PTE.SPECIAL) === 0 && folio !== undefined && pageAnonExclusive(folio, entry.pfn);
}

/** pte_needs_soft_dirty_wp(): the next write has to fault, so that the entry gets its soft-dirty bit. */
export function pteNeedsSoftDirtyWp(vma: Vma, entry: Pte): boolean {
  return !vma.softDirty && (entry.bits & PTE.SOFT_DIRTY) === 0;
}
