/** do_page_mkwrite() of mm/memory.c: asks the file system or driver whether a page of a shared mapping may be written. */

import { VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { FOLIO, type Folio, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { driverPageMkwrite } from './driverHandlers.js';

/** A VM_FAULT_ mask: LOCKED if the write may go on; 0 if the page has no mapping any more, and the fault is to be made again. */
export function* pageMkwrite(
  machine: Machine,
  vma: Vma,
  folio: Folio,
  page: number,
  flags: number,
): Op<number> {
  if (vma.ops === 'ext4') return yield* ext4PageMkwrite(folio, page, flags);
  if (vma.driver === null) throw new NotModelled('a mapping without page_mkwrite');
  const ret = yield* driverPageMkwrite(machine, vma, vma.driver, page, flags);
  if ((ret & (VM_FAULT_ERROR | VM_FAULT.NOPAGE | VM_FAULT.LOCKED)) !== 0) return ret;
  // Left unlocked, it is locked here, and a driver's page is found to have no mapping.
  return 0;
}

/** ext4_page_mkwrite() of fs/ext4/inode.c: blocks are reserved for the page, by buffer heads, and it becomes dirty. */
function* ext4PageMkwrite(folio: Folio, page: number, flags: number): Op<number> {
  if ((folio.bits & FOLIO.PRIVATE) === 0) folio.ref += 1;
  folio.bits |= FOLIO.PRIVATE | FOLIO.DIRTY;
  yield { routine: 'ext4_page_mkwrite', text: 'lets the write through', faultFlags: flags, page };
  return VM_FAULT.LOCKED;
}
