/** hugetlb_fault() of mm/hugetlb.c: a fault in a mapping of huge pages. */

import { FAULT, VM_FAULT, VM_FAULT_SET } from '../flagSets.js';
import type { FaultCall, Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { hugePageStart, PTE, type Pte, pmdAlloc, pteNone, userfaultfdWp, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { handleUserfault, userfaultfdWpAsync } from './handleUserfault.js';
import { hugetlbNoPage } from './hugetlbNoPage.js';
import { hugetlbWp } from './hugetlbWp.js';
import { vmaEndRead } from './releaseFaultLock.js';

/** A VM_FAULT_ mask. GUP calls it directly up to v6.5, otherwise handle_mm_fault() does. */
export function* hugetlbFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const call: FaultCall = { fn: 'hugetlb_fault', page, flags, ret: 0 };
  machine.notes.faults.push(call);
  machine.notes.lockDropped = false;
  yield { routine: 'hugetlb_fault', text: 'enters', faultFlags: flags, page };
  call.ret = yield* fault(machine, vma, page, flags);
  yield {
    routine: 'hugetlb_fault',
    text: `returns ${VM_FAULT_SET.list(call.ret).join('|') || '0'}`,
    faultFlags: flags,
    page,
  };
  return call.ret;
}

function* fault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  if ((flags & FAULT.VMA_LOCK) !== 0 && !machine.behaviour.switches.vmaLockHugetlb) {
    yield* vmaEndRead(machine, vma, 'hugetlb wants mmap_lock');
    return VM_FAULT.RETRY;
  }
  const { huge } = pmdAlloc(machine.mm.pageTable, page);
  if (huge === null || pteNone(huge)) return yield* hugetlbNoPage(machine, vma, page, flags);
  if ((huge.bits & PTE.PRESENT) === 0) return yield* notPresent(huge, page, flags);
  const write = (flags & FAULT.WRITE) !== 0;
  const wp = write && (huge.bits & (PTE.UFFD_WP | PTE.WRITE)) === PTE.UFFD_WP ? userfaultfdWp(vma) : null;
  if (wp !== null && !userfaultfdWpAsync(wp))
    return yield* handleUserfault(machine, vma, wp, page, flags, 'wp');
  if (wp !== null) huge.bits &= ~PTE.UFFD_WP;
  if ((flags & (FAULT.WRITE | FAULT.UNSHARE)) !== 0 && (huge.bits & PTE.WRITE) === 0)
    return yield* hugetlbWp(machine, vma, huge, hugePageStart(page), flags);
  // huge_ptep_set_access_flags() of x86 writes the entry only for a write fault.
  if (write) huge.bits |= PTE.DIRTY | PTE.YOUNG;
  const text = write ? 'the entry is writable: marks it dirty' : 'the entry is present: nothing to do';
  yield { routine: 'hugetlb_fault', text, faultFlags: flags, page };
  return 0;
}

/** Of a poisoned page: an error with the size of the page. */
function* notPresent(entry: Pte, page: number, flags: number): Op<number> {
  if (entry.swap !== 'hwpoison' && entry.swap !== 'poison-marker')
    throw new NotModelled('a hugetlb entry that is being migrated');
  yield { routine: 'hugetlb_fault', text: 'a poisoned huge page', faultFlags: flags, page };
  return VM_FAULT.HWPOISON_LARGE;
}
