/** io_pin_pages() and io_sqe_buffer_register() of io_uring/rsrc.c: a fixed buffer of io_uring, which is pinned for writing and for long. */

import { EFAULT, EOPNOTSUPP } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { pageFolio, type Vma, vmaIsAnonymous, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { pinUserPagesFast } from './fastWrappers.js';
import { pinLongtermTest } from './gupTest.js';
import { gupPutFolio } from './tryGrabFolio.js';

/** 0, with the pages appended to `pages`, or an error. Up to v6.4 memory of a file is refused once it is pinned. */
export function* ioPinPages(machine: Machine, start: number, nr: number, pages: number[]): Op<number> {
  const { functions, switches } = machine.behaviour;
  const write = { start, nr, write: true };
  const ret = switches.ioUringPinsFast
    ? yield* pinUserPagesFast(machine, { ...write, flags: FOLL.WRITE | FOLL.LONGTERM, pages, locked: null })
    : yield* pinLongtermTest(machine, { ...write, fast: false }, pages);
  const refused = switches.ioUringRefusesFiles && isOfFile(machine, vmaLookup(machine.mm, start));
  if (ret === nr && !refused) return 0;
  const held = functions.has('pin_user_pages') ? FOLL.PIN : FOLL.GET;
  for (const pfn of pages.splice(0)) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio !== undefined) gupPutFolio(machine, folio, held);
  }
  const error = ret < 0 ? ret : ret === nr ? -EOPNOTSUPP : -EFAULT;
  yield { routine: 'io_pin_pages', text: 'gives the pages back: the buffer is refused', page: start };
  return error;
}

/** Huge pages are taken, and since v5.14 shmem. */
function isOfFile({ behaviour }: Machine, vma: Vma | null): boolean {
  if (vma === null || vmaIsAnonymous(vma) || vma.ops === 'hugetlb') return false;
  return !(vma.ops === 'shmem' && behaviour.switches.ioUringTakesShmem);
}
