import { describe, expect, it } from 'vitest';
import { EFAULT, ENOMEM } from '../../simulator/src/errno.js';
import { FOLL } from '../../simulator/src/flagSets.js';
import { simulate } from '../../simulator/src/index.js';
import type { Machine } from '../../simulator/src/machine.js';
import { doMlock } from '../../simulator/src/ops/doMlock.js';
import { munmap } from '../../simulator/src/ops/munmap.js';
import { getUserPagesUnlocked } from '../../simulator/src/ops/wrappers.js';
import { insertVma, newVma, pageFolio, pteOffset } from '../../simulator/src/state/index.js';
import { machine, machines, run } from './machines.js';
import { scenario } from './scenarios.js';

/** One task on two mappings that touch at page 4, and a third one behind a hole of two pages. */
function threeMappings(): Machine {
  const only = machine(machines(1), 0);
  insertVma(only.mm, newVma({ start: 4, end: 6 }));
  insertVma(only.mm, newVma({ start: 8, end: 10 }));
  return only;
}

/** get_user_pages_unlocked() with FOLL_WRITE. */
function gup(
  only: Machine,
  start: number,
  nr: number,
): { readonly ret: number | null; readonly pages: number[] } {
  const pages: number[] = [];
  const call = { start, nr, flags: FOLL.WRITE, pages, locked: null };
  return { ret: run(only, getUserPagesUnlocked(only, call)).value, pages };
}

describe('a range over several mappings', () => {
  it('is walked from one into the next', () => {
    const only = threeMappings();
    const { ret, pages } = gup(only, 2, 4);
    expect(ret).toBe(4);
    expect(pages).toEqual([2, 3, 4, 5].map(page => pteOffset(only.mm.pageTable, page)?.pfn));
  });

  it('ends at a hole', () => {
    expect(gup(threeMappings(), 3, 6).ret).toBe(3);
    expect(gup(threeMappings(), 6, 3).ret).toBe(-EFAULT);
  });

  it('splits the mappings where mlock() begins and ends', () => {
    const only = threeMappings();
    expect(run(only, doMlock(only, 1, 2)).value).toBe(0);
    const vmas = only.mm.vmas.map(({ start, end, locked }) => [start, end, locked]);
    expect(vmas.slice(0, 3)).toEqual([
      [0, 1, false],
      [1, 3, true],
      [3, 4, false],
    ]);
    expect([0, 1, 2, 3].map(page => (pteOffset(only.mm.pageTable, page)?.pfn ?? -1) >= 0)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('is unmapped page by page', () => {
    const only = threeMappings();
    gup(only, 0, 6);
    const folio = pageFolio(only.state.folios, pteOffset(only.mm.pageTable, 2)?.pfn ?? -1);
    const before = { ref: folio?.ref ?? 0, map: folio?.map };
    munmap(only, 2, 5);
    expect(only.mm.vmas.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [5, 6],
      [8, 10],
    ]);
    const mapped = [1, 2, 4, 5].map(page => (pteOffset(only.mm.pageTable, page)?.pfn ?? -1) >= 0);
    expect(mapped).toEqual([true, false, false, true]);
    // The reference of the folio batch goes with that of the mapping; that of the call stays.
    expect([before.map, folio?.map, folio?.ref]).toEqual([1, 0, before.ref - 2]);
  });

  it('is locked by mlock() up to a hole, which is an error', () => {
    const only = threeMappings();
    expect(run(only, doMlock(only, 0, 9)).value).toBe(-ENOMEM);
    expect(only.mm.vmas.map(({ locked }) => locked)).toEqual([true, true, false]);
  });
});

describe('a page that another process put into the page cache', () => {
  it('has a reference count that is not known, and all else is', () => {
    const vma = { kind: 'tmpfs_memfd', share: 'shared' as const, prot: 'rw-', len: 16384 };
    const changes = {
      fn: 'get_user_pages_remote',
      mm: 'remote' as const,
      vma,
      page_state: 'file_cached_not_mapped',
    };
    const result = simulate(scenario(changes));
    if (!result.modelled) throw new Error(result.reason);
    const { refcount_delta: delta, pages, pte_after: after, faults } = result.outcome;
    expect(delta).toBe(1);
    expect(pages[0]).toMatchObject({ ref_held: null, ref_after: null });
    expect(after[0]).toMatchObject({ ref: null, map: 1 });
    expect(faults[0]?.ret).toEqual(['NOPAGE']);
  });
});
