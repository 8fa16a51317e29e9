/** do_swap_page() of mm/memory.c: an entry that is not present and not empty. */

import { FAULT, VM_FAULT, VM_FAULT_ERROR } from '../flagSets.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  addFolio,
  BATCH_NONE,
  FOLIO,
  type Folio,
  newFolio,
  PTE,
  PTE_MKDIRTY,
  type Pte,
  pageFolio,
  pteSame,
  type SwapSlot,
  userfaultfdWp,
  type Vma,
  writePage,
  ZEROES,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { pteNeedsSoftDirtyWp } from './canChangePteWritable.js';
import { doWpPage } from './doWpPage.js';
import { folioFreeSwap } from './folioFreeSwap.js';
import { handlePteMarker } from './handlePteMarker.js';
import { lruAddDrain, markAnonExclusive, maybeMkwrite, mkPte, zoneBits } from './newFolio.js';
import { ptLock, ptUnlock } from './pageTableLock.js';
import { releaseFaultLock } from './releaseFaultLock.js';

/** A VM_FAULT_ mask. Reading from swap is asynchronous, so a first fault that may retry does (folio_lock_or_retry()). */
export function* doSwapPage(machine: Machine, vma: Vma, pte: Pte, page: number, flags: number): Op<number> {
  if (pte.swap === 'none') {
    yield { routine: 'print_bad_pte', text: 'an entry that means nothing', faultFlags: flags, page };
    return VM_FAULT.SIGBUS;
  }
  if (pte.swap === 'hwpoison') {
    yield { routine: 'do_swap_page', text: 'a hwpoison entry', faultFlags: flags, page };
    return VM_FAULT.HWPOISON;
  }
  if (pte.swap === 'poison-marker' || pte.swap === 'uffd-wp-marker')
    return yield* handlePteMarker(machine, vma, pte, page, flags);
  if (pte.swap === 'migration') {
    const wait = { lock: 'migration', mm: machine.mm.index, page } as const;
    yield {
      routine: 'migration_entry_wait',
      text: 'waits until the page is moved',
      faultFlags: flags,
      page,
      wait,
    };
    return 0;
  }
  if ((flags & FAULT.VMA_LOCK) !== 0 && !machine.behaviour.switches.vmaLockSwapAndUffd) {
    yield { routine: 'do_swap_page', text: 'not under the lock of the vma alone', faultFlags: flags, page };
    return VM_FAULT.RETRY;
  }
  // pte_swp_uffd_wp() is not part of the state.
  if (userfaultfdWp(vma) !== null) throw new NotModelled('swap under userfaultfd write protection');
  const { folios, slots } = machine.state;
  const slot = slots[pte.slot];
  if (slot === undefined) throw new NotModelled('a swap entry without its slot');
  const seen = { ...pte };
  let ret = 0;
  const missing = slot.cache < 0;
  if (missing) {
    if ((flags & FAULT.VMA_LOCK) !== 0 && machine.asRecorded === true)
      throw new NotModelled('whether a read from swap is over when a touch of user mode asks for the page');
    slot.cache = swapinReadahead(machine, slot);
    ret = VM_FAULT.MAJOR;
  }
  const head = slot.cache;
  const folio = pageFolio(folios, head);
  if (folio === undefined) throw new NotModelled('a swap cache entry without a folio');
  folio.ref += 1;
  if (missing)
    yield { routine: 'swapin_readahead', text: 'starts reading the page from swap', faultFlags: flags, page };
  if (
    (missing || folio.locked >= 0) &&
    (yield* lockOrRetry(machine, vma, folio, head, page, flags, missing))
  ) {
    folio.ref -= 1;
    return ret | VM_FAULT.RETRY;
  }
  const { swapRechecksCache, swapRechecksEntry } = machine.behaviour.switches;
  const lost = slot.cache !== head && swapRechecksCache;
  if (lost || (swapRechecksEntry && !pteSame(pte, seen))) {
    folio.ref -= 1;
    const text = lost ? 'the swap cache has the page no longer' : 'the entry has changed';
    yield { routine: 'do_swap_page', text, faultFlags: flags, page };
    return ret;
  }
  return yield* mapFolio(machine, vma, pte, slot, folio, head, page, flags, ret);
}

/** Allocates the folio and puts it into the swap cache, which holds a reference beside that of a folio batch; its first page. */
function swapinReadahead(machine: Machine, { contents }: SwapSlot): number {
  const { state } = machine;
  const bits = FOLIO.ANON | FOLIO.SWAPCACHE | zoneBits(machine);
  const pfn = addFolio(state.folios, newFolio({ bits, ref: 2, batch: machine.current.index }));
  if (contents !== ZEROES) writePage(state.folios, pfn, contents);
  // swap_cluster_readahead()
  if (machine.behaviour.switches.swapinDrainsBatch) lruAddDrain(machine);
  return pfn;
}

