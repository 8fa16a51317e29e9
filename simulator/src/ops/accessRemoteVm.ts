/** mem_rw() of fs/proc/base.c and __access_remote_vm() of mm/memory.c: /proc/PID/mem within one page. */

import { EINVAL, EIO } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { FOLIO, pageFolio, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { expandStack } from './expandStack.js';
import { mmapReadLockKillable, mmapReadUnlock } from './mmapLock.js';
import { gupPutFolio } from './tryGrabFolio.js';
import { getUserPagesRemote } from './wrappers.js';

/** Bytes that one read or write moves: less than a page, the recordings' length. */
const LENGTH = 64;

/**
 * Bytes moved by a pread64() or pwrite64(), -EIO if there were none, whatever the reason, or -EINVAL for a negative offset.
 * FOLL_FORCE is the default of proc_mem.force_override.
 */
export function* memRw(machine: Machine, write: boolean): Op<number> {
  const { asOffset } = machine.range;
  if (asOffset === 'unknown') throw new NotModelled('an offset of /proc/PID/mem that may be negative');
  if (asOffset === 'negative') {
    yield { routine: 'ksys_pread64', text: '-EINVAL: a negative offset' };
    return -EINVAL;
  }
  const copied = yield* accessRemoteVm(machine, FOLL.FORCE | (write ? FOLL.WRITE : 0));
  return copied === 0 ? -EIO : copied;
}

function* accessRemoteVm(machine: Machine, flags: number): Op<number> {
  const { state, mm, range } = machine;
  if ((yield* mmapReadLockKillable(machine)) !== 0) return 0;
  // Where GUP does not grow a stack, it is done before, under mmap_lock held for writing.
  const growsHere = !machine.behaviour.switches.gupGrowsStack && vmaLookup(mm, range.start) === null;
  if (growsHere && (yield* expandStack(machine, range.start)) === null) return 0;
  const pages: number[] = [];
  const got = yield* getUserPagesRemote(machine, { start: range.start, nr: 1, flags, pages, locked: null });
  const folio = pageFolio(state.folios, pages[0] ?? -1);
  if (got === 1 && folio !== undefined) {
    if ((flags & FOLL.WRITE) !== 0) folio.bits |= FOLIO.DIRTY;
    gupPutFolio(machine, folio, FOLL.GET);
    yield { routine: '__access_remote_vm', text: `copies ${LENGTH} bytes` };
  }
  yield* mmapReadUnlock(machine, 'done');
  return got === 1 ? LENGTH : 0;
}
