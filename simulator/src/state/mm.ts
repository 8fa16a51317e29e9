/**
 * An address space. Addresses are page numbers of its own: a scenario's region begins at page 0, where an entry of PMD
 * level begins; what lies below has negative numbers.
 */

import { copyMmapLock, type MmapLock, newMmapLock } from './mmapLock.js';
import { copyPageTable, type PageTable, PTRS_PER_PTE } from './pageTable.js';
import { linearPageIndex, type Vma } from './vma.js';

export interface Mm {
  /** Its place in `State.mms`. */
  readonly index: number;
  readonly mmapLock: MmapLock;
  /** mm->write_protect_seq: odd while a fork write-protects the page table. */
  writeProtectSeq: number;
  /** MMF_HAS_PINNED: a page was pinned through this mm. */
  hasPinned: boolean;
  /** Sorted by `start`, without overlap. */
  readonly vmas: Vma[];
  readonly pageTable: PageTable;
}

/** An address space without mappings. */
export function newMm(index: number): Mm {
  return {
    index,
    mmapLock: newMmapLock(),
    writeProtectSeq: 0,
    hasPinned: false,
    vmas: [],
    pageTable: [],
  };
}

/** A copy that shares nothing mutable with the original. */
export function copyMm(mm: Mm): Mm {
  return {
    ...mm,
    mmapLock: copyMmapLock(mm.mmapLock),
    vmas: mm.vmas.map(vma => ({ ...vma, lockReaders: { ...vma.lockReaders } })),
    pageTable: copyPageTable(mm.pageTable),
  };
}

/** vma_lookup(): the vma that has the page. */
export function vmaLookup(mm: Mm, page: number): Vma | null {
  const vma = findVma(mm, page);
  return vma !== null && vma.start <= page ? vma : null;
}

/** find_vma(): the first vma that has the page or lies above it. */
export function findVma(mm: Mm, page: number): Vma | null {
  for (const vma of mm.vmas) if (page < vma.end) return vma;
  return null;
}

/** Adds an address space without mappings; it, as the state holds it. */
export function addMm(mms: Mm[]): Mm {
  const mm = newMm(mms.length);
  mms.push(mm);
  return mms[mm.index] ?? mm;
}

/** Adds a vma at its place; it, as the state holds it. It must not overlap another. */
export function insertVma(mm: Mm, vma: Vma): Vma {
  const after = mm.vmas.findIndex(each => each.start >= vma.end);
  const at = after < 0 ? mm.vmas.length : after;
  mm.vmas.splice(at, 0, vma);
  return mm.vmas[at] ?? vma;
}

/** free_pgtables(): tables in whose reach no mapping is left. */
export function freePgtables(mm: Mm): void {
  const kept = mm.pageTable.filter(({ index }) => {
    const vma = findVma(mm, index * PTRS_PER_PTE);
    return vma !== null && vma.start < (index + 1) * PTRS_PER_PTE;
  });
  mm.pageTable.splice(0, mm.pageTable.length, ...kept);
}

/**
 * Removes the vmas that lie between `start` and `end` (vma_mark_detached()). Whoever found one of them without a lock may take its
 * lock: vma_end_write_all() would give it free only with mmap_lock, but what is detached nobody uses before or after.
 */
export function removeVmas(mm: Mm, start: number, end: number): void {
  const kept: Vma[] = [];
  for (const vma of mm.vmas) {
    if (vma.start < start || vma.end > end) kept.push(vma);
    else Object.assign(vma, { detached: true, writeLocked: false });
  }
  mm.vmas.splice(0, mm.vmas.length, ...kept);
}

/** split_vma(): `vma` ends before `page`, which lies inside; the rest becomes a vma of its own. */
export function splitVma(mm: Mm, vma: Vma, page: number): void {
  const rest = {
    ...vma,
    start: page,
    pgoff: linearPageIndex(vma, page),
    lockReaders: { ...vma.lockReaders },
  };
  vma.end = page;
  insertVma(mm, rest);
}

/** vma_merge() of neighbours that differ in nothing but their place; the one below grows. */
export function mergeVmas(mm: Mm): void {
  for (let index = mm.vmas.length - 1; index > 0; index--) {
    const [below, above] = mm.vmas.slice(index - 1, index + 1);
    if (below === undefined || above === undefined || !mergeable(below, above)) continue;
    below.end = above.end;
    below.writeLocked ||= above.writeLocked;
    mm.vmas.splice(index, 1);
  }
}

function mergeable(below: Vma, above: Vma): boolean {
  if (below.end !== above.start) return false;
  const { start, end, pgoff, writeLocked, lockReaders } = below;
  const moved: Vma = { ...above, start, end, pgoff, writeLocked, lockReaders };
  const names = Object.keys(below) as (keyof Vma)[];
  const continues = below.file < 0 || linearPageIndex(below, above.start) === above.pgoff;
  return continues && names.every(name => moved[name] === below[name]);
}
