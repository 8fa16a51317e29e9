/** The lockless walk: lockless_pages_from_mm() (v6.1), gup_fast() (v6.12) of mm/gup.c, for small pages. */

import { FOLL } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  FOLIO,
  type Folio,
  LOCKLESS,
  type PageTable,
  PTE,
  PTRS_PER_PTE,
  type Pte,
  pageFolio,
  pkruAllowsRead,
  pkruAllowsWrite,
  pmdOffset,
  pteOffset,
  pteSame,
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
    yield { routine: READ_WRITE_PROTECT_SEQ, text, gup: flags, wait: LOCKLESS };
    if (odd) return 0;
  }
  let taken = 0;
  while (taken < nr) {
    const more: number = yield* gupFastLeaf(machine, start + taken, nr - taken, flags, pages);
    if (more === 0) break;
    taken += more;
  }
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

/** What a lockless walk has read of the page table. */
interface SeenEntry {
  /** The entry is of PMD level. */
  readonly huge: boolean;
  /** The entry itself, in its table even where that has been taken away. */
  readonly at: Pte;
  /** What it was. */
  readonly pte: Pte;
}

/**
 * One page of gup_pte_range(), gup_fast_pte_range(), or those of the `nr` pages that lie below a huge entry, which
 * gup_huge_pmd(), gup_fast_pmd_leaf() take at once: how many were taken. The entry is read, then the page taken, and then the entry has to be the
 * same still: between any two of them others go on, with whatever lock. Up to v4.12 that of x86 reads the entry but once,
 * and is one step: whoever clears or protects an entry goes no further before the walk has ended.
 */
function* gupFastLeaf(
  machine: Machine,
  page: number,
  nr: number,
  flags: number,
  pages: number[],
): Op<number> {
  const { state, mm } = machine;
  const wait = LOCKLESS;
  const seen = readEntry(mm.pageTable, page);
  if (seen === null) {
    yield { routine: 'gup_fast_pte_range', text: 'there is no page table', gup: flags, page, wait };
    return 0;
  }
  const routine = seen.huge ? 'gup_fast_pmd_leaf' : 'gup_fast_pte_range';
  const { pte } = seen;
  const folio = pageFolio(state.folios, pte.pfn);
  // The entry of x86 holds the key; that of the model leaves it to the vma, as it does the mapping of a folio.
  const vma = vmaLookup(mm, page);
  if (folio === undefined || !pteAccessPermitted(machine, vma, pte, (flags & FOLL.WRITE) !== 0)) {
    const text = 'the entry does not permit the access: leaves it to the slow path';
    yield { routine, text, gup: flags, page, wait };
    return 0;
  }
  const special = specialEntry(pte, flags);
  if (special !== null) {
    yield { routine, text: `${special}: leaves it to the slow path`, gup: flags, page, wait };
    return 0;
  }
  const { gupFastHoldsFlushesUp } = machine.behaviour.switches;
  if (!gupFastHoldsFlushesUp) yield { routine, text: 'the entry permits the access', gup: flags, page, wait };
  if (folio.ref === 0) {
    yield { routine, text: 'the page is being freed: leaves it to the slow path', gup: flags, page, wait };
    return 0;
  }
  const index = page & (PTRS_PER_PTE - 1);
  const count = seen.huge ? Math.min(nr, PTRS_PER_PTE - index) : 1;
  const first = seen.huge ? pte.pfn + index : pte.pfn;
  let text = '';
  for (let i = 0; i < count; i++) text = tryGrabFolio(machine, folio, flags);
  if (!gupFastHoldsFlushesUp) yield { routine: 'try_grab_folio_fast', text, gup: flags, page, wait };
  const obstacle = hasChanged(machine, page, seen)
    ? 'the entry has changed'
    : obstacleOf(machine, vma, pte, folio, flags);
  if (obstacle !== null) {
    for (let i = 0; i < count; i++) undoGrab(machine, folio, flags);
    yield { routine, text: `${obstacle}: leaves it to the slow path`, gup: flags, page, wait };
    return 0;
  }
  // folio_set_referenced(), and nothing of mark_page_accessed().
  folio.bits |= FOLIO.REFERENCED;
  for (let i = 0; i < count; i++) pages.push(first + i);
  yield { routine, text: 'the entry is the same still: keeps the page', gup: flags, page, wait };
  return count;
}

/** gup_put_folio(): it looks at FOLL_PIN first, try_grab_folio() at FOLL_GET. */
function undoGrab(machine: Machine, folio: Folio, flags: number): void {
  const both = FOLL.GET | FOLL.PIN;
  if ((flags & both) === both)
    throw new NotModelled('FOLL_GET and FOLL_PIN together in gup-fast on a page that it gives back');
  gupPutFolio(machine, folio, flags);
}

/** ptep_get_lockless(), pmdp_get_lockless(); null: there is no table for it. */
function readEntry(table: PageTable, page: number): SeenEntry | null {
  const huge = pmdOffset(table, page)?.huge ?? null;
  const pte = huge ?? pteOffset(table, page);
  return pte === null ? null : { huge: huge !== null, at: pte, pte: { ...pte } };
}

/**
 * Whether the entry is another one than was read before the page was taken. That its table is still in place is looked at
 * from v6.0 on (commit 70cbc3cc78a9).
 */
function hasChanged({ mm, behaviour }: Machine, page: number, seen: SeenEntry): boolean {
  const { gupFastRechecksPte, gupFastRechecksPmd } = behaviour.switches;
  const pmd = pmdOffset(mm.pageTable, page);
  if (seen.huge) {
    const huge = pmd?.huge ?? null;
    return gupFastRechecksPte && (huge === null || !pteSame(huge, seen.pte));
  }
  if (gupFastRechecksPte && !pteSame(seen.at, seen.pte)) return true;
  return gupFastRechecksPmd && (pmd === null || pmd.ptes === null);
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

/** Entries that are left alone before anything is taken: special ones, but for device memory that is not held for long. */
function specialEntry({ bits }: Pte, flags: number): string | null {
  if ((bits & PTE.DEVMAP) === 0) return (bits & PTE.SPECIAL) === 0 ? null : 'a special entry';
  return (flags & FOLL.LONGTERM) === 0 ? null : 'a page of fsdax';
}

function obstacleOf(machine: Machine, vma: Vma | null, pte: Pte, folio: Folio, flags: number): string | null {
  if (vma?.ops === 'secretmem') return 'a secretmem page';
  const unknown = unknownFolio(machine, folio, flags);
  if (unknown !== null) return unknown;
  const longtermPin = (flags & (FOLL.LONGTERM | FOLL.PIN | FOLL.GET)) === (FOLL.LONGTERM | FOLL.PIN);
  const { gupFastRefusesUnpinnable } = machine.behaviour.switches;
  if (gupFastRefusesUnpinnable && longtermPin && (folio.bits & FOLIO.MOVABLE_ZONE) !== 0)
    return 'the page may not be pinned for long where it is';
  if ((pte.bits & PTE.WRITE) !== 0 || !gupMustUnshare(machine, null, folio, pte.pfn, flags)) return null;
  return 'the page may be shared, a pin needs an exclusive one';
}
