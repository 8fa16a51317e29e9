/** wp_page_shared() and wp_pfn_shared() of mm/memory.c: a write to a shared mapping whose entry is read-only. */

import { VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { Machine } from '../machine.js';
import {
  type Folio,
  hasPageMkwrite,
  PTE,
  PTE_MKDIRTY,
  type Pte,
  pteSame,
  type Vma,
  vmaIsFsdax,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { daxIomapFault } from './daxIomapFault.js';
import { faultDirtySharedPage } from './faultDirtySharedPage.js';
import { maybeMkwrite } from './newFolio.js';
import { pageMkwrite } from './pageMkwrite.js';
import { vmfCanCallFault } from './vmfCanCallFault.js';

/** A VM_FAULT_ mask. A page frame without struct page (a special entry) has no page_mkwrite to ask, but perhaps pfn_mkwrite. */
export function* wpPageShared(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  folio: Folio,
  page: number,
  flags: number,
): Op<number> {
  const special = (pte.bits & PTE.SPECIAL) !== 0;
  if (special ? vmaIsFsdax(vma) : hasPageMkwrite(vma)) {
    const retry = yield* vmfCanCallFault(machine, vma, page, flags);
    if (retry !== 0) return retry;
    if (special) return (yield* daxIomapFault(machine, vma, page, flags)).ret;
    const seen = { ...pte };
    folio.ref += 1;
    const made = yield* pageMkwrite(machine, vma, folio, page, flags);
    folio.ref -= 1;
    if (made === 0 || (made & (VM_FAULT_ERROR | VM_FAULT.NOPAGE)) !== 0) return made;
    if (machine.behaviour.switches.mkwriteRechecksEntry && !pteSame(pte, seen)) {
      yield {
        routine: 'finish_mkwrite_fault',
        text: 'the entry has changed: leaves it',
        faultFlags: flags,
        page,
      };
      return VM_FAULT.NOPAGE;
    }
  }
  pte.bits |= PTE.YOUNG | PTE_MKDIRTY | maybeMkwrite(vma);
  yield { routine: 'wp_page_reuse', text: 'maps the shared page writable', faultFlags: flags, page };
  const written = machine.behaviour.switches.vmFaultWrite ? VM_FAULT.WRITE : 0;
  return special ? written : written | (yield* faultDirtySharedPage(machine, vma, folio, page, flags));
}
