/** do_munmap() of mm/mmap.c and unmap_region(): mappings, their entries and tables go. */

import { EINTR } from '../errno.js';
import type { Machine } from '../machine.js';
import { freePgtables, removeVmas, splitVma, type Vma, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { lruAddDrain } from './newFolio.js';
import { splitVmasAt } from './vmaModify.js';
import { vmaStartWrite } from './vmaStartWrite.js';
import { unmapPages, zapPageRange } from './zapPageRange.js';

/**
 * Unmaps the pages from `start` up to `end`, in one step; a mapping that reaches beyond is split. unmap_region() drains
 * the folio batches of its CPU first.
 */
export function munmap(machine: Machine, start: number, end: number): void {
  const { mm } = machine;
  splitAt(machine, start, end);
  removeVmas(mm, start, end);
  lruAddDrain(machine);
  unmapPages(machine, start, end);
  freePgtables(mm);
}

/**
 * munmap(): 0 or -EINTR. The mappings are gone for everybody who looks before the pages are: faults find nothing, gup-fast, which
 * looks at entries alone, still finds pages.
 */
export function* vmMunmap(machine: Machine, start: number, end: number): Op<number> {
  const { mm } = machine;
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  yield* splitVmasAt(machine, start, end);
  for (const vma of vmasWithin(machine, start, end)) yield* vmaStartWrite(machine, vma);
  removeVmas(mm, start, end);
  yield { routine: 'do_vmi_align_munmap', text: 'takes the mappings away', page: start };
  lruAddDrain(machine);
  yield* zapPageRange(machine, start, end);
  freePgtables(mm);
  yield { routine: 'free_pgtables', text: 'frees the page tables', page: start };
  yield* mmapWriteUnlock(machine, 'done');
  return 0;
}

function vmasWithin({ mm }: Machine, start: number, end: number): Vma[] {
  return mm.vmas.filter(vma => vma.start >= start && vma.end <= end);
}

/** Mappings that reach over `start` or `end` are divided there. */
function splitAt({ mm }: Machine, start: number, end: number): void {
  for (const page of [start, end]) {
    const vma = vmaLookup(mm, page);
    if (vma !== null && vma.start < page) splitVma(mm, vma, page);
  }
}
