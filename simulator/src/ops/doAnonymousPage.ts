/** do_anonymous_page() of mm/memory.c: the first touch of an anonymous page. */

import { FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { PTE, PTE_MKDIRTY, pteAlloc, pteSame, userfaultfdMissing, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { handleUserfault } from './handleUserfault.js';
import { maybeMkwrite, mkPte, newAnonFolio } from './newFolio.js';
import { setMissingPte } from './setMissingPte.js';
import { vmfAnonPrepare } from './vmfAnonPrepare.js';

/** A VM_FAULT_ mask. A read maps the zero page, a write a new page; a missing-mode userfaultfd is asked first. */
export function* doAnonymousPage(machine: Machine, vma: Vma, page: number, flags: number): Op<number> {
  const pte = pteAlloc(machine.mm.pageTable, page);
  const write = (flags & FAULT.WRITE) !== 0;
  const seen = write ? { ...pte } : null;
  if (write) {
    const ret = yield* vmfAnonPrepare(machine, vma, flags);
    if (ret !== 0) return ret;
  }
  const uffd = userfaultfdMissing(vma);
  if (uffd !== null) return yield* handleUserfault(machine, vma, uffd, page, flags);
  const routine = 'do_anonymous_page';
  if (seen === null) {
    setMissingPte(pte, machine.state.zeroPage, mkPte(vma) | PTE.SPECIAL);
    yield { routine, text: 'maps the zero page, read-only', faultFlags: flags, page };
    return 0;
  }
  yield { routine: 'alloc_anon_folio', text: 'allocates a page and clears it', faultFlags: flags, page };
  if (machine.behaviour.switches.anonymousRechecksEntry && !pteSame(pte, seen)) {
    yield { routine, text: 'the entry has changed: leaves it', faultFlags: flags, page };
    return 0;
  }
  const bits = mkPte(vma) | (vma.write ? PTE_MKDIRTY : 0) | maybeMkwrite(vma);
  setMissingPte(pte, newAnonFolio(machine, vma), bits);
  yield { routine, text: 'maps a new page, exclusive', faultFlags: flags, page };
  return 0;
}
