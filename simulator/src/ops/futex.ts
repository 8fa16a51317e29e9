/** kernel/futex: how a futex word is reached. */

import { EFAULT } from '../errno.js';
import { FAULT, FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { BATCH_NONE, BATCH_UNKNOWN, FOLIO, type Folio, mappedPfn, pageFolio } from '../state/index.js';
import type { Op } from '../trace.js';
import { getUserPagesFast } from './fastWrappers.js';
import { fixupUserFault } from './fixupUserFault.js';
import { mmapReadLock, mmapReadUnlock } from './mmapLock.js';
import { gupPutFolio } from './tryGrabFolio.js';
import { pageFault } from './userAccess.js';

/** More failures than this of one operation: it never ends. */
const ATTEMPT_LIMIT = 1000;

/**
 * futex_wake_op() on a private futex that nobody waits for: 0 or an error. The operation runs with page faults disabled;
 * fault_in_user_writeable() takes the fault of one that fails.
 */
export function* futexWakeOp(machine: Machine): Op<number> {
  const { start: page, userAddress } = machine.range;
  if (!userAddress) return yield* refused();
  for (let attempt = 0; attempt < ATTEMPT_LIMIT; attempt++) {
    const code = pageFault(machine, page, 'write');
    const text = code === null ? 'the operation succeeds' : 'faults, with page faults disabled';
    yield { routine: 'futex_atomic_op_inuser', text, page };
    if (code === null) return 0;
    yield* mmapReadLock(machine);
    const ret: number = yield* fixupUserFault(machine, page, FAULT.WRITE, null);
    yield* mmapReadUnlock(machine, 'done');
    if (ret < 0) return ret;
  }
  throw new NotModelled('a futex operation whose faults never end');
}

/** get_futex_key() of a shared futex, asked for reading: 0 or an error. The page is held only while its owner is found. */
export function* futexKeyShared(machine: Machine): Op<number> {
  const { start, userAddress } = machine.range;
  if (!userAddress) return yield* refused();
  const pages: number[] = [];
  const call = { start, nr: 1, pages, locked: null };
  let readOnly = false;
  const shared = sharedFolio(machine, start);
  let ret = yield* getUserPagesFast(machine, { ...call, flags: FOLL.WRITE });
  if (ret === -EFAULT) {
    const { fast } = machine.notes;
    ret = yield* getUserPagesFast(machine, { ...call, flags: 0 });
    // The recordings show the first entry of gup-fast.
    machine.notes.fast = fast;
    readOnly = true;
  }
  if (ret < 0) return ret;
  const folio = pageFolio(machine.state.folios, pages[0] ?? -1);
  if (folio === undefined) throw new NotModelled('a futex in a page that is not known');
  gupPutFolio(machine, folio, FOLL.GET);
  // The wait may take long enough for somebody to drain the batches.
  if (shared !== null && shared !== folio && folio.batch !== BATCH_NONE) folio.batch = BATCH_UNKNOWN;
  const noMapping =
    (folio.bits & FOLIO.ZERO_PAGE) !== 0 || (folio.bits & (FOLIO.NO_LRU | FOLIO.FILE)) === FOLIO.NO_LRU;
  const anonymous = (folio.bits & FOLIO.ANON) !== 0;
  const refusal = noMapping
    ? 'a page of no mapping'
    : anonymous && readOnly
      ? 'a private page, read-only'
      : null;
  const text = refusal === null ? 'the key is found' : `-EFAULT: ${refusal}`;
  yield { routine: 'get_futex_key', text, page: start };
  return refusal === null ? 0 : -EFAULT;
}

/** The folio of a page if it is an anonymous one that another process has too. */
function sharedFolio({ state, mm }: Machine, page: number): Folio | null {
  const folio = pageFolio(state.folios, mappedPfn(mm.pageTable, page));
  const anonymous = folio !== undefined && (folio.bits & (FOLIO.ANON | FOLIO.KSM)) === FOLIO.ANON;
  return anonymous && folio.map > 1 ? folio : null;
}

function* refused(): Op<number> {
  yield { routine: 'get_futex_key', text: '-EFAULT: no address of user space' };
  return -EFAULT;
}
