/** The page table and the folios of a scenario: from `pte_before`, or from the name of how the pages were prepared. */

import type { Behaviour } from './behaviour.js';
import { NotModelled } from './notModelled.js';
import { mkPte } from './ops/newFolio.js';
import { WRITTEN_STATES } from './pageStates.js';
import type { PteBefore } from './scenario.js';
import { FILE_STATES, fileFromPageState, filePageFromRecord } from './setupFile.js';
import { HUGETLB_STATES, hugetlbFromPageState } from './setupHugetlb.js';
import { SHMEM_STATES, shmemPte } from './setupShmem.js';
import { preparedBySteps } from './setupSteps.js';
import { thpFromPageState } from './setupThp.js';
import {
  addFolio,
  BATCH_NONE,
  BATCH_UNKNOWN,
  entriesOf,
  FOLIO,
  isVmHugetlbPage,
  type Mm,
  newFolio,
  newSlot,
  nonePte,
  PAGE_CACHE,
  PTE,
  type Pte,
  pageFolio,
  pteAlloc,
  type State,
  SWP_PTE_MARKER,
  setPageAnonExclusive,
  userfaultfdWp,
  type Vma,
  type VmOps,
  vmaIsAnonymous,
  vmaIsFsdax,
} from './state/index.js';

export interface Situation {
  readonly state: State;
  /** The address space that the call works on. */
  readonly mm: Mm;
  readonly vma: Vma;
  readonly behaviour: Behaviour;
  readonly pageState: string;
  /** Anonymous memory was prepared in transparent huge pages. */
  readonly huge: boolean;
  /** Order of these. */
  readonly folioOrder: number;
  /** The file was filled by write(). */
  readonly fileWritten: boolean;
}

/** First swap type that is no swap area: hwpoison, migration, device and marker entries follow. */
const FIRST_SPECIAL_SWAP_TYPE = 24;

const PTE_NAMES: ReadonlyMap<string, number> = new Map([
  ['present', PTE.PRESENT],
  ['write', PTE.WRITE],
  ['dirty', PTE.DIRTY],
  ['young', PTE.YOUNG],
  ['special', PTE.SPECIAL],
  ['protnone', PTE.PROTNONE],
  ['uffd_wp', PTE.UFFD_WP],
]);

const FOLIO_NAMES: ReadonlyMap<string, number> = new Map([
  ['anon', FOLIO.ANON],
  ['ksm', FOLIO.KSM],
  ['hugetlb', FOLIO.HUGETLB],
  ['zero_page', FOLIO.ZERO_PAGE],
  ['movable_zone', FOLIO.MOVABLE_ZONE],
  ['pg_dirty', FOLIO.DIRTY],
  ['swapcache', FOLIO.SWAPCACHE],
]);

const EXCLUSIVE_NAME = 'anon_exclusive';

/** Names that are no bits of a folio: they follow from its counts and its order, or are bits of a page. */
const DERIVED_NAMES: ReadonlySet<string> = new Set(['maybe_dma_pinned', 'large_folio', EXCLUSIVE_NAME]);

/** CPUs by number, which are those of the tasks: the caller's, and one where a task runs that is not in the state. */
const CALLERS_CPU = 0;
const OTHER_CPU = 1;

/** What the page of an entry is that is not anonymous memory, by the mapping; shmem where nothing is said. */
const FOLIO_BITS_OF_OPS: { readonly [ops in VmOps]?: number } = {
  driver: FOLIO.NO_LRU,
  special_mapping: FOLIO.NO_LRU,
  ext4: FOLIO.FILE,
  ext4_dax: FOLIO.FILE | FOLIO.NO_LRU,
};

/** States in which a private mapping of a file has pages of its own, as anonymous memory has, or has had them. */
const PRIVATE_COPIES: ReadonlySet<string> = new Set([
  ...WRITTEN_STATES,
  'swapped_out',
  'ksm_merged',
  'numa_hint_protnone',
]);

/** States the model knows; what a page of them hides (who else holds it) is known too. */
const KNOWN_STATES: ReadonlySet<string> = new Set([
  ...PRIVATE_COPIES,
  'unpopulated',
  'read_populated',
  'read_populated_then_forked',
  'stack',
  'cross_hole_nr4',
  'cross_mixed_nr4',
  'vdso',
  'vvar',
]);

