/** follow_hugetlb_page() of mm/hugetlb.c: up to v6.5 the walk through a hugetlb mapping, faults included. */

import { EFAULT } from '../errno.js';
import { FAULT, FOLL, VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { leafEntry, mappedPfn, PTE, pageFolio, pteNone, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { vmFaultToErrno } from './faultinPage.js';
import { gupMustUnshare } from './followPagePte.js';
import { hugetlbFault } from './hugetlbFault.js';
import { hugetlbPagecachePresent } from './noPageTable.js';
import { faultLockDropped } from './releaseFaultLock.js';
import { fatalSignalPending } from './signals.js';
import { tryGrabFolio } from './tryGrabFolio.js';

const ROUTINE = 'follow_hugetlb_page';

/** How far it came: pages found from `start` on, and what ends the walk; null: nothing, it goes on behind the mapping. */
export interface FollowedHugetlb {
  readonly done: number;
  readonly error: number | null;
}

/**
 * Follows at most `nr` pages from `start` on, up to the end of the mapping. An `error` of 0: a fault has to be retried;
 * `locked` says whether mmap_lock is still held.
 */
export function* followHugetlbPage(
  machine: Machine,
  vma: Vma,
  start: number,
  nr: number,
  flags: number,
  pages: number[] | null,
  locked: LockedCell | null,
): Op<FollowedHugetlb> {
  const { switches } = machine.behaviour;
  let done = 0;
  while (done < nr && start + done < vma.end) {
    const page = start + done;
    if (fatalSignalPending(machine)) {
      yield { routine: ROUTINE, text: 'SIGKILL is pending: stops', gup: flags, page };
      return { done, error: -EFAULT };
    }
    const entry = leafEntry(machine.mm.pageTable, page);
    const absent = entry === null || pteNone(entry);
    if (absent && (flags & FOLL.DUMP) !== 0 && !hugetlbPagecachePresent(machine, vma, page)) {
      yield { routine: ROUTINE, text: 'FOLL_DUMP: a hole, no fault for it', gup: flags, page };
      return { done, error: -EFAULT };
    }
    const fault = absent ? 0 : neededFault(machine, vma, page, flags);
    if (fault !== null) {
      const faultFlags = faultFlagsOf(machine, flags, locked) | fault;
      yield { routine: ROUTINE, text: 'takes a fault', gup: flags, faultFlags, page };
      const ret: number = yield* hugetlbFault(machine, vma, page, faultFlags);
      if ((ret & VM_FAULT_ERROR) !== 0)
        return { done, error: switches.hugetlbErrorsByErrno ? vmFaultToErrno(ret, flags) : -EFAULT };
      if ((ret & VM_FAULT.RETRY) !== 0) {
        const dropped = !switches.hugetlbNowaitKeepsLocked || faultLockDropped(machine, ret, faultFlags);
        if (locked !== null && dropped) locked.value = 0;
        return { done, error: 0 };
      }
      continue;
    }
    const pfn = mappedPfn(machine.mm.pageTable, page);
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio === undefined) throw new NotModelled('a huge entry that maps no known folio');
    const taken = pages === null ? 'counts it' : tryGrabFolio(machine, folio, flags);
    pages?.push(pfn);
    done += 1;
    yield { routine: ROUTINE, text: `page found: ${taken}`, gup: flags, page };
  }
  return { done, error: null };
}

/** __follow_hugetlb_must_fault(): what a fault must ask for beside the flags of the call, null: none is needed. */
function neededFault(machine: Machine, vma: Vma, page: number, flags: number): number | null {
  const entry = leafEntry(machine.mm.pageTable, page);
  if (entry === null || (entry.bits & PTE.PRESENT) === 0) return 0;
  if ((entry.bits & PTE.WRITE) !== 0) return null;
  if ((flags & FOLL.WRITE) !== 0) return 0;
  const folio = pageFolio(machine.state.folios, entry.pfn);
  if (folio === undefined || !gupMustUnshare(machine, vma, folio, entry.pfn, flags)) return null;
  return FAULT.UNSHARE;
}

function faultFlagsOf(machine: Machine, flags: number, locked: LockedCell | null): number {
  const { switches } = machine.behaviour;
  let fault = (flags & FOLL.WRITE) !== 0 ? FAULT.WRITE : 0;
  const retryable = switches.hugetlbAlwaysRetryable || locked !== null;
  if (switches.hugetlbAllowsRetry && retryable) {
    fault |= FAULT.ALLOW_RETRY | (switches.killableFaults ? FAULT.KILLABLE : 0);
    if ((flags & FOLL.INTERRUPTIBLE) !== 0) fault |= FAULT.INTERRUPTIBLE;
  }
  if ((flags & FOLL.NOWAIT) !== 0) fault |= FAULT.ALLOW_RETRY | FAULT.RETRY_NOWAIT;
  if (switches.hugetlbAllowsRetry && (flags & FOLL.TRIED) !== 0) fault |= FAULT.TRIED;
  return fault;
}
