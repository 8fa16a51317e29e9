/** handle_pte_marker() of mm/memory.c: an entry that stands for no page, but says something of the one to come. */

import { VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { clearPte, type Pte, userfaultfdWp, type Vma, vmaIsAnonymous } from '../state/index.js';
import type { Op } from '../trace.js';
import { doAnonymousPage } from './doAnonymousPage.js';
import { doFault } from './doFault.js';
import { isUffdWpMarker } from './setMissingPte.js';

/**
 * A VM_FAULT_ mask: HWPOISON of a marker left by UFFDIO_POISON. One of a userfaultfd for write protection is replaced by an
 * entry with that protection (do_pte_missing()), or taken away where nobody is registered for it any more.
 */
export function* handlePteMarker(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  page: number,
  flags: number,
): Op<number> {
  const routine = 'handle_pte_marker';
  if (pte.swap === 'poison-marker') {
    yield { routine, text: 'a marker left by UFFDIO_POISON', faultFlags: flags, page };
    return VM_FAULT.HWPOISON;
  }
  if (userfaultfdWp(vma) === null) {
    clearPte(pte);
    yield { routine, text: 'a marker that nobody asks for any more', faultFlags: flags, page };
    return 0;
  }
  yield { routine, text: 'a page that is to come write-protected', faultFlags: flags, page };
  if (!isUffdWpMarker(pte)) return 0;
  if (vmaIsAnonymous(vma)) return yield* doAnonymousPage(machine, vma, page, flags);
  return yield* doFault(machine, vma, page, flags);
}