/** States of a shared mapping of a file of which the entries tell all: a child shares the page cache, not the table. */
const TOLD_BY_ENTRIES: ReadonlySet<string> = new Set([
  'written_then_MADV_DONTNEED',
  'mlocked_written',
  'written_then_forked_child_alive',
  'written_then_forked_child_exited',
  'read_populated_then_forked',
  'numa_hint_protnone',
  'hwpoisoned',
  'written_pkey_access_disabled',
  'written_pkey_write_disabled',
]);

/** Names of states after UFFDIO_WRITEPROTECT. */
const PROTECTED_STATE = /wp|write_?protect/;

/** States in which there is no page table yet. */
const UNTOUCHED: ReadonlySet<string> = new Set(['unpopulated', 'cross_hole_nr4']);

/** Throws NotModelled for a state that has no model. */
export function refuseUnknownState({ vma, pageState, huge }: Situation): void {
  const other = vma.shared ? TOLD_BY_ENTRIES : PRIVATE_COPIES;
  if (huge && preparedBySteps(pageState)) return;
  if (!knownStates(vma).has(pageState) && !(isPageCache(vma) && other.has(pageState)))
    throw new NotModelled(`the page state ${pageState}`);
}

function knownStates(vma: Vma): ReadonlySet<string> {
  if (vma.ops === 'shmem') return SHMEM_STATES;
  if (isFile(vma)) return FILE_STATES;
  return isVmHugetlbPage(vma) ? HUGETLB_STATES : KNOWN_STATES;
}

/** Whether it maps the page cache of a file, or what stands for one (DAX). */
function isPageCache(vma: Vma): boolean {
  return vma.ops === 'shmem' || isFile(vma);
}

/** Whether it maps a file of a file system on a disk. */
export function isFile({ ops }: Vma): boolean {
  return ops === 'ext4' || ops === 'ext4_dax';
}

/** The entry of a record of the page-table walk at `page`. Adds its folio to the state. */
export function pteFromRecord(situation: Situation, page: number, record: PteBefore): Pte {
  const { state, pageState, vma } = situation;
  // What a userfaultfd protects is told by the entry, however the state is called.
  if (userfaultfdWp(vma) === null || !PROTECTED_STATE.test(pageState)) refuseUnknownState(situation);
  if (record.lvl > 1) throw new NotModelled('a huge entry in a mapping of small pages');
  const pte = nonePte();
  if (record.lvl === 0 || record.f.includes('none')) return pte;
  if (record.f.includes('swap_entry')) return swapEntry(pte, record, situation);
  let { folioBits } = bitsOf(situation.vma, record);
  pte.bits = bitsOf(situation.vma, record).pteBits;
  if ((folioBits & FOLIO.ZERO_PAGE) !== 0) {
    pte.pfn = state.zeroPage;
    const zero = pageFolio(state.folios, state.zeroPage);
    if (zero !== undefined) zero.ref = record.ref ?? 1;
    return pte;
  }
  if ((folioBits & FOLIO.ANON) === 0) {
    if (vmaIsAnonymous(situation.vma)) throw new NotModelled('an entry that maps no anonymous page');
    folioBits |= FOLIO_BITS_OF_OPS[situation.vma.ops] ?? FOLIO.SHMEM;
    if (vmaIsFsdax(situation.vma)) pte.bits |= PTE.DEVMAP;
    if (isFile(situation.vma) && record.f.includes('large_folio')) {
      pte.pfn = filePageFromRecord(situation, page, record, folioBits);
      return pte;
    }
  }
  pte.pfn = recordedFolio(situation, folioBits, record);
  return pte;
}

/**
 * Whether an entry is write-protected by a userfaultfd, of a walk that does not tell: a page of our own that was written to
 * and may be again has no other reason not to be writable.
 */
export function isUffdWpUnnamed(vma: Vma, { f }: PteBefore): boolean {
  if (userfaultfdWp(vma) === null || !vma.write || f.includes('uffd_wp')) return false;
  const written = f.includes('present') && f.includes('dirty') && (vma.shared || f.includes(EXCLUSIVE_NAME));
  return written && !f.includes('write') && !f.includes('protnone');
}

/** The bits that the names of a record stand for, of a present entry and of the folio that it maps. */
export function bitsOf(
  vma: Vma,
  record: PteBefore,
): { readonly pteBits: number; readonly folioBits: number } {
  let pteBits = isUffdWpUnnamed(vma, record) ? PTE.UFFD_WP : 0;
  let folioBits = 0;
  for (const name of record.f) {
    const bit = PTE_NAMES.get(name);
    if (bit !== undefined) pteBits |= bit;
    else if (!DERIVED_NAMES.has(name)) folioBits |= folioBit(name);
  }
  // Clearing the soft-dirty bits takes the write bits away: what has one was written to since.
  if (!vma.softDirty && (pteBits & PTE.WRITE) !== 0) pteBits |= PTE.SOFT_DIRTY;
  return { pteBits, folioBits };
}

