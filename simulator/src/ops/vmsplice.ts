/** vmsplice() of one page into a pipe (fs/splice.c): the pipe keeps the reference. */

import { EFAULT } from '../errno.js';
import type { Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { getUserPagesFast } from './fastWrappers.js';

const PAGE_SIZE = 4096;

/** Bytes of the pages that are in the pipe, or an error. */
export function* vmsplice(machine: Machine, nr: number): Op<number> {
  const { start, userAddress } = machine.range;
  if (!userAddress) {
    yield { routine: 'import_iovec', text: '-EFAULT: no address of user space' };
    return -EFAULT;
  }
  const ret = yield* getUserPagesFast(machine, { start, nr, flags: 0, pages: [], locked: null });
  return ret < 0 ? ret : ret * PAGE_SIZE;
}
