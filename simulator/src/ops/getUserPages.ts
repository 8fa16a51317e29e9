/** __get_user_pages() of mm/gup.c: the slow walk, page by page. */

import { EAGAIN, EBUSY, EEXIST, EFAULT, EINTR, EINVAL, EMLINK, ENOMEM } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { type Vma, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { checkVmaFlags } from './checkVmaFlags.js';
import { faultinPage } from './faultinPage.js';
import { followPageMask, NO_PAGE } from './followPagePte.js';
import { fatalSignalPending } from './signals.js';

/**
 * Number of pages found from `start` on (0 or more; appended to `pages` unless that is null), or an error if there was none. 0 with
 * nr > 0: a fault has to be retried; `locked` says whether mmap_lock is still held.
 */
export function* getUserPages(
  machine: Machine,
  start: number,
  nr: number,
  gupFlags: number,
  pages: number[] | null,
  locked: LockedCell | null,
): Op<number> {
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
  let vma: Vma | null = null;
  let done = 0;
  while (done < nr) {
    const page = start + done;
    if (vma === null || page >= vma.end) {
      vma = vmaLookup(machine.mm, page);
      if (vma === null) {
        const text = `no mapping there: ${populate ? '-ENOMEM' : '-EFAULT'}`;
        yield { routine: '__get_user_pages', text, gup: gupFlags, page };
        return { done, error: populate ? -ENOMEM : -EFAULT };
      }
      const refused: number = yield* checkVmaFlags(machine, vma, gupFlags);
      if (refused !== 0) return { done, error: populate ? -EINVAL : refused };
    }
    if (fatalSignalPending(machine)) {
      yield { routine: '__get_user_pages', text: 'SIGKILL is pending: -EINTR', gup: gupFlags, page };
      return { done, error: -EINTR };
    }
    const found: number = yield* followPageMask(machine, vma, page, gupFlags);
    if (found >= 0) {
      pages?.push(found);
      done += 1;
      continue;
    }
    if (found === -EEXIST && pages === null) {
      done += 1;
      continue;
    }
    if (found !== NO_PAGE && found !== -EMLINK) return { done, error: found };
    const fault: number = yield* faultinPage(machine, vma, page, gupFlags, found === -EMLINK, locked);
    if (fault === -EBUSY || fault === -EAGAIN) return { done, error: 0 };
    if (fault !== 0) return { done, error: fault };
  }
  return { done, error: 0 };
}
