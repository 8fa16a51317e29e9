/**
 * io_pin_pages() and io_sqe_buffer_register() of io_uring/rsrc.c: a fixed buffer of io_uring, which is pinned for
 * writing and for long.
 */

import { EFAULT, EOPNOTSUPP } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { pageFolio, type Vma, vmaIsAnonymous, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { pinUserPagesFast } from './fastWrappers.js';
import { pinForLong } from './gupTest.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { gupPutFolio } from './tryGrabFolio.js';

/** 0, with the pages appended to `pages`, or an error. Up to v6.4 memory of a file is refused once it is pinned. */
export function* ioPinPages(machine: Machine, start: number, nr: number, pages: number[]): Op<number> {
  const asked = { start, nr, write: true };
  if (machine.behaviour.switches.ioUringPinsFast) {
    const flags = FOLL.WRITE | FOLL.LONGTERM;
    const ret = yield* pinUserPagesFast(machine, { start, nr, flags, pages, locked: null });
    return ret === nr ? 0 : yield* giveBack(machine, start, ret, pages);
  }
  yield* mmapReadLock(machine);
  const ret = yield* pinForLong(machine, asked, pages);
  const refused = ret === nr && isRefused(machine, vmaLookup(machine.mm, start));
  yield* mmapReadUnlock(machine, 'the pages are pinned');
  if (ret === nr && !refused) return 0;
  return yield* giveBack(machine, start, refused ? -EOPNOTSUPP : ret, pages);
}

/** The error; fewer pages than asked for are one. */
function* giveBack(machine: Machine, start: number, ret: number, pages: number[]): Op<number> {
  const held = machine.behaviour.switches.pinCounting ? FOLL.PIN : FOLL.GET;
  for (const pfn of pages.splice(0)) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio !== undefined) gupPutFolio(machine, folio, held);
  }
  yield { routine: 'io_pin_pages', text: 'gives the pages back: the buffer is refused', page: start };
  return ret < 0 ? ret : -EFAULT;
}

/** Memory of a file, but for huge pages, and since v5.14 shmem. */
function isRefused({ behaviour }: Machine, vma: Vma | null): boolean {
  const { ioUringRefusesFiles, ioUringTakesShmem } = behaviour.switches;
  if (!ioUringRefusesFiles || vma === null || vmaIsAnonymous(vma) || vma.ops === 'hugetlb') return false;
  return !(vma.ops === 'shmem' && ioUringTakesShmem);
}
