/** A fresh anonymous folio, cleared and mapped once, and the protection bits of an entry for it. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  addFolio,
  BATCH_NONE,
  BATCH_UNKNOWN,
  FOLIO,
  type Folio,
  hasPageMkwrite,
  isVmHugetlbPage,
  newFolio,
  PTE,
  setPageAnonExclusive,
  userfaultfdWp,
  type Vma,
  vmaIsAccessible,
  ZEROES,
} from '../state/index.js';

/**
 * Allocates a folio for the vma and maps it: reference counts one for the mapping and one for the folio batch that
 * will put it on the LRU (folio_add_lru_vma()). Returns its page.
 */
export function newAnonFolio(machine: Machine, vma: Vma): number {
  const { mlockByRange } = machine.behaviour.switches;
  // Up to v5.17 lru_cache_add_inactive_or_unevictable() marks it; since, mlock has batches of its own.
  const mlocked = vma.locked && !mlockByRange ? FOLIO.MLOCKED : 0;
  const bits = FOLIO.ANON | zoneBits(machine) | mlocked;
  const folio = newFolio({ bits, ref: 2, map: 1, batch: machine.current.index });
  markAnonExclusive(machine, folio, 0);
  return addFolio(machine.state.folios, folio);
}

/** SetPageAnonExclusive(), where the release has the mark (v5.19, commit 6c287605fd56). */
export function markAnonExclusive(machine: Machine, folio: Folio, pfn: number): void {
  if (machine.behaviour.switches.anonExclusive) setPageAnonExclusive(folio, pfn);
}

/** A page in the page cache that is mapped nowhere: one reference of the cache, one of a folio batch. */
export function newShmemFolio(machine: Machine): number {
  const bits = FOLIO.SHMEM | zoneBits(machine);
  return addFolio(machine.state.folios, newFolio({ bits, ref: 2, batch: machine.current.index }));
}

/** A page of a file that is read from its disk, which holds `data`: one reference of the page cache, one of a folio batch. */
export function newFileFolio(machine: Machine, data: string): number {
  const bits = FOLIO.FILE | zoneBits(machine);
  const folio = newFolio({ bits, ref: 2, batch: machine.current.index });
  if (data !== ZEROES) folio.contents[0] = data;
  return addFolio(machine.state.folios, folio);
}

/** PF_MEMALLOC_PIN of a long-term pin takes __GFP_MOVABLE away (current_gfp_context()). */
export function zoneBits({ state, current }: Machine): number {
  return state.movable && !current.memallocPin ? FOLIO.MOVABLE_ZONE : 0;
}

/**
 * mk_pte(page, vma->vm_page_prot) on x86: accessed; a PROT_NONE vma gives a PROT_NONE entry. Writable only in a shared
 * mapping that need not hear of the first write (vma_wants_writenotify()), as a userfaultfd for write protection and soft-dirty tracking want to.
 */
export function mkPte(vma: Vma): number {
  const tracked = !vma.softDirty && !isVmHugetlbPage(vma);
  const notify = hasPageMkwrite(vma) || userfaultfdWp(vma) !== null || tracked;
  const writable = vma.shared && vma.write && !notify;
  return PTE.PRESENT | PTE.YOUNG | (vmaIsAccessible(vma) ? 0 : PTE.PROTNONE) | (writable ? PTE.WRITE : 0);
}

/** maybe_mkwrite(): the write bit if the vma is writable. */
export function maybeMkwrite(vma: Vma): number {
  return vma.write ? PTE.WRITE : 0;
}

/** lru_add_drain_all(): the folio batches of every CPU. */
export function lruAddDrainAll(machine: Machine): void {
  lruAddDrain(machine);
  for (const folio of machine.state.folios) {
    if (folio.batch === BATCH_NONE || folio.batch === BATCH_UNKNOWN) continue;
    folio.batch = BATCH_NONE;
    folio.ref -= 1;
  }
}

/** lru_add_drain(): the folio batches of this CPU give their references back. */
export function lruAddDrain(machine: Machine): void {
  const cpu = machine.current.index;
  for (const folio of machine.state.folios) {
    if (folio.batch === BATCH_UNKNOWN && (folio.bits & FOLIO.SWAPCACHE) !== 0)
      throw new NotModelled('whose folio batch holds a page that was read ahead from swap');
    if (folio.batch === cpu) {
      folio.batch = BATCH_NONE;
      folio.ref -= 1;
    }
  }
}
