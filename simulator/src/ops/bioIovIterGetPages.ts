/**
 * bio_iov_iter_get_pages() of block/bio.c: a read or write of a file opened with O_DIRECT takes the pages of the buffer, and
 * iomap_dio_bio_end_io() of fs/iomap/direct-io.c gives them back.
 */

import { EFAULT } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { FOLIO, pageFolio } from '../state/index.js';
import type { Op } from '../trace.js';
import { getUserPagesFast, pinUserPagesFast } from './fastWrappers.js';
import { gupPutFolio } from './tryGrabFolio.js';

const PAGE_SIZE = 4096;

/**
 * Bytes moved between the file and the pages, or a negative error. `toMemory`: the file is read. The device is taken to be done
 * and to have given the pages back when the call returns; in truth it wakes the caller first (iomap_dio_bio_end_io()).
 */
export function* directIo(machine: Machine, nr: number, toMemory: boolean): Op<number> {
  const { start, userAddress } = machine.range;
  if (!userAddress) {
    yield { routine: 'access_ok', text: 'no address of user space: -EFAULT' };
    return -EFAULT;
  }
  const pin = machine.behaviour.switches.directIoPins;
  const pages: number[] = [];
  const call = { start, nr, flags: toMemory ? FOLL.WRITE : 0, pages, locked: null };
  const got = yield* pin ? pinUserPagesFast(machine, call) : getUserPagesFast(machine, call);
  if (got <= 0) return got < 0 ? got : -EFAULT;
  if (got < nr) throw new NotModelled('O_DIRECT of a range of which GUP gives a part');
  if (toMemory) yield* bioSetPagesDirty(machine, pages);
  for (const pfn of pages) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio !== undefined) gupPutFolio(machine, folio, pin ? FOLL.PIN : FOLL.GET);
  }
  yield { routine: 'bio_release_pages', text: pin ? 'unpins the pages' : 'puts the pages' };
  return got * PAGE_SIZE;
}

/** bio_set_pages_dirty(): before the device writes to them. */
function* bioSetPagesDirty({ state, behaviour }: Machine, pages: readonly number[]): Op<void> {
  for (const pfn of pages) {
    const folio = pageFolio(state.folios, pfn);
    if (folio === undefined) continue;
    if (folio.order === 0 || behaviour.switches.directIoDirtiesLarge) folio.bits |= FOLIO.DIRTY;
  }
  yield { routine: 'bio_set_pages_dirty', text: 'marks the pages dirty' };
}
