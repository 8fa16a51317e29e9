/** Two tasks in any order of their steps. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { FOLL } from '../../simulator/src/flagSets.js';
import type { Machine } from '../../simulator/src/machine.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import { dupMmap } from '../../simulator/src/ops/copyPageRange.js';
import { pinUserPagesFast } from '../../simulator/src/ops/fastWrappers.js';
import { tryToMergeOnePage } from '../../simulator/src/ops/ksmMergePages.js';
import { madviseDontneed } from '../../simulator/src/ops/madviseDontneed.js';
import { migratePages } from '../../simulator/src/ops/migratePages.js';
import { vmMunmap } from '../../simulator/src/ops/munmap.js';
import { shrinkFolioList } from '../../simulator/src/ops/shrinkFolioList.js';
import { userAccess } from '../../simulator/src/ops/userAccess.js';
import {
  addFolio,
  enabled,
  FOLIO,
  newFolio,
  PTE,
  pageAnonExclusive,
  pageFolio,
  pteOffset,
  rmapWalk,
  type State,
  type Wait,
} from '../../simulator/src/state/index.js';
import type { Op } from '../../simulator/src/trace.js';
import { machine, machines } from './machines.js';

const firstPage = (task: Machine) => pteOffset(task.mm.pageTable, 0)?.pfn ?? -1;

function mergedPage(task: Machine): number {
  const bits = FOLIO.ANON | FOLIO.KSM | FOLIO.DIRTY;
  return addFolio(task.state.folios, newFolio({ bits, ref: 1 }));
}

const OTHERS: Readonly<Record<string, (task: Machine, page: number) => Op<unknown>>> = {
  fork: task => dupMmap(task),
  munmap: task => vmMunmap(task, 0, 4),
  dontneed: task => madviseDontneed(task, 0, 4),
  migrate: (task, page) => migratePages(task, page),
  reclaim: (task, page) => shrinkFolioList(task, page),
  merge: task => tryToMergeOnePage(task, 0, mergedPage(task)),
  write: task => userAccess(task, 0, 'write', true),
};

/** Runs both to their end, the next step being that of the task that `order` says, if it may go on. */
function interleave(tasks: readonly Machine[], ops: readonly Op<unknown>[], order: readonly boolean[]): void {
  const waits: (Wait | undefined | null)[] = ops.map(() => undefined);
  for (let index = 0; index < 2000; index++) {
    const able = [0, 1].filter(task => {
      const wait = waits[task];
      return wait !== null && enabled(machine(tasks, task).state, task, wait);
    });
    const [one] = able;
    if (one === undefined) break;
    const chosen = able.length === 2 && order[index % order.length] === true ? 1 : one;
    const next = ops[chosen]?.next();
    waits[chosen] = next === undefined || next.done === true ? null : next.value.wait;
  }
  expect(waits).toEqual([null, null]);
}

function countsHold(state: State): void {
  for (const [index, folio] of state.folios.entries()) {
    expect(folio.ref).toBeGreaterThanOrEqual(folio.map);
    if ((folio.bits & FOLIO.ZERO_PAGE) === 0) expect(rmapWalk(state, index * 512)).toHaveLength(folio.map);
  }
}

describe('a pin by gup-fast beside what another task does to the page', () => {
  it.each(
    Object.keys(OTHERS).flatMap(
      name =>
        [
          [name, '5.19'],
          [name, '6.1'],
          [name, '6.12'],
        ] as const,
    ),
  )('%s, v%s: counts hold, and while the page is mapped there, it is the pinned one', (name, release) => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), order => {
        const tasks = machines(2, release as Release);
        const [first, second] = [machine(tasks, 0), machine(tasks, 1)];
        for (const _ of userAccess(first, 0, 'write', true));
        const pages: number[] = [];
        const call = { start: 0, nr: 1, flags: FOLL.WRITE, pages, locked: null };
        const other = OTHERS[name]?.(second, firstPage(first));
        if (other === undefined) throw new Error(name);
        try {
          interleave(tasks, [pinUserPagesFast(first, call), other], order);
        } catch (error) {
          if (error instanceof NotModelled) fc.pre(false);
          throw error;
        }
        countsHold(first.state);
        const [pinned] = pages;
        const entry = pteOffset(first.mm.pageTable, 0);
        if (pinned === undefined || entry === null || (entry.bits & PTE.PRESENT) === 0) return;
        if (name === 'dontneed') return;
        expect(entry.pfn).toBe(pinned);
        const folio = pageFolio(first.state.folios, pinned);
        expect(folio !== undefined && pageAnonExclusive(folio, pinned)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
