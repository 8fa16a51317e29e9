/** hugetlb_wp() of mm/hugetlb.c: a write to, or an unshare of, a huge page that is mapped read-only. */

import { FAULT, VM_FAULT } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { copyFolioContents, FOLIO, PTE, type Pte, pageFolio, pteSame, type Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { countHugeMapping, makeHugePte, newAnonHugetlbFolio } from './hugetlbFolio.js';
import { markAnonExclusive } from './newFolio.js';
import { vmfAnonPrepare } from './vmfAnonPrepare.js';

const ROUTINE = 'hugetlb_wp';

/**
 * A VM_FAULT_ mask. Other than with small pages the number of mappings decides whether the page is ours, not that of
 * references, since copies are dear.
 */
export function* hugetlbWp(machine: Machine, vma: Vma, entry: Pte, head: number, flags: number): Op<number> {
  const { switches } = machine.behaviour;
  const unshare = (flags & FAULT.UNSHARE) !== 0;
  if (!unshare && !vma.write && switches.hugetlbForceWriteRefused) {
    machine.notes.warned = true;
    yield { routine: ROUTINE, text: 'WARN: a forced write; SIGSEGV', faultFlags: flags, page: head };
    return VM_FAULT.SIGSEGV;
  }
  if (vma.shared) {
    if (!unshare) entry.bits |= PTE.WRITE | PTE.DIRTY;
    yield { routine: ROUTINE, text: 'maps the shared page writable', faultFlags: flags, page: head };
    return 0;
  }
  const writable = !unshare && (vma.write || !switches.hugetlbForcedWriteReadOnly);
  const old = pageFolio(machine.state.folios, entry.pfn);
  if (old === undefined) throw new NotModelled('a huge entry that maps no known folio');
  if (old.map === 1 && (old.bits & FOLIO.ANON) !== 0) {
    markAnonExclusive(machine, old, entry.pfn);
    if (writable) entry.bits |= PTE.WRITE | PTE.DIRTY;
    const text = writable
      ? 'nobody else maps the page: maps it writable'
      : 'nobody else maps the page: marks it exclusive';
    yield { routine: ROUTINE, text, faultFlags: flags, page: head };
    return 0;
  }
  const seen = { ...entry };
  const retry = yield* vmfAnonPrepare(machine, vma, flags);
  if (retry !== 0) return retry;
  if (!pteSame(entry, seen)) {
    yield { routine: ROUTINE, text: 'the entry has changed: leaves it', faultFlags: flags, page: head };
    return 0;
  }
  const copy = newAnonHugetlbFolio(machine);
  if (copy < 0) throw new NotModelled('a copy of a huge page for which the pool has none');
  const copied = pageFolio(machine.state.folios, copy);
  if (copied !== undefined) copyFolioContents(old, copied);
  entry.pfn = copy;
  countHugeMapping(old, -1);
  old.ref -= 1;
  entry.bits = makeHugePte(vma, writable);
  yield { routine: ROUTINE, text: 'copies the page; the copy is exclusive', faultFlags: flags, page: head };
  return 0;
}
