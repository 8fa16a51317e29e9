/**
 * The userfaultfd monitor as a task of its own: read() of the descriptor and its ioctls (fs/userfaultfd.c). It answers
 * faults of a userfaultfd that has no plan.
 */

import { EEXIST, EFAULT, ENOENT } from '../errno.js';
import type { Machine } from '../machine.js';
import {
  isVmHugetlbPage,
  leafEntry,
  linearPageIndex,
  PTE,
  pteNone,
  userfaultfdWp,
  type Vma,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mfillAtomicContinue, mfillAtomicCopy, mfillAtomicZeropage } from './mfillAtomic.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { isUffdWpMarker } from './setMissingPte.js';
import { uffdWpResolve } from './uffdWpRange.js';

/** read() of the userfaultfd with that index in `State.uffds`: waits for a fault, and gives the page it is about. */
export function* userfaultfdRead({ state }: Machine, uffd: number): Op<number> {
  const wait = { lock: 'userfaultfd', uffd } as const;
  yield { routine: 'userfaultfd_ctx_read', text: 'waits for a fault', wait };
  const waiter = state.uffds[uffd]?.waiters.find(({ read }) => !read);
  if (waiter === undefined) return -EFAULT;
  waiter.read = true;
  const { page } = waiter;
  yield { routine: 'userfaultfd_ctx_read', text: 'reads of a fault', page };
  return page;
}

/** UFFDIO_COPY of one page: 0, -ENOENT where no userfaultfd is registered, or -EEXIST if a page is there. Wakes who waits for the page. */
export function* uffdioCopy(machine: Machine, page: number, value: string): Op<number> {
  return yield* mfill(machine, page, 'UFFDIO_COPY: fills the page', vma =>
    mfillAtomicCopy(machine, vma, page, value),
  );
}

/** UFFDIO_ZEROPAGE of one page, as {@link uffdioCopy}. */
export function* uffdioZeropage(machine: Machine, page: number): Op<number> {
  return yield* mfill(machine, page, 'UFFDIO_ZEROPAGE', vma => mfillAtomicZeropage(machine, vma, page));
}

/** UFFDIO_CONTINUE of one page, as {@link uffdioCopy}; -EFAULT if the page cache has none. */
export function* uffdioContinue(machine: Machine, page: number): Op<number> {
  return yield* mfill(
    machine,
    page,
    'UFFDIO_CONTINUE: maps the page of the page cache',
    vma => mfillAtomicContinue(machine, vma, page),
    true,
  );
}

function* mfill(
  machine: Machine,
  page: number,
  text: string,
  put: (vma: Vma) => void,
  wantsCached = false,
): Op<number> {
  yield* mmapReadLock(machine);
  const vma = vmaLookup(machine.mm, page);
  const uffd = vma?.uffd ?? null;
  const ret = vma === null || uffd === null ? -ENOENT : refusal(machine, vma, page, wantsCached);
  if (vma !== null && ret === 0) put(vma);
  yield { routine: 'mfill_atomic', text: ret === 0 ? text : `${text}: fails with ${ret}`, page };
  yield* mmapReadUnlock(machine, 'done');
  if (ret === 0 && uffd !== null) yield* userfaultfdWake(machine, uffd.index, page);
  return ret;
}

/** 0, or why the page cannot be filled; looked at under the page-table lock. */
function refusal(machine: Machine, vma: Vma, page: number, wantsCached: boolean): number {
  const entry = leafEntry(machine.mm.pageTable, page);
  if (entry !== null && !pteNone(entry) && !isUffdWpMarker(entry)) return -EEXIST;
  const file = machine.state.files[vma.file];
  const cached = file !== undefined && vma.shared && (file.pages[linearPageIndex(vma, page)] ?? -1) >= 0;
  if (wantsCached) return cached ? 0 : -EFAULT;
  return cached ? -EEXIST : 0;
}

/** UFFDIO_WRITEPROTECT of one page: protects it, or takes the protection away and wakes who waits. 0 or -ENOENT. */
export function* uffdioWriteprotect(machine: Machine, page: number, protect: boolean): Op<number> {
  yield* mmapReadLock(machine);
  const vma = vmaLookup(machine.mm, page);
  const uffd = vma === null || isVmHugetlbPage(vma) ? null : userfaultfdWp(vma);
  if (vma !== null && uffd !== null) {
    const entry = leafEntry(machine.mm.pageTable, page);
    if (!protect) uffdWpResolve(machine, vma, page, page + 1);
    else if (entry !== null && (entry.bits & PTE.PRESENT) !== 0)
      entry.bits = (entry.bits & ~PTE.WRITE) | PTE.UFFD_WP;
  }
  const text = protect ? 'protects the page' : 'takes the protection away';
  yield { routine: 'mwriteprotect_range', text: uffd === null ? '-ENOENT' : text, page };
  yield* mmapReadUnlock(machine, 'done');
  if (uffd === null) return -ENOENT;
  if (!protect) yield* userfaultfdWake(machine, uffd.index, page);
  return 0;
}

/** UFFDIO_WAKE, wake_userfault(): those that wait for the page go on, and find out by themselves whether it is there. */
export function* userfaultfdWake({ state }: Machine, uffd: number, page: number): Op<void> {
  for (const waiter of state.uffds[uffd]?.waiters ?? []) if (waiter.page === page) waiter.woken = true;
  yield { routine: 'wake_userfault', text: 'wakes those that wait for the page', page };
}
