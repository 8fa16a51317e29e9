/** A driver's ->fault and ->page_mkwrite, as the scenario's programs say: a step per call, then the ordinary answer. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { type Driver, FOLIO, PTE, type Vma } from '../state.js';
import type { Op } from '../trace.js';
import { mkPte } from './newFolio.js';
import { releaseFaultLock } from './releaseFaultLock.js';

/** What a call of ->fault gave: a VM_FAULT_ mask, and the page if it returned one (its reference is the caller's). */
export interface Handled {
  readonly ret: number;
  /** Index of the folio, -1: none. */
  readonly folio: number;
}

/** vm_ops->fault */
export function* driverFault(
  machine: Machine,
  vma: Vma,
  driver: Driver,
  page: number,
  flags: number,
): Op<Handled> {
  const step = driver.faultProgram[driver.faultCalls] ?? { act: driver.ordinary, ret: 0 };
  driver.faultCalls += 1;
  const routine = 'vm_ops->fault';
  const mayDrop = (flags & FAULT.ALLOW_RETRY) !== 0;
  const drops = mayDrop && (flags & FAULT.RETRY_NOWAIT) === 0;
  switch (step.act) {
    case 'RET':
      yield { routine, text: 'returns a result without a page', faultFlags: flags, page };
      return { ret: step.ret, folio: -1 };
    case 'RETRY':
      if (!mayDrop) return yield* returnPage(machine, page, flags, 0);
      if (drops) yield* releaseFaultLock(machine, flags, 'the driver waits');
      yield { routine, text: 'asks for a retry', faultFlags: flags, page };
      return { ret: VM_FAULT.RETRY | step.ret, folio: -1 };
    case 'INSERT':
    case 'COMPLETED': {
      insertPage(machine, vma, page);
      yield { routine, text: 'vmf_insert_page(): maps the page itself', faultFlags: flags, page };
      if (step.act === 'INSERT' || !drops) return { ret: VM_FAULT.NOPAGE, folio: -1 };
      yield* releaseFaultLock(machine, flags, 'the driver has completed the fault');
      return { ret: VM_FAULT.NOPAGE | VM_FAULT.COMPLETED, folio: -1 };
    }
    case 'PFN':
      insertPfn(machine, vma, page);
      yield {
        routine,
        text: 'vmf_insert_pfn(): maps a page frame without struct page',
        faultFlags: flags,
        page,
      };
      return { ret: VM_FAULT.NOPAGE, folio: -1 };
    case 'PAGE':
      return yield* returnPage(machine, page, flags, step.ret);
    case 'LOCKED':
      return yield* returnPage(machine, page, flags, VM_FAULT.LOCKED);
    default:
      throw new NotModelled(`the driver's step ${step.act}`);
  }
}

function* returnPage(machine: Machine, page: number, flags: number, ret: number): Op<Handled> {
  const folio = driverFolio(machine, 2);
  yield { routine: 'vm_ops->fault', text: 'returns a page', faultFlags: flags, page };
  return { ret, folio };
}

/** vm_ops->page_mkwrite: a VM_FAULT_ mask; LOCKED is the ordinary answer. */
export function* driverPageMkwrite(driver: Driver, page: number, flags: number): Op<number> {
  const step = driver.mkwriteProgram[driver.mkwriteCalls];
  driver.mkwriteCalls += 1;
  if (step !== undefined && step.act !== 'RET')
    throw new NotModelled(`the driver's page_mkwrite step ${step.act}`);
  const text = step === undefined ? 'lets the write through' : 'returns a result';
  yield { routine: 'vm_ops->page_mkwrite', text, faultFlags: flags, page };
  return step === undefined ? VM_FAULT.LOCKED : step.ret;
}

/** A page of the driver, with that many references; one is the driver's own. It is on no LRU list. */
function driverFolio(machine: Machine, ref: number): number {
  const dirty = machine.state.vma?.driver?.pagesDirty === true ? FOLIO.DIRTY : 0;
  return machine.state.folios.push({ bits: FOLIO.NO_LRU | dirty, ref, map: 0, batch: 'none' }) - 1;
}

function insertPage(machine: Machine, vma: Vma, page: number): void {
  const pte = machine.state.ptes[page];
  if (pte === undefined) return;
  machine.state.pageTable = true;
  pte.folio = driverFolio(machine, 2);
  const folio = machine.state.folios[pte.folio];
  if (folio !== undefined) folio.map = 1;
  pte.bits = mkPte(vma);
}

function insertPfn(machine: Machine, vma: Vma, page: number): void {
  const pte = machine.state.ptes[page];
  if (pte === undefined) return;
  machine.state.pageTable = true;
  pte.folio = driverFolio(machine, 1);
  pte.bits = mkPte(vma) | PTE.SPECIAL;
}
