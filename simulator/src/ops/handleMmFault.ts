/** handle_mm_fault() and handle_pte_fault() of mm/memory.c: from the entry that is there to the routine for it. */

import { FAULT, VM_FAULT, VM_FAULT_SET } from '../flagSets.js';
import type { FaultCall, Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  isVmHugetlbPage,
  type Pmd,
  PTE,
  PTE_MKDIRTY,
  type Pte,
  pmdOffset,
  pteNone,
  pteOffset,
  userfaultfdWp,
  type Vma,
  vmaIsAccessible,
  vmaIsAnonymous,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { archVmaAccessPermitted } from './archVmaAccessPermitted.js';
import { doAnonymousPage } from './doAnonymousPage.js';
import { doFault } from './doFault.js';
import { doHugePmdAnonymousPage, thpAllowed } from './doHugePmdAnonymousPage.js';
import { doHugePmdNumaPage } from './doHugePmdNumaPage.js';
import { doHugePmdWpPage } from './doHugePmdWpPage.js';
import { doNumaPage } from './doNumaPage.js';
import { doSwapPage } from './doSwapPage.js';
import { doWpPage } from './doWpPage.js';
import { handleUserfault, userfaultfdWpAsync } from './handleUserfault.js';
import { hugetlbFault } from './hugetlbFault.js';
import { splitHugePmd } from './splitHugePmd.js';

/** A VM_FAULT_ mask. mmap_lock has been dropped if it has RETRY and `flags` not RETRY_NOWAIT. */
export function* handleMmFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const call: FaultCall = { fn: 'handle_mm_fault', page, flags, ret: 0 };
  machine.notes.faults.push(call);
  machine.notes.lockDropped = false;
  yield { routine: 'handle_mm_fault', text: 'enters', faultFlags: flags, page };
  const write = (flags & FAULT.WRITE) !== 0;
  const foreign = (flags & FAULT.REMOTE) !== 0;
  const execute = (flags & FAULT.INSTRUCTION) !== 0;
  if (!archVmaAccessPermitted(machine, vma, write, foreign, execute)) call.ret = VM_FAULT.SIGSEGV;
  else if (isVmHugetlbPage(vma)) call.ret = yield* hugetlbFault(machine, vma, page, flags);
  else call.ret = yield* handlePmdFault(machine, vma, page, flags);
  yield {
    routine: 'handle_mm_fault',
    text: `returns ${VM_FAULT_SET.list(call.ret).join('|') || '0'}`,
    faultFlags: flags,
    fault: VM_FAULT_SET.list(call.ret),
    page,
  };
  return call.ret;
}

/** __handle_mm_fault() from the level of the PMD on. */
function* handlePmdFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const pmd = pmdOffset(machine.mm.pageTable, page);
  const huge = pmd?.huge ?? null;
  if (pmd === null || huge === null) {
    const none = pmd === null || pmd.ptes === null;
    if (none && thpAllowed(vma, page)) return yield* doHugePmdAnonymousPage(machine, vma, page, flags);
    return yield* handlePteFault(machine, vma, page, flags);
  }
  if ((huge.bits & PTE.PRESENT) === 0) throw new NotModelled('a huge entry that is being migrated');
  if ((huge.bits & PTE.PROTNONE) !== 0 && mayHaveNumaHints(machine, vma)) {
    return yield* doHugePmdNumaPage(machine, vma, huge, page, flags);
  }
  if ((flags & (FAULT.WRITE | FAULT.UNSHARE)) === 0 || (huge.bits & PTE.WRITE) !== 0) {
    yield* touchEntry(huge, 'huge_pmd_set_accessed', page, flags);
    return 0;
  }
  const ret = yield* wpHugePmd(machine, vma, pmd, huge, page, flags);
  return ret ?? (yield* handlePteFault(machine, vma, page, flags));
}

/** wp_huge_pmd(): a VM_FAULT_ mask, or null (VM_FAULT_FALLBACK) once the entry is split. */
function* wpHugePmd(
  machine: Machine,
  vma: Vma,
  pmd: Pmd,
  huge: Pte,
  page: number,
  flags: number,
): Op<number | null> {
  const protects = (flags & FAULT.UNSHARE) === 0 && (huge.bits & PTE.UFFD_WP) !== 0;
  const uffd = protects ? userfaultfdWp(vma) : null;
  if (uffd === null) return yield* doHugePmdWpPage(machine, vma, pmd, huge, page, flags);
  if (!userfaultfdWpAsync(uffd)) return yield* handleUserfault(machine, vma, uffd, page, flags, 'wp');
  yield* splitHugePmd(machine, vma, pmd, page);
  return null;
}

function* handlePteFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const pte = pteOffset(machine.mm.pageTable, page);
  if (pte === null || pteNone(pte)) {
    if (!vmaIsAnonymous(vma)) return yield* doFault(machine, vma, page, flags);
    return yield* doAnonymousPage(machine, vma, page, flags);
  }
  if ((pte.bits & PTE.PRESENT) === 0) {
    const unshare = (flags & FAULT.UNSHARE) !== 0 && machine.behaviour.switches.unshareByMapcount;
    return unshare ? 0 : yield* doSwapPage(machine, vma, pte, page, flags);
  }
  if ((pte.bits & PTE.PROTNONE) !== 0 && mayHaveNumaHints(machine, vma)) {
    return yield* doNumaPage(machine, vma, pte, page, flags);
  }
  if ((flags & (FAULT.WRITE | FAULT.UNSHARE)) !== 0 && (pte.bits & PTE.WRITE) === 0) {
    return yield* doWpPage(machine, vma, pte, page, flags);
  }
  yield* touchEntry(pte, 'handle_pte_fault', page, flags);
  return 0;
}

/** A PROT_NONE entry of a vma that nobody may access is no hint. */
function mayHaveNumaHints({ behaviour }: Machine, vma: Vma): boolean {
  return vmaIsAccessible(vma) || !behaviour.switches.numaHintChecksVma;
}

/**
 * The entry is good already: accessed and dirty bits. ptep_set_access_flags() and pmdp_set_access_flags() of x86 write the entry
 * only for a write fault, so a read leaves it as it is.
 */
function* touchEntry(pte: Pte, routine: string, page: number, flags: number): Op<void> {
  const write = (flags & FAULT.WRITE) !== 0;
  if (write) pte.bits |= PTE_MKDIRTY | PTE.YOUNG;
  yield {
    routine,
    text: write ? 'the entry is writable: marks it dirty' : 'the entry is present: nothing to do',
    faultFlags: flags,
    page,
  };
}
