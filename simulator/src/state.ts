/** The state of the modelled machine: plain data, small, and copied by {@link copyState}. */

import type { LockMode } from './trace.js';

/** Bits of a page-table entry. PRESENT is also set in a PROT_NONE entry, as pte_present() says on x86. */
export const PTE = {
  PRESENT: 1 << 0,
  SWAP: 1 << 1,
  WRITE: 1 << 2,
  DIRTY: 1 << 3,
  YOUNG: 1 << 4,
  SPECIAL: 1 << 5,
  PROTNONE: 1 << 6,
} as const;

/** What a page-table entry that is not present stands for. */
export type SwapKind = 'none' | 'swap' | 'hwpoison' | 'poison-marker';

/** A page-table entry. All bits 0: pte_none(). */
export interface Pte {
  bits: number;
  /** Index into `folios`, -1 if it maps none. */
  folio: number;
  swap: SwapKind;
  /** Type of a swap entry as the walk shows it. */
  swapType: number;
  /** Index into `folios` of the folio in the swap cache for this entry, -1: none. */
  swapCache: number;
}

/** Bits of a folio. */
export const FOLIO = {
  ANON: 1 << 0,
  KSM: 1 << 1,
  ANON_EXCLUSIVE: 1 << 2,
  ZERO_PAGE: 1 << 3,
  /** It lies in ZONE_MOVABLE. */
  MOVABLE_ZONE: 1 << 4,
  DIRTY: 1 << 5,
  SWAPCACHE: 1 << 6,
  REFERENCED: 1 << 7,
  ACTIVE: 1 << 8,
  /** A page of a driver: on no LRU list, of no file. */
  NO_LRU: 1 << 9,
  /** In the page cache of a tmpfs file or of shared anonymous memory. */
  SHMEM: 1 << 10,
} as const;

/** GUP_PIN_COUNTING_BIAS: what a pin of a small folio adds to its reference count. */
export const GUP_PIN_COUNTING_BIAS = 1024;

export interface Folio {
  bits: number;
  /** Reference count, pins included. */
  ref: number;
  map: number;
  /**
   * A per-CPU folio batch holds a reference until it is drained: of this CPU, of another, or none (it is on the LRU).
   * unknown: nothing tells, so that the reference count is not known.
   */
  batch: 'none' | 'this-cpu' | 'other-cpu' | 'unknown';
}

export interface Uffd {
  /** UFFD_FEATURE_ bits. */
  readonly features: number;
  readonly userModeOnly: boolean;
  readonly plan: string;
  /** Letters of the plan that the monitor has used up. */
  used: number;
}

/** One answer of a driver's handler; `ret` is a VM_FAULT_ mask of flagSets.ts. */
export interface DriverStep {
  readonly act: 'PAGE' | 'LOCKED' | 'RET' | 'RETRY' | 'INSERT' | 'COMPLETED' | 'PFN';
  readonly ret: number;
}

export interface Driver {
  /** What ->fault does once its program is over. */
  readonly ordinary: DriverStep['act'];
  readonly faultProgram: readonly DriverStep[];
  faultCalls: number;
  readonly hasPageMkwrite: boolean;
  /** It has ->map_pages, which maps nothing. */
  readonly hasMapPages: boolean;
  readonly mkwriteProgram: readonly DriverStep[];
  mkwriteCalls: number;
  /** Its pages have been written to before. */
  readonly pagesDirty: boolean;
}

/** The only vma of interest. */
export interface Vma {
  read: boolean;
  write: boolean;
  exec: boolean;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  readonly shared: boolean;
  /** VM_IO or VM_PFNMAP. */
  readonly io: boolean;
  locked: boolean;
  /** Pages that the vma covers, from the first asked for on: a split makes it smaller. */
  pages: number;
  /** VM_SOFTDIRTY: soft-dirty tracking does not ask for write faults. */
  readonly softDirty: boolean;
  readonly pkey: number;
  /** vma->anon_vma is there: the vma has had an anonymous page. */
  anonVma: boolean;
  /** Registered for missing faults. */
  uffd: Uffd | null;
  /** null: no driver's mapping. */
  readonly driver: Driver | null;
  /** tmpfs, memfd, or shared anonymous memory. */
  readonly shmem: boolean;
  /** memfd_secret(): pages that are in no other page table. */
  readonly secretmem: boolean;
  /** The pages lie beyond the end of the file. */
  readonly beyondEof: boolean;
}

export interface Task {
  sigkill: boolean;
  /** A signal with a handler is pending. */
  signal: boolean;
  /** PF_MEMALLOC_PIN: allocations avoid ZONE_MOVABLE. */
  memallocPin: boolean;
  /** Rights of the vma's protection key in this task's PKRU. */
  readonly pkeyAccessDisabled: boolean;
  readonly pkeyWriteDisabled: boolean;
}

export interface State {
  /** mmap_lock as the calling task holds it. */
  lock: LockMode;
  /** The calling task holds the lock of the vma, without mmap_lock. */
  vmaLock: boolean;
  /** null: unmapped. */
  vma: Vma | null;
  /** The stack that a page fault on the address makes grow; null: there is none close above it. */
  readonly stackAbove: Vma | null;
  /** The address is one that user space may have (access_ok()). */
  readonly userAddress: boolean;
  /** The processor takes the address at all; one that is not canonical it refuses before it looks at page tables. */
  readonly canonicalAddress: boolean;
  /** Whether there is a page table for the region. */
  pageTable: boolean;
  /** Entries of the pages asked for. */
  ptes: Pte[];
  folios: Folio[];
  /** Of a shmem mapping: for each page the folio in the page cache, -1: none. */
  pageCache: number[];
  /** Index of the zero page in `folios`. */
  readonly zeroPage: number;
  task: Task;
  /** The mm is another process's. */
  readonly foreignMm: boolean;
  /** mm->write_protect_seq: a fork is running (odd), or runs between the two looks of gup-fast. */
  readonly writeProtectSeq: 'even' | 'odd' | 'bumped-during-fast';
  /** User memory lies in ZONE_MOVABLE. */
  readonly movable: boolean;
}

/** An entry that maps nothing. */
export function nonePte(): Pte {
  return { bits: 0, folio: -1, swap: 'none', swapType: -1, swapCache: -1 };
}

/** A copy that shares nothing mutable with the original. */
export function copyState(state: State): State {
  const { vma } = state;
  return {
    ...state,
    vma: vma === null ? null : copyVma(vma),
    stackAbove: state.stackAbove === null ? null : copyVma(state.stackAbove),
    ptes: state.ptes.map(pte => ({ ...pte })),
    folios: state.folios.map(folio => ({ ...folio })),
    pageCache: [...state.pageCache],
    task: { ...state.task },
  };
}

function copyVma(vma: Vma): Vma {
  return {
    ...vma,
    uffd: vma.uffd === null ? null : { ...vma.uffd },
    driver: vma.driver === null ? null : { ...vma.driver },
  };
}

/** vma_is_anonymous() */
export function vmaIsAnonymous(vma: Vma): boolean {
  return vma.driver === null && !vma.shmem && !vma.secretmem;
}

/** Whether pte_none() holds. */
export function pteNone(pte: Pte): boolean {
  return pte.bits === 0;
}

/** Pins of a small folio, as folio_maybe_dma_pinned() counts them. */
export function pincount(folio: Folio): number {
  return Math.floor(folio.ref / GUP_PIN_COUNTING_BIAS);
}
