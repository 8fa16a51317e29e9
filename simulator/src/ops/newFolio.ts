/** A fresh anonymous folio, mapped once, and the protection bits of an entry for it. */

import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import { FOLIO, type Folio, PTE, type Vma } from '../state.js';

/**
 * Allocates a folio for the vma and maps it: reference counts one for the mapping and one for the folio batch that
 * will put it on the LRU (folio_add_lru_vma()). Returns its index. `by` is who allocates.
 */
export function newAnonFolio(machine: Machine, by: 'caller' | 'monitor'): number {
  const { state } = machine;
  // PF_MEMALLOC_PIN of a long-term pin takes __GFP_MOVABLE away (current_gfp_context()).
  const movable = state.movable && !(by === 'caller' && state.task.memallocPin);
  const folio: Folio = {
    bits: FOLIO.ANON | FOLIO.ANON_EXCLUSIVE | (movable ? FOLIO.MOVABLE_ZONE : 0),
    ref: 2,
    map: 1,
    batch: by === 'caller' ? 'this-cpu' : 'other-cpu',
  };
  return state.folios.push(folio) - 1;
}

/** A page in the page cache that is mapped nowhere: one reference of the cache, one of a folio batch. */
export function newShmemFolio(machine: Machine, by: 'caller' | 'monitor'): number {
  const { state } = machine;
  const movable = state.movable && !(by === 'caller' && state.task.memallocPin);
  const bits = FOLIO.SHMEM | (movable ? FOLIO.MOVABLE_ZONE : 0);
  return state.folios.push({ bits, ref: 2, map: 0, batch: by === 'caller' ? 'this-cpu' : 'other-cpu' }) - 1;
}

/**
 * mk_pte(page, vma->vm_page_prot) on x86: accessed; a PROT_NONE vma gives a PROT_NONE entry. Writable only in a shared
 * mapping that need not hear of the first write (vma_wants_writenotify()).
 */
export function mkPte(vma: Vma): number {
  const accessible = vma.read || vma.write || vma.exec;
  const writable = vma.shared && vma.write && vma.driver?.hasPageMkwrite !== true;
  return PTE.PRESENT | PTE.YOUNG | (accessible ? 0 : PTE.PROTNONE) | (writable ? PTE.WRITE : 0);
}

/** maybe_mkwrite(): the write bit if the vma is writable. */
export function maybeMkwrite(vma: Vma): number {
  return vma.write ? PTE.WRITE : 0;
}

/** lru_add_drain(): the folio batches of this CPU give their references back. */
export function lruAddDrain(machine: Machine): void {
  for (const folio of machine.state.folios) {
    if (folio.batch === 'unknown' && (folio.bits & FOLIO.SWAPCACHE) !== 0)
      throw new NotModelled('whose folio batch holds a page that was read ahead from swap');
    if (folio.batch === 'this-cpu') {
      folio.batch = 'none';
      folio.ref -= 1;
    }
  }
}
