/** What pages hold, and where it goes: copies, swap, KSM, migration, and pages that somebody holds. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { FOLL } from '../../simulator/src/flagSets.js';
import type { Machine } from '../../simulator/src/machine.js';
import { dupMmap } from '../../simulator/src/ops/copyPageRange.js';
import { readHeldPages, writeHeldPages } from '../../simulator/src/ops/heldPages.js';
import { tryToMergeOnePage } from '../../simulator/src/ops/ksmMergePages.js';
import { madviseDontneed } from '../../simulator/src/ops/madviseDontneed.js';
import { migratePages } from '../../simulator/src/ops/migratePages.js';
import { shrinkFolioList } from '../../simulator/src/ops/shrinkFolioList.js';
import { userAccess } from '../../simulator/src/ops/userAccess.js';
import { getUserPagesUnlocked, pinUserPagesUnlocked } from '../../simulator/src/ops/wrappers.js';
import { BATCH_NONE, newTask, pageFolio, pteOffset, ZEROES } from '../../simulator/src/state/index.js';
import { machine, machines, run } from './machines.js';

function write(task: Machine, page: number, value: string): void {
  expect(run(task, userAccess(task, page, 'write', true, { value })).value).toBeNull();
}

function read(task: Machine, page: number): string {
  const data = { value: '?' };
  expect(run(task, userAccess(task, page, 'read', true, data)).value).toBeNull();
  return data.value;
}

function alone(release: Release = '6.12'): Machine {
  return machine(machines(1, release), 0);
}

/** A task in the address space of a child that is forked now. */
function forked(parent: Machine): Machine {
  const { state } = parent;
  const index = run(parent, dupMmap(parent)).value ?? -1;
  const mm = state.mms[index];
  if (mm === undefined) throw new Error('no child');
  const current = newTask(state.tasks.length, index);
  state.tasks.push(current);
  return { ...parent, current, mm };
}

const mappedPfn = (task: Machine, page: number) => pteOffset(task.mm.pageTable, page)?.pfn ?? -1;

/** Takes the page out of its folio batch, as time does. */
function onLru(task: Machine, page: number): number {
  const pfn = mappedPfn(task, page);
  const folio = pageFolio(task.state.folios, pfn);
  if (folio !== undefined && folio.batch !== BATCH_NONE) {
    folio.batch = BATCH_NONE;
    folio.ref -= 1;
  }
  return pfn;
}

function hold(task: Machine, flags: number, pin: boolean): number[] {
  const pages: number[] = [];
  const call = { start: 0, nr: 1, flags, pages, locked: null };
  const op = pin ? pinUserPagesUnlocked(task, call) : getUserPagesUnlocked(task, call);
  expect(run(task, op).value).toBe(1);
  return pages;
}

const seen = (task: Machine, pages: readonly number[]) => run(task, readHeldPages(task, pages)).value?.[0];

describe('a page of anonymous memory', () => {
  it('is read as zeroes before it is written, and after MADV_DONTNEED', () => {
    const task = alone();
    expect(read(task, 0)).toBe(ZEROES);
    write(task, 0, 'a');
    expect([read(task, 0), read(task, 1)]).toEqual(['a', ZEROES]);
    run(task, madviseDontneed(task, 0, 4));
    expect(read(task, 0)).toBe(ZEROES);
  });

  it('keeps its contents when it is moved', () => {
    const task = alone();
    write(task, 0, 'a');
    const pfn = mappedPfn(task, 0);
    expect(run(task, migratePages(task, pfn)).value).toBe(0);
    expect(mappedPfn(task, 0)).not.toBe(pfn);
    expect(read(task, 0)).toBe('a');
  });

  it.each(['4.14', '5.10', '5.18', '6.12'] as const)('v%s: comes back from swap as it was', release => {
    const task = alone(release);
    write(task, 0, 'a');
    expect(run(task, shrinkFolioList(task, onLru(task, 0))).value).toBe('freed');
    expect(read(task, 0)).toBe('a');
    write(task, 0, 'b');
    expect(run(task, shrinkFolioList(task, onLru(task, 0))).value).toBe('freed');
    expect(read(task, 0)).toBe('b');
    expect(task.state.slots.filter(({ count }) => count !== 0)).toEqual([]);
  });

  it('is merged with a page of KSM only if that holds the same, and written apart again', () => {
    const task = alone();
    write(task, 0, 'a');
    write(task, 1, 'a');
    write(task, 2, 'b');
    const merged = onLru(task, 0);
    expect(run(task, tryToMergeOnePage(task, 0, -1)).value).toBe(0);
    for (const page of [1, 2]) onLru(task, page);
    expect(run(task, tryToMergeOnePage(task, 1, merged)).value).toBe(0);
    expect(run(task, tryToMergeOnePage(task, 2, merged)).value).toBe(-14);
    expect(mappedPfn(task, 1)).toBe(merged);
    write(task, 1, 'c');
    expect([0, 1, 2].map(page => read(task, page))).toEqual(['a', 'c', 'b']);
  });
});

describe('fork()', () => {
  it.each(['4.8', '5.8', '5.9', '5.18', '5.19', '6.12'] as const)(
    'v%s: neither side sees what the other writes afterwards, swapped out or not',
    release => {
      for (const swapped of [false, true]) {
        const parent = alone(release);
        write(parent, 0, 'old');
        if (swapped) run(parent, shrinkFolioList(parent, onLru(parent, 0)));
        const child = forked(parent);
        expect(read(child, 0)).toBe('old');
        write(parent, 0, 'parent');
        expect(read(child, 0)).toBe('old');
        write(child, 0, 'child');
        expect([read(parent, 0), read(child, 0)]).toEqual(['parent', 'child']);
      }
    },
  );

  it.each([
    ['5.8', 'new'],
    ['5.18', 'old'],
    ['6.12', 'old'],
  ] as const)(
    'v%s: what a child holds by a reference shows after the parent has written: %s',
    (release, expected) => {
      const parent = alone(release);
      write(parent, 0, 'old');
      const child = forked(parent);
      const pages = hold(child, 0, false);
      run(child, madviseDontneed(child, 0, 4));
      onLru(parent, 0);
      write(parent, 0, 'new');
      // v5.8 has the reader take a copy of its own (commit 17839856fd58).
      expect(seen(child, pages)).toBe(release === '5.8' ? 'old' : expected);
    },
  );

  it('up to v5.7 shows a child the later writes of its parent through a reference (CVE-2020-29374)', () => {
    const parent = alone('5.7');
    write(parent, 0, 'old');
    const child = forked(parent);
    const pages = hold(child, 0, false);
    run(child, madviseDontneed(child, 0, 4));
    write(parent, 0, 'secret');
    expect(seen(child, pages)).toBe('secret');
  });

  it.each([
    ['5.8', 'old'],
    ['6.12', 'new'],
  ] as const)("v%s: a page pinned before it shows its owner's later write as %s", (release, expected) => {
    const parent = alone(release);
    write(parent, 0, 'old');
    const pages = hold(parent, FOLL.WRITE, true);
    forked(parent);
    write(parent, 0, 'new');
    expect(seen(parent, pages)).toBe(expected);
  });
});

describe('whoever holds a page', () => {
  it('writes what its owner reads', () => {
    const task = alone();
    write(task, 0, 'a');
    const pages = hold(task, FOLL.WRITE, true);
    run(task, writeHeldPages(task, pages, 'dma'));
    expect(read(task, 0)).toBe('dma');
  });
});
