/** do_fault() of mm/memory.c: the first touch of a page of a mapping that has vm_ops->fault. */

import { FAULT, VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { PTE, type Pte, type Vma } from '../state.js';
import type { Op } from '../trace.js';
import { driverFault, driverPageMkwrite, type Handled } from './driverHandlers.js';
import { faultDirtySharedPage } from './faultDirtySharedPage.js';
import { maybeMkwrite, mkPte, newAnonFolio } from './newFolio.js';
import { secretmemFault } from './secretmemFault.js';
import { shmemFault, shmemMapPages } from './shmemFault.js';
import { vmfAnonPrepare } from './vmfAnonPrepare.js';
import { vmfCanCallFault } from './vmfCanCallFault.js';

/** Results after which there is no page to map. */
const NO_PAGE_RESULT = VM_FAULT_ERROR | VM_FAULT.NOPAGE | VM_FAULT.RETRY;

/** A VM_FAULT_ mask: do_read_fault(), do_cow_fault() or do_shared_fault(). */
export function* doFault(machine: Machine, vma: Vma, pte: Pte, page: number, flags: number): Op<number> {
  const write = (flags & FAULT.WRITE) !== 0;
  if (!write && vma.shmem) {
    const around = yield* shmemMapPages(machine, vma, page, flags);
    if (around !== 0) return around;
  }
  const retry = yield* vmfCanCallFault(machine, vma, page, flags);
  if (retry !== 0) return retry;
  if (write && !vma.shared) yield* vmfAnonPrepare(machine, vma, flags);
  const { ret, folio: index } = yield* callFault(machine, vma, page, flags);
  if ((ret & NO_PAGE_RESULT) !== 0) return ret;
  if (write && !vma.shared) {
    yield* doCowFault(machine, vma, pte, index, page, flags);
    return ret;
  }
  if (write && vma.driver?.hasPageMkwrite === true) {
    const made = yield* driverPageMkwrite(vma.driver, page, flags);
    if (made === 0 || (made & (VM_FAULT_ERROR | VM_FAULT.NOPAGE)) !== 0) return made;
  }
  const folio = machine.state.folios[index];
  if (folio === undefined) throw new NotModelled('a fault handler that returned no page');
  folio.map += 1;
  machine.state.pageTable = true;
  pte.folio = index;
  pte.bits = mkPte(vma) | (write ? PTE.DIRTY | maybeMkwrite(vma) : 0);
  yield { routine: 'finish_fault', text: "maps the handler's page", faultFlags: flags, page };
  return write ? ret | (yield* faultDirtySharedPage(machine, folio, page, flags)) : ret;
}

/** __do_fault() */
function* callFault(machine: Machine, vma: Vma, page: number, flags: number): Op<Handled> {
  if (vma.shmem) return yield* shmemFault(machine, vma, page, flags);
  if (vma.secretmem) return yield* secretmemFault(machine, page, flags);
  if (vma.driver === null) throw new NotModelled('a mapping without a fault handler');
  return yield* driverFault(machine, vma, vma.driver, page, flags);
}

/** do_cow_fault(): a private copy; the page that was copied is given back. */
function* doCowFault(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  source: number,
  page: number,
  flags: number,
): Op<void> {
  const given = machine.state.folios[source];
  if (given !== undefined) given.ref -= 1;
  machine.state.pageTable = true;
  pte.folio = newAnonFolio(machine, 'caller');
  pte.bits = mkPte(vma) | PTE.DIRTY | maybeMkwrite(vma);
  yield {
    routine: 'finish_fault',
    text: "maps a copy of the handler's page, exclusive",
    faultFlags: flags,
    page,
  };
}
