/** finish_fault() of mm/memory.c: the page that a handler returned is mapped. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import {
  type Folio,
  folioAddRmapPte,
  folioPageIdx,
  headPage,
  linearPageIndex,
  PTE_MKDIRTY,
  PTRS_PER_PTE,
  pageFolio,
  pteAlloc,
  pteNone,
  pteOffset,
  userfaultfdMinor,
  userfaultfdMissing,
  userfaultfdWp,
  type Vma,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { maybeMkwrite, mkPte } from './newFolio.js';
import { isUffdWpMarker, setMissingPte } from './setMissingPte.js';

/**
 * Maps the page `pfn` of the handler, whose reference becomes that of the entry, and the rest of its folio where it may: 0, or
 * VM_FAULT_NOPAGE and the reference is given back, since somebody else has set the entry meanwhile.
 */
export function* finishFault(
  machine: Machine,
  vma: Vma,
  pfn: number,
  page: number,
  flags: number,
): Op<number> {
  const { mm, state } = machine;
  const folio = pageFolio(state.folios, pfn);
  if (folio === undefined) return 0;
  if (yield* entryWasSet(machine, page, flags)) {
    folio.ref -= 1;
    return VM_FAULT.NOPAGE;
  }
  const whole = mapsWholeFolio(machine, vma, folio, pfn, page);
  const first = whole ? page - folioPageIdx(pfn) : page;
  const head = whole ? headPage(pfn) : pfn;
  const count = whole ? 1 << folio.order : 1;
  const write = (flags & FAULT.WRITE) !== 0;
  for (let i = 0; i < count; i++) {
    const pte = pteAlloc(mm.pageTable, first + i);
    setMissingPte(pte, head + i, mkPte(vma) | (write ? PTE_MKDIRTY | maybeMkwrite(vma) : 0));
    folioAddRmapPte(folio, head + i);
  }
  folio.ref += count - 1;
  const text = whole ? "maps the folio of the handler's page" : "maps the handler's page";
  yield { routine: 'finish_fault', text, faultFlags: flags, page };
  return 0;
}

/** vmf_pte_changed(), pte_none(): whether somebody has set the entry while the handler was called. */
export function* entryWasSet(machine: Machine, page: number, flags: number): Op<boolean> {
  const pte = pteAlloc(machine.mm.pageTable, page);
  const empty = pteNone(pte) || isUffdWpMarker(pte);
  if (empty || !machine.behaviour.switches.finishFaultRechecksEntry) return false;
  yield { routine: 'finish_fault', text: 'the entry has changed: leaves it', faultFlags: flags, page };
  return true;
}

/**
 * From v6.18 on all of a large folio of a file is mapped that lies inside the file, the vma and one table, where no entry
 * is yet and no userfaultfd wants to hear of each page.
 */
function mapsWholeFolio(machine: Machine, vma: Vma, folio: Folio, pfn: number, page: number): boolean {
  const file = machine.state.files[vma.file];
  if (!machine.behaviour.switches.finishFaultMapsFolio || folio.order === 0 || file === undefined)
    return false;
  if ((userfaultfdMissing(vma) ?? userfaultfdMinor(vma) ?? userfaultfdWp(vma)) !== null) return false;
  const count = 1 << folio.order;
  const first = page - folioPageIdx(pfn);
  const inTable = Math.floor(first / PTRS_PER_PTE) === Math.floor((first + count - 1) / PTRS_PER_PTE);
  if (first < vma.start || first + count > vma.end || !inTable) return false;
  if (linearPageIndex(vma, first) + count > file.size) return false;
  for (let each = first; each < first + count; each++) {
    const pte = pteOffset(machine.mm.pageTable, each);
    if (pte !== null && !pteNone(pte)) return false;
  }
  return true;
}
