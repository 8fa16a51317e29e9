/** vma_modify() of mm/vma.c, before vma_merge() and split_vma() of mm/mmap.c: a mapping is divided where its flags change. */

import type { Machine } from '../machine.js';
import { hugePageStart, isVmHugetlbPage, pmdOffset, pteNone, splitVma, vmaLookup } from '../state/index.js';
import type { Op } from '../trace.js';
import { splitHugePmd } from './splitHugePmd.js';

/**
 * Divides the mappings that reach over `start` or `end`, and a huge entry there with them (vma_adjust_trans_huge()). mmap_lock
 * is held for writing.
 */
export function* splitVmasAt(machine: Machine, start: number, end: number): Op<void> {
  for (const page of [start, end]) {
    const vma = vmaLookup(machine.mm, page);
    if (vma === null || vma.start >= page) continue;
    const pmd = pmdOffset(machine.mm.pageTable, page);
    const inHuge = page !== hugePageStart(page) && !isVmHugetlbPage(vma);
    if (inHuge && pmd?.huge != null && !pteNone(pmd.huge)) yield* splitHugePmd(machine, vma, pmd, page);
    splitVma(machine.mm, vma, page);
  }
}
