/** What other tasks and the kernel itself do to pages while somebody holds them. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { FOLL } from '../../simulator/src/flagSets.js';
import type { Machine } from '../../simulator/src/machine.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import { dupMmap } from '../../simulator/src/ops/copyPageRange.js';
import { tryToMergeOnePage } from '../../simulator/src/ops/ksmMergePages.js';
import { madviseDontneed } from '../../simulator/src/ops/madviseDontneed.js';
import { migratePages } from '../../simulator/src/ops/migratePages.js';
import { doMprotectPkey } from '../../simulator/src/ops/mprotectFixup.js';
import { vmMunmap } from '../../simulator/src/ops/munmap.js';
import { shrinkFolioList } from '../../simulator/src/ops/shrinkFolioList.js';
import { putPages, unpinUserPages } from '../../simulator/src/ops/unpinUserPages.js';
import { userAccess } from '../../simulator/src/ops/userAccess.js';
import { getUserPagesUnlocked, pinUserPagesUnlocked } from '../../simulator/src/ops/wrappers.js';
import {
  addFolio,
  addTask,
  copyState,
  FOLIO,
  type Folio,
  hashState,
  newFolio,
  nonePte,
  PTE,
  pageAnonExclusive,
  pageFolio,
  pincount,
  pmdAlloc,
  pteOffset,
} from '../../simulator/src/state/index.js';
import { machine, machines, run } from './machines.js';

/** Two tasks on one mm; the first has written to page 0, which is on its LRU list. */
function written(release: Release = '6.12'): { first: Machine; second: Machine; pfn: number; folio: Folio } {
  const all = machines(2, release);
  const [first, second] = [machine(all, 0), machine(all, 1)];
  run(first, userAccess(first, 0, 'write', true));
  const pfn = pteOffset(first.mm.pageTable, 0)?.pfn ?? -1;
  const folio = pageFolio(first.state.folios, pfn);
  if (folio === undefined) throw new Error('nothing is mapped');
  Object.assign(folio, { batch: -1, ref: folio.ref - 1 });
  return { first, second, pfn, folio };
}

function pin(task: Machine): number[] {
  const pages: number[] = [];
  expect(
    run(task, pinUserPagesUnlocked(task, { start: 0, nr: 1, flags: FOLL.WRITE, pages, locked: null })).value,
  ).toBe(1);
  return pages;
}

function get(task: Machine): number[] {
  const pages: number[] = [];
  expect(
    run(task, getUserPagesUnlocked(task, { start: 0, nr: 1, flags: 0, pages, locked: null })).value,
  ).toBe(1);
  return pages;
}

const mapped = (task: Machine, mm = 0) => {
  const table = task.state.mms[mm]?.pageTable ?? [];
  return pteOffset(table, 0);
};

describe('fork()', () => {
  it('shares pages read-only, exclusive no longer, with write_protect_seq odd meanwhile', () => {
    const { first, pfn, folio } = written();
    const op = dupMmap(first);
    const seqs = new Set<number>();
    let next = op.next();
    for (; next.done !== true; next = op.next()) seqs.add(first.mm.writeProtectSeq);
    expect(next.value).toBe(1);
    expect([...seqs]).toEqual([0, 1, 2]);
    expect(folio).toMatchObject({ ref: 2, map: 2 });
    expect(pageAnonExclusive(folio, pfn)).toBe(false);
    for (const mm of [0, 1]) expect((mapped(first, mm)?.bits ?? 0) & PTE.WRITE).toBe(0);
  });

  it('copies a page that may be pinned, which stays exclusive and writable', () => {
    const { first, pfn, folio } = written();
    pin(first);
    run(first, dupMmap(first));
    expect(pageAnonExclusive(folio, pfn)).toBe(true);
    expect((mapped(first)?.bits ?? 0) & PTE.WRITE).not.toBe(0);
    expect(mapped(first, 1)?.pfn).not.toBe(pfn);
    expect(folio.map).toBe(1);
  });

  it('shares a pinned page up to v5.8, so that a write takes it away from who pinned it', () => {
    const { first, pfn } = written('5.8');
    pin(first);
    run(first, dupMmap(first));
    expect(mapped(first, 1)?.pfn).toBe(pfn);
    run(first, userAccess(first, 0, 'write', true));
    expect(mapped(first)?.pfn).not.toBe(pfn);
  });

  it('keeps faults that hold the lock of the vma away', () => {
    const { first, second } = written();
    const vma = first.mm.vmas[0];
    if (vma === undefined) throw new Error('no mapping');
    addTask(vma.lockReaders, second.current.index);
    expect(run(first, dupMmap(first)).waiting).toBe(true);
  });
});