function folioBit(name: string): number {
  const bit = FOLIO_NAMES.get(name);
  if (bit === undefined) throw new NotModelled(`an entry or page that is ${name}`);
  return bit;
}

function swapEntry(pte: Pte, record: PteBefore, situation: Situation): Pte {
  const { pageState, vma } = situation;
  const type = record.swp_type ?? 0;
  if (type < FIRST_SPECIAL_SWAP_TYPE) pte.swap = 'swap';
  else if (pageState === 'hwpoisoned') pte.swap = 'hwpoison';
  else if (type === SWP_PTE_MARKER && userfaultfdWp(vma) !== null) pte.swap = 'uffd-wp-marker';
  else if (type === SWP_PTE_MARKER && pageState.includes('poison')) pte.swap = 'poison-marker';
  else throw new NotModelled(`a swap entry of type ${type}`);
  // Nobody shared the page when it was swapped out.
  pte.bits = PTE.SWAP | (pte.swap === 'swap' ? PTE.SWP_EXCLUSIVE : 0);
  pte.swapType = type;
  if (pte.swap === 'swap') pte.slot = writtenSlot(situation);
  return pte;
}

/** A slot that one entry names, of which the swap cache has nothing. */
function writtenSlot({ state }: Situation): number {
  return state.slots.push(newSlot({ count: 1 })) - 1;
}

function recordedFolio(situation: Situation, bits: number, record: PteBefore): number {
  const { state, mm } = situation;
  const map = record.map ?? 1;
  const ref = record.ref ?? map;
  if ((bits & FOLIO.KSM) !== 0) {
    // All equal pages of the region were merged into one.
    for (const { pfn } of entriesOf(mm.pageTable, situation.vma.start, situation.vma.end)) {
      if (((pageFolio(state.folios, pfn)?.bits ?? 0) & FOLIO.KSM) !== 0) return pfn;
    }
  }
  return folioOf(situation, { bits, ref, map, exclusive: record.f.includes(EXCLUSIVE_NAME) });
}

/** What is known of the folio of a small page. */
interface FolioSetup {
  readonly bits: number;
  readonly ref: number;
  readonly map: number;
  readonly exclusive: boolean;
}

/**
 * A folio with these counts; its page. A reference beyond those of mappings and swap cache is that of a folio batch: the
 * page has not been on the LRU yet.
 */
function folioOf(situation: Situation, { bits, ref, map, exclusive }: FolioSetup): number {
  const { folios } = situation.state;
  if ((bits & FOLIO.NO_LRU) !== 0) return addFolio(folios, newFolio({ bits, ref, map }));
  const buffers = (bits & FOLIO.FILE) !== 0 && ref > map + 1 ? FOLIO.PRIVATE : 0;
  const expected = map + ((bits & (FOLIO.SWAPCACHE | PAGE_CACHE)) !== 0 ? 1 : 0) + (buffers !== 0 ? 1 : 0);
  const batch = ref > expected ? batchOf(situation, bits) : BATCH_NONE;
  // A merged page was looked at by the scan that merged it, a page of a file by the write() that filled it: the next
  // mark_page_accessed() activates it.
  const filled = (bits & FOLIO.SHMEM) !== 0 && situation.fileWritten;
  const referenced = (bits & FOLIO.KSM) !== 0 || filled ? FOLIO.REFERENCED : 0;
  const mlocked = situation.vma.locked && !situation.behaviour.switches.mlockByRange ? FOLIO.MLOCKED : 0;
  const folio = newFolio({ bits: bits | referenced | mlocked | buffers, ref, map, batch });
  const pfn = addFolio(folios, folio);
  if (exclusive && situation.behaviour.switches.anonExclusive) setPageAnonExclusive(folio, pfn);
  return pfn;
}

/** In whose folio batch a page is that has not been on the LRU yet. */
function batchOf({ pageState }: Situation, bits: number): number {
  // Written by the parent, which runs on while the child is the caller.
  if (pageState === 'written_by_parent_caller_is_forked_child') return OTHER_CPU;
  return (bits & FOLIO.SWAPCACHE) !== 0 ? BATCH_UNKNOWN : CALLERS_CPU;
}

/** Puts an entry into the page table, and allocates the table for it. */
export function putPte({ mm }: Situation, page: number, pte: Pte): void {
  Object.assign(pteAlloc(mm.pageTable, page), pte);
}

