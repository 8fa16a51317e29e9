/** A driver's ->fault and ->page_mkwrite, as the scenario's programs say: a step per call, then the ordinary answer. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  addFolio,
  type Driver,
  type File,
  FOLIO,
  newFolio,
  PTE,
  pteAlloc,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mkPte } from './newFolio.js';
import { releaseFaultLock } from './releaseFaultLock.js';

/** What a call of ->fault gave: a VM_FAULT_ mask, and the page if it returned one (its reference is the caller's). */
export interface Handled {
  readonly ret: number;
  /** The page, -1: none. */
  readonly pfn: number;
}

/** vm_ops->fault */
export function* driverFault(
  machine: Machine,
  vma: Vma,
  driver: Driver,
  page: number,
  flags: number,
): Op<Handled> {
  const file = fileOf(machine, vma);
  const step = driver.faultProgram[file.faultCalls] ?? { act: driver.ordinary, ret: 0 };
  file.faultCalls += 1;
  const routine = 'vm_ops->fault';
  const mayDrop = (flags & FAULT.ALLOW_RETRY) !== 0;
  const drops = mayDrop && (flags & FAULT.RETRY_NOWAIT) === 0;
  switch (step.act) {
    case 'RET':
      yield { routine, text: 'returns a result without a page', faultFlags: flags, page };
      return { ret: step.ret, pfn: -1 };
    case 'RETRY':
      if (!mayDrop) return yield* returnPage(machine, driver, page, flags, 0);
      if (drops) yield* releaseFaultLock(machine, vma, flags, 'the driver waits');
      yield { routine, text: 'asks for a retry', faultFlags: flags, page };
      return { ret: VM_FAULT.RETRY | step.ret, pfn: -1 };
    case 'INSERT':
    case 'COMPLETED': {
      if (step.act === 'COMPLETED' && !machine.behaviour.switches.faultCompleted)
        throw new NotModelled('a driver that returns VM_FAULT_COMPLETED, which this release does not have');
      insertPage(machine, vma, driver, page);
      yield { routine, text: 'vmf_insert_page(): maps the page itself', faultFlags: flags, page };
      if (step.act === 'INSERT' || !drops) return { ret: VM_FAULT.NOPAGE, pfn: -1 };
      yield* releaseFaultLock(machine, vma, flags, 'the driver has completed the fault');
      return { ret: VM_FAULT.NOPAGE | VM_FAULT.COMPLETED, pfn: -1 };
    }
    case 'PFN':
      insertPfn(machine, vma, driver, page);
      yield {
        routine,
        text: 'vmf_insert_pfn(): maps a page frame without struct page',
        faultFlags: flags,
        page,
      };
      return { ret: VM_FAULT.NOPAGE, pfn: -1 };
    case 'PAGE':
      return yield* returnPage(machine, driver, page, flags, step.ret);
    case 'LOCKED':
      return yield* returnPage(machine, driver, page, flags, VM_FAULT.LOCKED);
    default:
      throw new NotModelled(`the driver's step ${step.act}`);
  }
}

function* returnPage(
  machine: Machine,
  driver: Driver,
  page: number,
  flags: number,
  ret: number,
): Op<Handled> {
  const pfn = driverPage(machine, driver, 2, 0);
  yield { routine: 'vm_ops->fault', text: 'returns a page', faultFlags: flags, page };
  return { ret, pfn };
}

/** vm_ops->page_mkwrite: a VM_FAULT_ mask; LOCKED is the ordinary answer. */
export function* driverPageMkwrite(
  machine: Machine,
  vma: Vma,
  driver: Driver,
  page: number,
  flags: number,
): Op<number> {
  const file = fileOf(machine, vma);
  const step = driver.mkwriteProgram[file.mkwriteCalls];
  file.mkwriteCalls += 1;
  if (step !== undefined && step.act !== 'RET')
    throw new NotModelled(`the driver's page_mkwrite step ${step.act}`);
  const text = step === undefined ? 'lets the write through' : 'returns a result';
  yield { routine: 'vm_ops->page_mkwrite', text, faultFlags: flags, page };
  return step === undefined ? VM_FAULT.LOCKED : step.ret;
}

/** vma->vm_file */
export function fileOf({ state }: Machine, vma: Vma): File {
  const file = state.files[vma.file];
  if (file === undefined) throw new NotModelled('a mapping without its file');
  return file;
}

/** A page of the driver, with these counts; one reference is the driver's own. It is on no LRU list. */
function driverPage(machine: Machine, driver: Driver, ref: number, map: number): number {
  const bits = FOLIO.NO_LRU | (driver.pagesDirty ? FOLIO.DIRTY : 0);
  return addFolio(machine.state.folios, newFolio({ bits, ref, map }));
}

function insertPage(machine: Machine, vma: Vma, driver: Driver, page: number): void {
  const pte = pteAlloc(machine.mm.pageTable, page);
  pte.pfn = driverPage(machine, driver, 2, 1);
  pte.bits = mkPte(vma);
}

function insertPfn(machine: Machine, vma: Vma, driver: Driver, page: number): void {
  const pte = pteAlloc(machine.mm.pageTable, page);
  pte.pfn = driverPage(machine, driver, 1, 0);
  pte.bits = mkPte(vma) | PTE.SPECIAL;
}
