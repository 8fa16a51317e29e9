/** vmsplice() into a pipe (iter_to_pipe() of fs/splice.c): the pipe keeps the references. */

import { EFAULT } from '../errno.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import type { Op } from '../trace.js';
import { getUserPagesFast } from './fastWrappers.js';

const PAGE_SIZE = 4096;

/** PIPE_DEF_BUFFERS: pages that a pipe which is empty takes. */
const PIPE_BUFFERS = 16;

/**
 * Bytes of the pages that are in the pipe before something went wrong, or an error if there are none. The pages are added to
 * `pipe`, which holds a reference to each.
 */
export function* vmsplice(machine: Machine, nr: number, pipe: number[] = []): Op<number> {
  const { start, userAddress } = machine.range;
  if (!userAddress) {
    yield { routine: 'import_iovec', text: '-EFAULT: no address of user space' };
    return -EFAULT;
  }
  if (nr > PIPE_BUFFERS) throw new NotModelled('a vmsplice() that fills the pipe');
  let done = 0;
  let first: Machine['notes']['fast'] = null;
  while (done < nr) {
    const pages: number[] = [];
    const call = { start: start + done, nr: nr - done, flags: 0, pages, locked: null };
    const ret: number = yield* getUserPagesFast(machine, call);
    // The recordings show the first entry of gup-fast.
    first ??= machine.notes.fast;
    machine.notes.fast = first;
    if (ret <= 0) return done > 0 ? done * PAGE_SIZE : ret;
    pipe.push(...pages);
    done += ret;
  }
  return done * PAGE_SIZE;
}
