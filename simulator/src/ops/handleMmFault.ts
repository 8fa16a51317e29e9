/** handle_mm_fault() and handle_pte_fault() of mm/memory.c, for small pages of anonymous memory and drivers. */

import { FAULT, VM_FAULT, VM_FAULT_SET } from '../flagSets.js';
import type { FaultCall, Machine } from '../machine.js';
import {
  isVmHugetlbPage,
  PTE,
  type Pte,
  pteNone,
  pteOffset,
  type Vma,
  vmaIsAccessible,
  vmaIsAnonymous,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { archVmaAccessPermitted } from './archVmaAccessPermitted.js';
import { doAnonymousPage } from './doAnonymousPage.js';
import { doFault } from './doFault.js';
import { doNumaPage } from './doNumaPage.js';
import { doSwapPage } from './doSwapPage.js';
import { doWpPage } from './doWpPage.js';
import { hugetlbFault } from './hugetlbFault.js';

/** A VM_FAULT_ mask. mmap_lock has been dropped if it has RETRY and `flags` not RETRY_NOWAIT. */
export function* handleMmFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const call: FaultCall = { fn: 'handle_mm_fault', page, flags, ret: 0 };
  machine.notes.faults.push(call);
  yield { routine: 'handle_mm_fault', text: 'enters', faultFlags: flags, page };
  const write = (flags & FAULT.WRITE) !== 0;
  const foreign = (flags & FAULT.REMOTE) !== 0;
  const execute = (flags & FAULT.INSTRUCTION) !== 0;
  if (!archVmaAccessPermitted(machine, vma, write, foreign, execute)) call.ret = VM_FAULT.SIGSEGV;
  else if (isVmHugetlbPage(vma)) call.ret = yield* hugetlbFault(machine, vma, page, flags);
  else call.ret = yield* handlePteFault(machine, vma, page, flags);
  yield {
    routine: 'handle_mm_fault',
    text: `returns ${VM_FAULT_SET.list(call.ret).join('|') || '0'}`,
    faultFlags: flags,
    fault: VM_FAULT_SET.list(call.ret),
    page,
  };
  return call.ret;
}

function* handlePteFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const pte = pteOffset(machine.mm.pageTable, page);
  if (pte === null || pteNone(pte)) {
    if (!vmaIsAnonymous(vma)) return yield* doFault(machine, vma, page, flags);
    return yield* doAnonymousPage(machine, vma, page, flags);
  }
  if ((pte.bits & PTE.PRESENT) === 0) return yield* doSwapPage(machine, vma, pte, page, flags);
  if ((pte.bits & PTE.PROTNONE) !== 0 && vmaIsAccessible(vma)) {
    return yield* doNumaPage(machine, vma, pte, page, flags);
  }
  if ((flags & (FAULT.WRITE | FAULT.UNSHARE)) !== 0 && (pte.bits & PTE.WRITE) === 0) {
    return yield* doWpPage(machine, vma, pte, page, flags);
  }
  yield* touchEntry(pte, page, flags);
  return 0;
}

/**
 * The entry is good already: accessed and dirty bits. ptep_set_access_flags() of x86 writes the entry only for a write
 * fault, so a read leaves it as it is.
 */
function* touchEntry(pte: Pte, page: number, flags: number): Op<void> {
  const write = (flags & FAULT.WRITE) !== 0;
  if (write) pte.bits |= PTE.DIRTY | PTE.YOUNG;
  yield {
    routine: 'handle_pte_fault',
    text: write ? 'the entry is writable: marks it dirty' : 'the entry is present: nothing to do',
    faultFlags: flags,
    page,
  };
}