/** Entries for these pages, as `page_state` prepares them. */
export function ptesFromPageState(situation: Situation, pages: readonly number[]): void {
  const { pageState, vma } = situation;
  refuseUnknownState(situation);
  if (isVmHugetlbPage(vma)) {
    hugetlbFromPageState(situation, pages);
    return;
  }
  const copied = !vma.shared && isPageCache(vma) && PRIVATE_COPIES.has(pageState);
  if (isPageCache(vma) && !copied) {
    if (TOLD_BY_ENTRIES.has(pageState))
      throw new NotModelled(`pages ${pageState} of a file without pte_before`);
    if (isFile(vma)) fileFromPageState(situation, pages);
    else if (pageState.endsWith('_populated'))
      for (const page of pages) putPte(situation, page, shmemPte(situation));
    return;
  }
  if (!vmaIsAnonymous(vma) && !copied) {
    const mapped = vma.driver?.ordinary === 'RET' || pageState.endsWith('_populated');
    if (mapped) throw new NotModelled(`pages ${pageState} of a file or driver without pte_before`);
    return;
  }
  if (UNTOUCHED.has(pageState)) return;
  if (situation.huge) {
    for (const page of pages) thpFromPageState(situation, page);
    return;
  }
  let shared: Pte | null = null;
  for (const page of pages) {
    const state = pageState === 'cross_mixed_nr4' ? mixedState(page) : pageState;
    const pte: Pte =
      state === 'ksm_merged' && shared !== null ? { ...shared } : preparedPte(situation, state, pages.length);
    shared = pte;
    putPte(situation, page, pte);
  }
}

/** How the pages of `cross_mixed_nr4` were prepared: written, read, left alone, written. */
function mixedState(page: number): string {
  return page === 1 ? 'read_populated' : page === 2 ? 'unpopulated' : 'write_populated';
}

function preparedPte(situation: Situation, pageState: string, count: number): Pte {
  const { vma, behaviour } = situation;
  const present = mkPte(vma);
  const writable = vma.write ? PTE.WRITE : 0;
  const own: FolioSetup = { bits: FOLIO.ANON, ref: 1, map: 1, exclusive: true };
  const withChild: FolioSetup = { bits: FOLIO.ANON, ref: 2, map: 2, exclusive: false };
  switch (pageState) {
    case 'read_populated':
    case 'read_populated_then_forked':
      return { ...nonePte(), bits: present | PTE.SPECIAL, pfn: situation.state.zeroPage };
    case 'write_populated':
    case 'stack':
    case 'written_pkey_access_disabled':
    case 'written_pkey_write_disabled':
      return prepared(situation, present | PTE.DIRTY | writable, { ...own, ref: 2 });
    case 'mlocked_written':
      return prepared(situation, present | PTE.DIRTY | writable, own);
    case 'numa_hint_protnone': {
      // Where the write bit is not upgraded when the hint is taken away, it was kept in the entry.
      const kept = behaviour.switches.numaHintUpgradesWrite ? 0 : writable;
      return prepared(situation, present | PTE.DIRTY | PTE.PROTNONE | kept, own);
    }
    case 'written_then_forked_child_alive':
      return prepared(situation, present | PTE.DIRTY, withChild);
    case 'written_by_parent_caller_is_forked_child':
      return prepared(situation, (present | PTE.DIRTY) & ~PTE.YOUNG, withChild);
    case 'written_then_forked_child_exited':
      return prepared(situation, present | PTE.DIRTY, { ...own, exclusive: false });
    case 'ksm_merged': {
      const map = Math.max(count, 2);
      const bits = FOLIO.ANON | FOLIO.KSM | FOLIO.DIRTY;
      return prepared(situation, present, { bits, ref: map, map, exclusive: false });
    }
    case 'swapped_out':
      return {
        ...nonePte(),
        bits: PTE.SWAP | PTE.SWP_EXCLUSIVE,
        swap: 'swap',
        swapType: 0,
        slot: writtenSlot(situation),
      };
    case 'hwpoisoned':
      return { ...nonePte(), bits: PTE.SWAP, swap: 'hwpoison', swapType: FIRST_SPECIAL_SWAP_TYPE };
    default:
      return nonePte();
  }
}

function prepared(situation: Situation, bits: number, setup: FolioSetup): Pte {
  const zone = situation.state.movable ? FOLIO.MOVABLE_ZONE : 0;
  return { ...nonePte(), bits, pfn: folioOf(situation, { ...setup, bits: setup.bits | zone }) };
}
