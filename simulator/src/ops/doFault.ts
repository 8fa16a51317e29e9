/** do_fault() of mm/memory.c: the first touch of a page of a mapping that has vm_ops->fault. */

import { FAULT, VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  copyPage,
  hasMapPages,
  hasPageMkwrite,
  PTE_MKDIRTY,
  pageFolio,
  pteAlloc,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { daxIomapFault } from './daxIomapFault.js';
import { driverFault, type Handled } from './driverHandlers.js';
import { faultDirtySharedPage } from './faultDirtySharedPage.js';
import { filemapFault } from './filemapFault.js';
import { filemapMapPages } from './filemapMapPages.js';
import { entryWasSet, finishFault } from './finishFault.js';
import { maybeMkwrite, mkPte, newAnonFolio } from './newFolio.js';
import { pageMkwrite } from './pageMkwrite.js';
import { secretmemFault } from './secretmemFault.js';
import { setMissingPte } from './setMissingPte.js';
import { shmemFault } from './shmemFault.js';
import { vmfAnonPrepare } from './vmfAnonPrepare.js';
import { vmfCanCallFault } from './vmfCanCallFault.js';

/** Results after which there is no page to map. */
const NO_PAGE_RESULT = VM_FAULT_ERROR | VM_FAULT.NOPAGE | VM_FAULT.RETRY;

/** A VM_FAULT_ mask: do_read_fault(), do_cow_fault() or do_shared_fault(). */
export function* doFault(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const write = (flags & FAULT.WRITE) !== 0;
  if (!write && vma.driver === null && hasMapPages(vma)) {
    const around = yield* filemapMapPages(machine, vma, page, flags);
    if (around !== 0) return around;
  }
  const retry = yield* vmfCanCallFault(machine, vma, page, flags);
  if (retry !== 0) return retry;
  if (write && !vma.shared) {
    const unlocked = yield* vmfAnonPrepare(machine, vma, flags);
    if (unlocked !== 0) return unlocked;
  }
  const { ret, pfn } = yield* callFault(machine, vma, page, flags);
  if ((ret & NO_PAGE_RESULT) !== 0 || (ret & VM_FAULT.DONE_COW) !== 0) return ret;
  if (write && !vma.shared) {
    return ret | (yield* doCowFault(machine, vma, pfn, page, flags));
  }
  const folio = pageFolio(machine.state.folios, pfn);
  if (folio === undefined) throw new NotModelled('a fault handler that returned no page');
  if (write && hasPageMkwrite(vma)) {
    const made = yield* pageMkwrite(machine, vma, folio, page, flags);
    if (made === 0 || (made & (VM_FAULT_ERROR | VM_FAULT.NOPAGE)) !== 0) {
      folio.ref -= 1;
      return made;
    }
  }
  const finished = yield* finishFault(machine, vma, pfn, page, flags);
  if (finished !== 0) return ret | finished;
  return write ? ret | (yield* faultDirtySharedPage(machine, vma, folio, page, flags)) : ret;
}

/** __do_fault() */
function* callFault(machine: Machine, vma: Vma, page: number, flags: number): Op<Handled> {
  if (vma.ops === 'shmem') return yield* shmemFault(machine, vma, page, flags);
  if (vma.ops === 'ext4') return yield* filemapFault(machine, vma, page, flags);
  if (vma.ops === 'ext4_dax') return yield* daxIomapFault(machine, vma, page, flags);
  if (vma.ops === 'secretmem') return yield* secretmemFault(machine, vma, page, flags);
  if (vma.ops === 'special_mapping')
    throw new NotModelled('how many processes map a page of the kernel that is not mapped yet');
  if (vma.driver === null) throw new NotModelled('a mapping without a fault handler');
  return yield* driverFault(machine, vma, vma.driver, page, flags);
}

/** do_cow_fault(): 0 or VM_FAULT_NOPAGE, as {@link finishFault}; a private copy. The page that was copied is given back. */
function* doCowFault(machine: Machine, vma: Vma, source: number, page: number, flags: number): Op<number> {
  const given = pageFolio(machine.state.folios, source);
  if (given !== undefined) given.ref -= 1;
  if (yield* entryWasSet(machine, page, flags)) return VM_FAULT.NOPAGE;
  const pte = pteAlloc(machine.mm.pageTable, page);
  const copy = newAnonFolio(machine, vma);
  copyPage(machine.state.folios, source, copy);
  setMissingPte(pte, copy, mkPte(vma) | PTE_MKDIRTY | maybeMkwrite(vma));
  yield {
    routine: 'finish_fault',
    text: "maps a copy of the handler's page, exclusive",
    faultFlags: flags,
    page,
  };
  return 0;
}