/**
 * __folio_lock_or_retry() while the read is under way (`reading`) or somebody else has the folio lock: true if the fault
 * has to be retried. mmap_lock is then dropped unless RETRY_NOWAIT.
 */
function* lockOrRetry(
  machine: Machine,
  vma: Vma,
  folio: Folio,
  head: number,
  page: number,
  flags: number,
  reading: boolean,
): Op<boolean> {
  const allowRetryFirst = (flags & FAULT.ALLOW_RETRY) !== 0 && (flags & FAULT.TRIED) === 0;
  const wait = { lock: 'folio', pfn: head } as const;
  if (!allowRetryFirst) {
    const what = reading ? 'the read' : 'the folio lock';
    do {
      const text = `waits for ${what}, holding mmap_lock`;
      yield { routine: '__folio_lock', text, faultFlags: flags, page, wait };
    } while (folio.locked >= 0);
    return false;
  }
  if ((flags & FAULT.RETRY_NOWAIT) !== 0) {
    yield { routine: '__folio_lock_or_retry', text: 'does not wait (RETRY_NOWAIT)', faultFlags: flags, page };
    return true;
  }
  const why = reading ? 'the page is being read from swap' : 'the folio is locked';
  yield* releaseFaultLock(machine, vma, flags, why);
  const text = reading ? 'waits for the read, then retries' : 'waits for the folio lock, then retries';
  yield { routine: '__folio_lock_or_retry', text, faultFlags: flags, page, wait };
  return true;
}

function* mapFolio(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  slot: SwapSlot,
  folio: Folio,
  head: number,
  page: number,
  faultFlags: number,
  before: number,
): Op<number> {
  const { switches } = machine.behaviour;
  let ret = before;
  let flags = faultFlags;
  const write = (flags & FAULT.WRITE) !== 0;
  const exclusive = takesForItself(machine, vma, pte, slot, folio, head, write);
  folio.map += 1;
  if (exclusive) markAnonExclusive(machine, folio, head);
  let bits = mkPte(vma) | (pte.bits & PTE.SOFT_DIRTY);
  const upgrades = switches.swapinMapsWritable && vma.write && !pteNeedsSoftDirtyWp(vma, pte);
  if (exclusive && upgrades) bits |= PTE.WRITE;
  if (write && exclusive && (upgrades || !switches.swapinMapsWritable)) {
    bits |= PTE_MKDIRTY | maybeMkwrite(vma);
    flags &= ~FAULT.WRITE;
    if (switches.vmFaultWrite) ret |= VM_FAULT.WRITE;
  }
  pte.pfn = head;
  pte.bits = bits;
  pte.swap = 'none';
  pte.swapType = -1;
  pte.slot = -1;
  const copies = (flags & FAULT.WRITE) !== 0;
  // do_wp_page() is called with the page-table lock that the entry was set under.
  if (copies) ptLock(machine);
  const text = exclusive ? 'maps the page, exclusive' : 'maps the page, read-only';
  yield { routine: 'do_swap_page', text, faultFlags, page };
  if (copies) {
    ptUnlock(machine);
    ret |= yield* doWpPage(machine, vma, pte, page, flags);
    if ((ret & VM_FAULT_ERROR) !== 0) ret &= VM_FAULT_ERROR;
  }
  return ret;
}

/**
 * The entry gives its part of the slot up for the reference to the folio that the fault has. Whether the folio is its alone: it was exclusive
 * when it was swapped out, or nobody else refers to it now. Up to v5.17 that is looked at for a write only, and what
 * counts are mappings and swap entries (reuse_swap_page()).
 */
function takesForItself(
  machine: Machine,
  vma: Vma,
  pte: Pte,
  slot: SwapSlot,
  folio: Folio,
  head: number,
  write: boolean,
): boolean {
  const { state, behaviour } = machine;
  if (!behaviour.switches.wpReuseLeavesSwapCache) {
    const alone = folio.map + slot.count <= 1;
    slot.count -= 1;
    if ((write && alone) || vma.locked) folioFreeSwap(state, folio, head);
    return alone;
  }
  if (write && folio.batch !== BATCH_NONE) lruAddDrain(machine);
  slot.count -= 1;
  // should_try_to_free_swap(): the references of this fault and of the swap cache, or an mlocked page, which needs no slot.
  if ((write && folio.ref === 2) || vma.locked) folioFreeSwap(state, folio, head);
  if (!behaviour.switches.anonExclusive) return folio.ref === 1;
  return (pte.bits & PTE.SWP_EXCLUSIVE) !== 0 || folio.ref === 1;
}
