/** The lockless walk: lockless_pages_from_mm() (v6.1), gup_fast() (v6.12) of mm/gup.c, for small pages. */

import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  FOLIO,
  type Folio,
  mappedPfn,
  PTE,
  type Pte,
  pageFolio,
  pkruAllowsRead,
  pkruAllowsWrite,
  pmdOffset,
  pteOffset,
  type Vma,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { gupMustUnshare } from './followPagePte.js';
import { gupPutFolio, tryGrabFolio } from './tryGrabFolio.js';

/** The step that looks at mm->write_protect_seq before the walk (seqcount_t; commit 57efa1fe5957). */
export const READ_WRITE_PROTECT_SEQ = 'raw_read_seqcount';

/** Pages taken in a row from `start` on, appended to `pages`; it takes no lock and no fault. */
export function* gupFast(
  machine: Machine,
  start: number,
  nr: number,
  flags: number,
  pages: number[],
): Op<number> {
  const { mm } = machine;
  const routine = 'gup_fast';
  const pin = (flags & FOLL.PIN) !== 0;
  const seq = mm.writeProtectSeq;
  const looksAtSeq = pin && machine.behaviour.switches.gupFastForkSeq;
  if (looksAtSeq) {
    const odd = (seq & 1) !== 0;
    const text = odd ? 'a fork is write-protecting the page table: takes nothing' : 'no fork is under way';
    yield { routine: READ_WRITE_PROTECT_SEQ, text, gup: flags };
    if (odd) return 0;
  }
  let taken = 0;
  while (taken < nr && (yield* gupFastPte(machine, start + taken, flags, pages))) taken += 1;
  if (looksAtSeq && mm.writeProtectSeq !== seq) {
    if ((flags & FOLL.GET) !== 0)
      throw new NotModelled('FOLL_GET and FOLL_PIN together in gup-fast while a fork runs');
    for (const pfn of pages.splice(0)) {
      const folio = pageFolio(machine.state.folios, pfn);
      if (folio !== undefined) gupPutFolio(machine, folio, FOLL.PIN);
    }
    yield { routine, text: 'a fork has write-protected the page table meanwhile: unpins all', gup: flags };
    return 0;
  }
  return taken;
}

/**
 * One page of gup_pte_range(), gup_fast_pte_range(), or of gup_huge_pmd(), gup_fast_pmd_leaf(), which take those below a
 * huge entry at once: whether it was taken.
 */
function* gupFastPte(machine: Machine, page: number, flags: number, pages: number[]): Op<boolean> {
  const huge = pmdOffset(machine.mm.pageTable, page)?.huge ?? null;
  const routine = huge === null ? 'gup_fast_pte_range' : 'gup_fast_pmd_leaf';
  const pte = huge ?? pteOffset(machine.mm.pageTable, page);
  if (pte === null) {
    yield { routine, text: 'there is no page table', gup: flags, page };
    return false;
  }
  const folio = pageFolio(machine.state.folios, pte.pfn);
  // The entry of x86 holds the key; that of the model leaves it to the vma, as it does the mapping of a folio.
  const vma = vmaLookup(machine.mm, page);
  if (folio === undefined || !pteAccessPermitted(machine, vma, pte, (flags & FOLL.WRITE) !== 0)) {
    yield {
      routine,
      text: 'the entry does not permit the access: leaves it to the slow path',
      gup: flags,
      page,
    };
    return false;
  }
  const obstacle = obstacleOf(machine, vma, pte, folio, flags);
  if (obstacle !== null) {
    yield { routine, text: `${obstacle}: leaves it to the slow path`, gup: flags, page };
    return false;
  }
  const text = tryGrabFolio(machine, folio, flags);
  // folio_set_referenced(), and nothing of mark_page_accessed().
  folio.bits |= FOLIO.REFERENCED;
  pages.push(mappedPfn(machine.mm.pageTable, page));
  yield { routine, text, gup: flags, page };
  return true;
}

/** pte_access_permitted() of x86: present to the hardware, writable if that is asked for, and the key's rights. */
function pteAccessPermitted(machine: Machine, vma: Vma | null, pte: Pte, write: boolean): boolean {
  if ((pte.bits & PTE.PRESENT) === 0 || (pte.bits & PTE.PROTNONE) !== 0) return false;
  if (write && (pte.bits & PTE.WRITE) === 0) return false;
  const { pkru } = machine.current;
  const pkey = vma?.pkey ?? 0;
  return write ? pkruAllowsWrite(pkru, pkey) : pkruAllowsRead(pkru, pkey);
}

/**
 * gup_fast_folio_allowed(): what it has against a page without a mapping, such as a driver's, and against a long-term write
 * pin of a page of a file whose file system tracks dirty pages.
 */
function unknownFolio(machine: Machine, folio: Folio, flags: number): string | null {
  const { gupFastRefusesNullMapping, gupFastWritePinNeedsKnownFolio } = machine.behaviour.switches;
  const writePin = FOLL.PIN | FOLL.LONGTERM | FOLL.WRITE;
  const wantsKnown = gupFastWritePinNeedsKnownFolio && (flags & writePin) === writePin;
  if ((folio.bits & FOLIO.FILE) !== 0) return wantsKnown ? 'a page of a file, for a long-term write' : null;
  if ((folio.bits & FOLIO.NO_LRU) === 0) return null;
  return wantsKnown || gupFastRefusesNullMapping ? 'a page of no mapping' : null;
}

function obstacleOf(machine: Machine, vma: Vma | null, pte: Pte, folio: Folio, flags: number): string | null {
  if ((pte.bits & PTE.DEVMAP) !== 0) {
    if ((flags & FOLL.LONGTERM) !== 0) return 'a page of fsdax';
  } else if ((pte.bits & PTE.SPECIAL) !== 0) return 'a special entry';
  if (vma?.ops === 'secretmem') return 'a secretmem page';
  const unknown = unknownFolio(machine, folio, flags);
  if (unknown !== null) return unknown;
  const longtermPin = (flags & (FOLL.LONGTERM | FOLL.PIN | FOLL.GET)) === (FOLL.LONGTERM | FOLL.PIN);
  const { gupFastRefusesUnpinnable } = machine.behaviour.switches;
  if (gupFastRefusesUnpinnable && longtermPin && (folio.bits & FOLIO.MOVABLE_ZONE) !== 0)
    return 'the page may not be pinned for long where it is';
  if ((pte.bits & PTE.WRITE) !== 0 || !gupMustUnshare(machine, null, folio, pte.pfn, flags)) return null;
  if ((flags & FOLL.GET) !== 0)
    throw new NotModelled('FOLL_GET and FOLL_PIN together in gup-fast on a shared page');
  return 'the page may be shared, a pin needs an exclusive one';
}
