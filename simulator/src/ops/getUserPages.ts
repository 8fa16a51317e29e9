/** __get_user_pages() of mm/gup.c: the slow walk, page by page. */

import {
  EAGAIN,
  EBUSY,
  EEXIST,
  EFAULT,
  EINTR,
  EINVAL,
  EMLINK,
  ENOENT,
  ENOMEM,
  ERESTARTSYS,
  returnName,
} from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { isVmHugetlbPage, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { checkVmaFlags } from './checkVmaFlags.js';
import { faultinPage } from './faultinPage.js';
import { findExtendVma } from './findExtendVma.js';
import { type FollowedHugetlb, followHugetlbPage } from './followHugetlbPage.js';
import { followPageMask } from './followPageMask.js';
import { NO_PAGE } from './noPageTable.js';
import { fatalSignalPending } from './signals.js';

/**
 * Number of pages found from `start` on (0 or more; appended to `pages` unless that is null), or an error if there was none. 0 with
 * nr > 0: a fault has to be retried; `locked` says whether mmap_lock is still held. The contract of FOLL_UNLOCKABLE (v6.3) is
 * that somebody is told: who passes the flag passes `locked` too, as faultin_vma_page_range() does without looking.
 */
export function* getUserPages(
  machine: Machine,
  start: number,
  nr: number,
  gupFlags: number,
  pages: number[] | null,
  locked: LockedCell | null,
): Op<number> {
  if ((gupFlags & FOLL.UNLOCKABLE) !== 0 && locked === null)
    throw new NotModelled('FOLL_UNLOCKABLE without a locked pointer: nobody is told that the lock is gone');
  const call = { flags: gupFlags, nr, lockedGiven: locked !== null, ret: 0 };
  machine.notes.gupCalls.push(call);
  yield {
    routine: '__get_user_pages',
    text: `walks ${nr} page${nr === 1 ? '' : 's'}`,
    gup: gupFlags,
    page: start,
  };
  const { done, error } = yield* walk(machine, start, nr, gupFlags, pages, locked);
  call.ret = done > 0 ? done : error;
  yield { routine: '__get_user_pages', text: `returns ${call.ret}`, gup: gupFlags };
  return call.ret;
}

/** A place in the array of pages that the walk has left alone. */
const NO_PFN = -1;

/**
 * The flags to look up and fault a page with. Up to v6.0 FOLL_NUMA goes with all but FOLL_FORCE; v5.8 turns reads that
 * take a page of a COW mapping into writes (should_force_cow_break()).
 */
function follFlagsOf(machine: Machine, vma: Vma, gupFlags: number): number {
  const { numaFlag, forceCowBreak } = machine.behaviour.switches;
  let flags = gupFlags;
  if (numaFlag && (flags & FOLL.FORCE) === 0) flags |= FOLL.NUMA;
  const takes = (flags & (FOLL.GET | FOLL.PIN)) !== 0;
  if (forceCowBreak && takes && !vma.shared && vma.mayWrite) flags |= FOLL.WRITE;
  return flags;
}

interface Walked {
  readonly done: number;
  readonly error: number;
}

function* walk(
  machine: Machine,
  start: number,
  nr: number,
  gupFlags: number,
  pages: number[] | null,
  locked: LockedCell | null,
): Op<Walked> {
  // MADV_POPULATE tells what is wrong with a mapping from what is wrong with a fault.
  const populate = (gupFlags & FOLL.MADV_POPULATE) !== 0;
  const { switches } = machine.behaviour;
  let vma: Vma | null = null;
  let cow = 0;
  let done = 0;
  while (done < nr) {
    const page = start + done;
    if (vma === null || page >= vma.end) {
      vma = yield* findExtendVma(machine, page);
      if (vma === null) {
        const text = `no mapping there: ${populate ? '-ENOMEM' : '-EFAULT'}`;
        yield { routine: '__get_user_pages', text, gup: gupFlags, page };
        return { done, error: populate ? -ENOMEM : -EFAULT };
      }
      const refused: number = yield* checkVmaFlags(machine, vma, gupFlags);
      if (refused !== 0) return { done, error: populate ? -EINVAL : refused };
      if (isVmHugetlbPage(vma) && !machine.behaviour.switches.hugetlbThroughGeneralGup) {
        const followed: FollowedHugetlb = yield* followHugetlbPage(
          machine,
          vma,
          page,
          nr - done,
          follFlagsOf(machine, vma, gupFlags),
          pages,
          locked,
        );
        done += followed.done;
        if (followed.error !== null) return { done, error: followed.error };
        continue;
      }
    }
    if (fatalSignalPending(machine)) {
      const error = switches.fatalSignalIsEintr ? -EINTR : -ERESTARTSYS;
      yield {
        routine: '__get_user_pages',
        text: `SIGKILL is pending: ${returnName(error)}`,
        gup: gupFlags,
        page,
      };
      return { done, error };
    }
    const flags = follFlagsOf(machine, vma, gupFlags) | cow;
    const found: number = yield* followPageMask(machine, vma, page, flags);
    // Up to v5.17 an entry without struct page counts, and its place in the array is not written.
    const counts = found === -EEXIST && (pages === null || !switches.pfnIsEexist);
    if (found < 0 && !counts) {
      if (found !== NO_PAGE && found !== -EMLINK) return { done, error: found };
      const fault: number = yield* faultinPage(machine, vma, page, flags, found === -EMLINK, locked);
      if (fault === -EBUSY || fault === -EAGAIN) return { done, error: 0 };
      if (fault >= 0) {
        cow = fault;
        continue;
      }
      if (fault !== -ENOENT) return { done, error: fault };
    }
    pages?.push(found < 0 ? NO_PFN : found);
    done += 1;
    cow = 0;
  }
  return { done, error: 0 };
}