describe('munmap() and MADV_DONTNEED', () => {
  it('give the page back, but not to those who hold it', () => {
    const { first, second, folio } = written();
    const pages = pin(first);
    expect(run(second, vmMunmap(second, 0, 4)).value).toBe(0);
    expect(first.mm.vmas).toEqual([]);
    expect(folio).toMatchObject({ map: 0, ref: 1024 });
    run(first, unpinUserPages(first, pages, true));
    expect(folio.ref).toBe(0);
  });

  it('take the mapping away before the pages', () => {
    const { second } = written();
    const op = vmMunmap(second, 0, 1);
    for (let step = op.next(); step.done !== true; step = op.next()) {
      if (step.value.routine === 'do_vmi_align_munmap') break;
    }
    expect(second.mm.vmas.map(({ start }) => start)).toEqual([1]);
    expect(mapped(second)?.bits).not.toBe(0);
    run(second, op);
    expect(mapped(second)?.bits).toBe(0);
  });

  it('do not know yet how to unmap a part of a huge page', () => {
    const { second } = written();
    const bits = PTE.PRESENT | PTE.WRITE;
    const pfn = addFolio(
      second.state.folios,
      newFolio({ bits: FOLIO.ANON, order: 9, ref: 1, map: 1, entireMap: 1 }),
    );
    pmdAlloc(second.mm.pageTable, 512).huge = { ...nonePte(), bits, pfn };
    expect(() => run(second, madviseDontneed(second, 514, 516))).toThrow(NotModelled);
    expect(pageFolio(second.state.folios, pfn)).toMatchObject({ map: 1, ref: 1 });
  });

  it('leaves the mapping there, empty', () => {
    const { second, folio } = written();
    run(second, madviseDontneed(second, 0, 4));
    expect(folio).toMatchObject({ map: 0, ref: 0 });
    expect(second.mm.vmas).toHaveLength(1);
  });
});

describe('migrate_pages()', () => {
  it('moves a page, which stays exclusive and writable; faults wait meanwhile', () => {
    const { first, second, pfn } = written();
    const op = migratePages(second, pfn);
    for (let step = op.next(); step.done !== true; step = op.next()) {
      if (mapped(first)?.swap === 'migration') break;
    }
    const touch = userAccess(first, 0, 'write', true);
    expect(run(first, touch).waiting).toBe(true);
    expect(run(second, op).value).toBe(0);
    expect(run(first, touch).value).toBeNull();
    const moved = mapped(first)?.pfn ?? -1;
    expect(moved).not.toBe(pfn);
    const target = pageFolio(first.state.folios, moved);
    expect(target).toMatchObject({ map: 1 });
    expect(target !== undefined && pageAnonExclusive(target, moved)).toBe(true);
  });

  it.each([
    ['a pin', pin],
    ['a reference', get],
  ])('leaves everything as it was for %s', (_, hold) => {
    const { first, second, pfn, folio } = written();
    hold(first);
    folio.batch = -1;
    // try_to_migrate_one() hands the dirty bit of the entry on, whatever comes of it.
    folio.bits |= FOLIO.DIRTY;
    const before = hashState(copyState(first.state));
    expect(run(second, migratePages(second, pfn)).value).toBe(-11);
    expect(hashState(first.state)).toBe(before);
  });
});

