/** move_vma() and move_page_tables() of mm/mremap.c: mremap() with MREMAP_FIXED moves a range to another address. */

import { EFAULT, EINTR } from '../errno.js';
import type { Machine } from '../machine.js';
import { NotModelled } from '../notModelled.js';
import {
  clearPte,
  hugePageStart,
  insertVma,
  isVmHugetlbPage,
  linearPageIndex,
  mergeVmas,
  newTaskSet,
  type Pmd,
  PTRS_PER_PTE,
  pmdAlloc,
  pmdOffset,
  pteAlloc,
  pteNone,
  pteOffset,
  removeVmas,
  type Vma,
  vmaLookup,
} from '../state/index.js';
import type { Op } from '../trace.js';
import { mmapWriteLockKillable, mmapWriteUnlock } from './mmapLock.js';
import { inOneBatch } from './pteBatch.js';
import { splitHugePmd } from './splitHugePmd.js';
import { splitVmasAt } from './vmaModify.js';
import { vmaStartWrite } from './vmaStartWrite.js';

/**
 * mremap() of the pages from `start` up to `end` to those from `to` on, where nothing may be mapped: 0, -EFAULT where
 * there is no one mapping for all of them, or -EINTR. The entries move, the pages stay what they are.
 */
export function* mremapTo(machine: Machine, start: number, end: number, to: number): Op<number> {
  if ((yield* mmapWriteLockKillable(machine)) !== 0) return -EINTR;
  const ret = yield* moveVma(machine, start, end, to);
  yield* mmapWriteUnlock(machine, 'done');
  return ret;
}

function* moveVma(machine: Machine, start: number, end: number, to: number): Op<number> {
  const { mm } = machine;
  const found = vmaLookup(mm, start);
  if (found === null || found.end < end) {
    yield { routine: 'vma_to_resize', text: '-EFAULT: no one mapping has the range', page: start };
    return -EFAULT;
  }
  const free = mm.vmas.every(vma => vma.end <= to || vma.start >= to + (end - start));
  if (!free || isVmHugetlbPage(found)) throw new NotModelled('mremap() of hugetlb, or over another mapping');
  yield* splitVmasAt(machine, start, end);
  const vma = vmaLookup(mm, start) ?? found;
  yield* vmaStartWrite(machine, vma);
  const moved = {
    ...vma,
    start: to,
    end: to + (end - start),
    pgoff: linearPageIndex(vma, start),
    lockReaders: newTaskSet(),
  };
  insertVma(mm, moved);
  yield { routine: 'copy_vma', text: 'makes a mapping at the new address', page: to };
  yield* movePageTables(machine, vma, start, end, to);
  removeVmas(mm, start, end);
  mergeVmas(mm);
  yield { routine: 'do_vmi_munmap', text: 'takes the old mapping away', page: start };
  return 0;
}

/** A huge entry moves as it is (move_huge_pmd()) if it moves whole to where one can be; else it is split. */
function* movePageTables(machine: Machine, vma: Vma, start: number, end: number, to: number): Op<void> {
  const { mm } = machine;
  for (let page = start; page < end; page++) {
    const target = to + (page - start);
    const pmd = pmdOffset(mm.pageTable, page);
    if (pmd === null) {
      page = hugePageStart(page) + PTRS_PER_PTE - 1;
      continue;
    }
    if (pmd.huge !== null && !pteNone(pmd.huge)) {
      if (movesWhole(pmd, page, end, target)) {
        pmdAlloc(mm.pageTable, target).huge = { ...pmd.huge };
        clearPte(pmd.huge);
        yield { routine: 'move_huge_pmd', text: 'moves the huge entry', page };
        page += PTRS_PER_PTE - 1;
        continue;
      }
      yield* splitHugePmd(machine, vma, pmd, page);
    }
    const pte = pteOffset(mm.pageTable, page);
    if (pte === null || pteNone(pte)) continue;
    const next = page + 1 < end && (page + 1) % PTRS_PER_PTE !== 0 ? pteOffset(mm.pageTable, page + 1) : null;
    const together = inOneBatch(machine.state.folios, pte, next ?? undefined);
    Object.assign(pteAlloc(mm.pageTable, target), pte);
    clearPte(pte);
    if (together) continue;
    yield { routine: 'move_ptes', text: 'moves the entry', page };
  }
}

function movesWhole({ index }: Pmd, page: number, end: number, target: number): boolean {
  const aligned = page === index * PTRS_PER_PTE && target === hugePageStart(target);
  return aligned && page + PTRS_PER_PTE <= end;
}
