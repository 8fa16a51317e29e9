/** dup_mmap() of kernel/fork.c and copy_page_range() of mm/memory.c: a child gets a copy of the address space. */

import { EINTR } from '../errno.js';
import type { Machine } from '../machine.js';
import {
  addMm,
  copyPage,
  FOLIO,
  folioAddRmapPte,
  insertVma,
  isVmHugetlbPage,
  type Mm,
  newTaskSet,
  PTE,
  PTE_MKDIRTY,
  PTRS_PER_PTE,
  type Pte,
  pageFolio,
  pteAlloc,
  pteNone,
  userfaultfdWp,
  type Vma,
} from '../state/index.js';
import type { Op, Step } from '../trace.js';
import { copyHugePmd } from './copyHugePmd.js';
import { copyHugetlbPageRange } from './copyHugetlbPageRange.js';

import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { needsCowForDma, tryDupAnonRmap } from './mustCopy.js';
import { maybeMkwrite, mkPte, newAnonFolio } from './newFolio.js';
import { inOneBatch } from './pteBatch.js';
import { vmaStartWrite } from './vmaStartWrite.js';

/**
 * The index of the child's mm in `State.mms`, or -EINTR. The parent's mmap_lock is held for writing all the time; gup-fast,
 * which takes no lock, is kept away by write_protect_seq while entries become read-only. A userfaultfd stays with the parent.
 */
export function* dupMmap(machine: Machine): Op<number> {
  const { state, mm } = machine;
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  const child = addMm(state.mms);
  for (const vma of [...mm.vmas]) {
    yield* vmaStartWrite(machine, vma);
    if (vma.dontFork) continue;
    const made = { ...vma, locked: false, uffd: null, lockReaders: newTaskSet(), writeLocked: false };
    const copy = insertVma(child, made);
    yield* copyPageRange(machine, child, copy, vma);
  }
  yield* mmapWriteUnlock(machine, 'the address space is copied');
  return child.index;
}

/** vma_needs_copy(): what a fault can fill again is left out. */
function vmaNeedsCopy(vma: Vma): boolean {
  return vma.io || vma.anonVma || userfaultfdWp(vma) !== null || isVmHugetlbPage(vma);
}

function* copyPageRange(machine: Machine, child: Mm, copy: Vma, vma: Vma): Op<void> {
  const { mm, behaviour } = machine;
  const routine = 'copy_page_range';
  if (!vmaNeedsCopy(vma)) {
    yield { routine, text: 'nothing to copy: faults will fill it', page: vma.start };
    return;
  }
  const hugetlb = isVmHugetlbPage(vma);
  const { forkWriteProtectSeq, forkWriteProtectSeqHugetlb } = behaviour.switches;
  const counts = hugetlb ? forkWriteProtectSeqHugetlb : forkWriteProtectSeq;
  const counted = !vma.shared && vma.mayWrite && counts;
  if (counted) {
    mm.writeProtectSeq += 1;
    yield {
      routine: 'raw_write_seqcount_begin',
      text: 'write_protect_seq is odd from now on',
      page: vma.start,
    };
  }
  if (hugetlb) yield* copyHugetlbPageRange(machine, child, copy, vma);
  else yield* copyPmdRange(machine, child, copy, vma);
  if (counted) {
    mm.writeProtectSeq += 1;
    yield { routine: 'raw_write_seqcount_end', text: 'write_protect_seq is even again', page: vma.start };
  }
}

/** copy_pmd_range() */
function* copyPmdRange(machine: Machine, child: Mm, copy: Vma, vma: Vma): Op<void> {
  for (const pmd of [...machine.mm.pageTable]) {
    const first = pmd.index * PTRS_PER_PTE;
    if (first >= vma.end || first + PTRS_PER_PTE <= vma.start) continue;
    const { huge } = pmd;
    if (huge !== null && !pteNone(huge) && (yield* copyHugePmd(machine, child, vma, pmd, huge, first)))
      continue;
    const ptes = pmd.ptes ?? [];
    const batch: Batch = { pinned: null };
    for (const [slot, entry] of ptes.entries()) {
      const page = first + slot;
      if (entry === undefined || pteNone(entry) || page < vma.start || page >= vma.end) continue;
      const next = page + 1 < vma.end ? ptes[slot + 1] : undefined;
      const together = inOneBatch(machine.state.folios, entry, next);
      const present = (entry.bits & PTE.PRESENT) !== 0;
      const step = present
        ? yield* copyPresentPte(machine, child, copy, vma, entry, page, batch)
        : copyNonpresentPte(machine, child, vma, entry, page);
      if (together) continue;
      yield step;
      batch.pinned = null;
    }
  }
}

/** Entries that are copied in one step. */
interface Batch {
  /** Whether the folio may be pinned; null: it was not looked at yet. */
  pinned: boolean | null;
}

/** copy_present_ptes() of one page. */
function* copyPresentPte(
  machine: Machine,
  child: Mm,
  copy: Vma,
  vma: Vma,
  entry: Pte,
  page: number,
  batch: Batch,
): Op<Step> {
  const folio = pageFolio(machine.state.folios, entry.pfn);
  const normal = (entry.bits & PTE.SPECIAL) === 0;
  const anon = folio !== undefined && normal && (folio.bits & FOLIO.ANON) !== 0;
  if (anon) batch.pinned ??= yield* needsCowForDma(machine, folio, page);
  if (anon && tryDupAnonRmap(machine, folio, entry.pfn, batch.pinned === true)) {
    const pte = pteAlloc(child.pageTable, page);
    pte.pfn = newAnonFolio(machine, copy);
    copyPage(machine.state.folios, entry.pfn, pte.pfn);
    pte.bits = mkPte(copy) | PTE_MKDIRTY | maybeMkwrite(copy);
    return { routine: 'copy_present_page', text: 'the page may be pinned: copies it for the child', page };
  }
  if (folio !== undefined && normal) {
    folio.ref += 1;
    folioAddRmapPte(folio, entry.pfn);
  }
  if (!vma.shared && vma.mayWrite) entry.bits &= ~PTE.WRITE;
  const cleared = PTE.YOUNG | PTE.UFFD_WP | (vma.shared ? PTE.DIRTY : 0);
  Object.assign(pteAlloc(child.pageTable, page), { bits: entry.bits & ~cleared, pfn: entry.pfn });
  return { routine: 'copy_present_ptes', text: 'shares the page with the child, read-only', page };
}

/**
 * copy_nonpresent_pte(): a swap entry names its slot in both, and neither says any longer that the page is exclusive or
 * writable. The marker of a userfaultfd is not copied, since the userfaultfd is not.
 */
function copyNonpresentPte(machine: Machine, child: Mm, vma: Vma, entry: Pte, page: number): Step {
  const { slots } = machine.state;
  const slot = slots[entry.slot];
  if (entry.swap !== 'uffd-wp-marker') {
    if (slot !== undefined) slot.count += 1;
    entry.bits &= ~PTE.SWP_EXCLUSIVE;
    if (entry.swap === 'migration' && !vma.shared && vma.mayWrite) entry.bits &= ~PTE.WRITE;
    Object.assign(pteAlloc(child.pageTable, page), entry, { bits: entry.bits & ~PTE.UFFD_WP });
  }
  return { routine: 'copy_nonpresent_pte', text: 'copies an entry that maps no page', page };
}
