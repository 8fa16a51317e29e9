/** dax_iomap_fault() of fs/dax.c: ->fault, ->page_mkwrite and ->pfn_mkwrite of a file whose memory is mapped itself. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  addFolio,
  copyPage,
  FOLIO,
  type Folio,
  linearPageIndex,
  newFolio,
  PTE,
  PTE_MKDIRTY,
  type Pte,
  pteAlloc,
  pteNone,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { fileOf, type Handled } from './driverHandlers.js';
import { maybeMkwrite, mkPte, newAnonFolio } from './newFolio.js';

const ROUTINE = 'dax_iomap_fault';

/** NOPAGE: the entry is made here; MAJOR if a block had to be allocated; DONE_COW for the copy of a private mapping. */
export function* daxIomapFault(machine: Machine, vma: Vma, page: number, flags: number): Op<Handled> {
  const file = fileOf(machine, vma);
  const index = linearPageIndex(vma, page);
  if (index >= file.size)
    return yield* done(VM_FAULT.SIGBUS, 'beyond the end of the file: SIGBUS', page, flags);
  if (machine.behaviour.switches.daxPagesCounted)
    throw new NotModelled('faults of a DAX mapping from v6.15 on');
  const write = (flags & FAULT.WRITE) !== 0;
  const pte = pteAlloc(machine.mm.pageTable, page);
  if (write && !vma.shared) {
    pte.pfn = newAnonFolio(machine, vma);
    copyPage(machine.state.folios, file.pages[index] ?? -1, pte.pfn);
    pte.bits = mkPte(vma) | PTE_MKDIRTY | maybeMkwrite(vma);
    return yield* done(VM_FAULT.DONE_COW, 'maps a copy, exclusive', page, flags);
  }
  const block = file.pages[index] ?? -1;
  const allocates = block < 0;
  if (allocates && !write) {
    insert(vma, pte, machine.state.zeroPage, PTE.SPECIAL, false);
    return yield* done(VM_FAULT.NOPAGE, 'maps the zero page for a hole', page, flags);
  }
  const pfn = allocates ? addFolio(machine.state.folios, newDaxFolio()) : block;
  file.pages[index] = pfn;
  // A zero page that was mapped for the hole is unmapped first (dax_insert_entry()).
  if (allocates) pte.bits = 0;
  insert(vma, pte, pfn, PTE.SPECIAL | PTE.DEVMAP, write);
  const ret = VM_FAULT.NOPAGE | (allocates ? VM_FAULT.MAJOR : 0);
  return yield* done(ret, 'maps the memory of the file', page, flags);
}

/** A page of the memory: on no LRU list; while it is idle one reference, and mappings are not counted. */
export function newDaxFolio(): Folio {
  return newFolio({ bits: FOLIO.FILE | FOLIO.NO_LRU, ref: 1 });
}

/** insert_pfn(): an entry that is there only becomes writable, if it is for a write. */
function insert(vma: Vma, pte: Pte, pfn: number, bits: number, write: boolean): void {
  if (pteNone(pte)) {
    pte.pfn = pfn;
    pte.bits = mkPte(vma) | bits;
  }
  if (write) pte.bits |= PTE.YOUNG | PTE_MKDIRTY | maybeMkwrite(vma);
}

function* done(ret: number, text: string, page: number, flags: number): Op<Handled> {
  yield { routine: ROUTINE, text, faultFlags: flags, page };
  return { ret, pfn: -1 };
}