describe('swap-out', () => {
  it('frees a page that nobody holds, and a touch reads it again, exclusive', () => {
    const { first, second, pfn, folio } = written();
    expect(run(second, shrinkFolioList(second, pfn)).value).toBe('freed');
    expect(folio).toMatchObject({ ref: 0, map: 0 });
    expect(mapped(first)).toMatchObject({ swap: 'swap', slot: 0 });
    expect(first.state.slots).toMatchObject([{ count: 1, cache: -1 }]);
    const pages = pin(first);
    expect(pages).not.toEqual([pfn]);
  });

  it('keeps a page in the swap cache that somebody holds, and gives the same page back', () => {
    const { first, second, pfn, folio } = written();
    get(first);
    folio.batch = -1;
    expect(run(second, shrinkFolioList(second, pfn)).value).toBe('kept');
    expect(mapped(first)?.swap).toBe('swap');
    expect(first.state.slots).toMatchObject([{ count: 1, cache: pfn }]);
    expect(get(first)).toEqual([pfn]);
  });

  it('does not touch a page that may be pinned', () => {
    const { first, second, pfn, folio } = written();
    pin(first);
    expect(run(second, shrinkFolioList(second, pfn)).value).toBe('kept');
    expect(mapped(first)?.pfn).toBe(pfn);
    expect(folio.bits & FOLIO.SWAPCACHE).toBe(0);
  });

  it('put pinned pages into the swap cache up to v5.10', () => {
    const { first, second, pfn, folio } = written('5.10');
    pin(first);
    run(second, shrinkFolioList(second, pfn));
    expect(folio.bits & FOLIO.SWAPCACHE).not.toBe(0);
    expect(mapped(first)?.swap).toBe('swap');
  });
});

describe('KSM', () => {
  function merged(task: Machine): number {
    const bits = FOLIO.ANON | FOLIO.KSM | FOLIO.DIRTY;
    return addFolio(task.state.folios, newFolio({ bits, ref: 1, map: 1 }));
  }

  it('replaces a page that nobody else holds', () => {
    const { first, second, folio } = written();
    const target = merged(first);
    expect(run(second, tryToMergeOnePage(second, 0, target)).value).toBe(0);
    expect(mapped(first)?.pfn).toBe(target);
    expect((mapped(first)?.bits ?? 0) & PTE.WRITE).toBe(0);
    expect(folio).toMatchObject({ ref: 0, map: 0 });
  });

  it.each([
    ['a pin', pin],
    ['a reference', get],
  ])('leaves a page alone for %s', (_, hold) => {
    const { first, second, pfn, folio } = written();
    hold(first);
    expect(run(second, tryToMergeOnePage(second, 0, merged(first))).value).toBe(-14);
    expect(mapped(first)?.pfn).toBe(pfn);
    expect(pageAnonExclusive(folio, pfn)).toBe(true);
  });

  it('gives up if the page is written to between its two steps', () => {
    const { first, second } = written();
    const target = merged(first);
    const op = tryToMergeOnePage(second, 0, target);
    for (let step = op.next(); step.done !== true; step = op.next()) {
      if (step.value.routine === 'write_protect_page' && first.state.ptl < 0) break;
    }
    run(first, userAccess(first, 0, 'write', true));
    expect(run(second, op).value).toBe(-14);
    expect(mapped(first)?.pfn).not.toBe(target);
    expect((mapped(first)?.bits ?? 0) & PTE.WRITE).not.toBe(0);
  });
});

describe('mprotect()', () => {
  const NONE = { read: false, write: false, exec: false };
  const ALL = { read: true, write: true, exec: false };

  it.each([
    ['5.19', 0],
    ['6.0', PTE.WRITE],
  ] as const)('to PROT_NONE and back: v%s gives the write bit %i', (release, expected) => {
    const { first } = written(release);
    expect(run(first, doMprotectPkey(first, 0, 4, NONE)).value).toBe(0);
    expect((mapped(first)?.bits ?? 0) & (PTE.PROTNONE | PTE.WRITE)).toBe(PTE.PROTNONE);
    expect(run(first, doMprotectPkey(first, 0, 4, ALL)).value).toBe(0);
    expect((mapped(first)?.bits ?? 0) & (PTE.PROTNONE | PTE.WRITE)).toBe(expected);
  });

  it('splits the mapping where the range ends, and tells of holes and of what is not allowed', () => {
    const { first } = written();
    expect(run(first, doMprotectPkey(first, 1, 3, NONE)).value).toBe(0);
    expect(first.mm.vmas.map(({ start, read }) => [start, read])).toEqual([
      [0, true],
      [1, false],
      [3, true],
    ]);
    expect(run(first, doMprotectPkey(first, 2, 6, NONE)).value).toBe(-12);
  });
});

describe('giving back', () => {
  it('takes pins and references away, one after the other', () => {
    const { first, folio } = written();
    const pages = [...pin(first), ...pin(first)];
    expect(pincount(folio)).toBe(2);
    run(first, unpinUserPages(first, pages, false));
    expect(pincount(folio)).toBe(0);
    const before = folio.ref;
    run(first, putPages(first, get(first)));
    expect(folio.ref).toBe(before);
  });
});
