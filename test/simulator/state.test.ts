import { describe, expect, it } from 'vitest';
import { NotModelled } from '../../simulator/src/notModelled.js';
import {
  addFolio,
  copyState,
  entriesOf,
  FOLIO,
  findVma,
  freePgtables,
  hashState,
  insertVma,
  newFile,
  newFolio,
  newMm,
  newSlot,
  newTask,
  newVma,
  nonePte,
  PAGE,
  PTE,
  pageAnonExclusive,
  pageFolio,
  pincount,
  pmdAlloc,
  pteAlloc,
  pteOffset,
  rmapWalk,
  type State,
  setPageAnonExclusive,
  splitVma,
  startWaiting,
  take,
  vmaLookup,
  writePage,
} from '../../simulator/src/state/index.js';

/** A state in which everything that can be there is there. */
function fullState(): State {
  const mm = newMm(0);
  const folios = [newFolio({ bits: FOLIO.ZERO_PAGE, ref: 1 })];
  const small = addFolio(folios, newFolio({ bits: FOLIO.ANON, ref: 2, map: 1, batch: 0 }));
  const largeFolio = newFolio({ order: 9, ref: 514, map: 2, entireMap: 1, pincountField: 1 });
  const large = addFolio(folios, largeFolio);
  largeFolio.pageMap[3] = 1;
  setPageAnonExclusive(largeFolio, large + 3);
  const uffd = { index: 0, modes: 1, features: 0, userModeOnly: false, plan: 'C', start: 0, end: 4 };
  const driver = {
    ordinary: 'PAGE',
    faultProgram: [],
    hasPageMkwrite: false,
    hasMapPages: false,
    mkwriteProgram: [],
    pagesDirty: false,
  } as const;
  insertVma(mm, newVma({ start: 512, end: 1024, uffd }));
  insertVma(mm, newVma({ start: 0, end: 4, ops: 'driver', file: 0, driver }));
  Object.assign(pteAlloc(mm.pageTable, 1), { bits: PTE.PRESENT, pfn: small });
  Object.assign(pteAlloc(mm.pageTable, 3), { bits: PTE.SWAP, swap: 'swap', swapType: 0, slot: 0 });
  pmdAlloc(mm.pageTable, 600).huge = { ...nonePte(), bits: PTE.PRESENT, pfn: large };
  take(mm.mmapLock, 0, 'read');
  startWaiting(mm.mmapLock, 1, 'write');
  const file = newFile(4);
  file.pages[2] = small;
  file.data[2] = 'b';
  writePage(folios, large + 5, 'c');
  return {
    mms: [mm, newMm(1)],
    folios,
    tasks: [newTask(0, 0), newTask(1, 0)],
    files: [file],
    uffds: [{ used: 0, waiters: [{ task: 0, page: 1, read: false, woken: false }] }],
    ptl: -1,
    slots: [newSlot({ count: 1, cache: small, contents: 'a' })],
    zeroPage: 0,
    movable: false,
  };
}

/** Parts that never change: copies share them, and the hash leaves them out. */
const CONSTANT = /\.driver\.|\.uffd\.(?!index$)/;

type Visit = (path: string, holder: Record<string, unknown>, key: string) => void;

function visitFields(value: object, path: string, visit: Visit): void {
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    const child = holder[key];
    const childPath = `${path}.${key}`;
    if (CONSTANT.test(childPath)) continue;
    if (typeof child === 'object' && child !== null) visitFields(child, childPath, visit);
    else visit(childPath, holder, key);
  }
}

function change(holder: Record<string, unknown>, key: string): void {
  const value = holder[key];
  if (typeof value === 'number') holder[key] = value + 1;
  else if (typeof value === 'boolean') holder[key] = !value;
  else if (value === 'read' || value === 'write') holder[key] = value === 'read' ? 'write' : 'read';
  else if (typeof value === 'string') holder[key] = `${value}+`;
  else if (key === 'driver' || key === 'uffd') holder[key] = { index: 1 };
  else if (key === 'huge') holder[key] = { ...nonePte(), bits: PTE.PRESENT };
  else if (key === 'ptes') holder[key] = [];
  else throw new Error(`a field of unknown kind: ${key}`);
}

describe('bits', () => {
  it.each([
    ['a folio', FOLIO],
    ['a page', PAGE],
    ['an entry', PTE],
  ])('of %s are different ones', (_, bits) => {
    const values: readonly number[] = Object.values(bits);
    expect(new Set(values).size).toBe(values.length);
    expect(values.filter(value => (value & (value - 1)) !== 0)).toEqual([]);
  });
});

describe('copyState', () => {
  it('gives an equal state', () => {
    const state = fullState();
    expect(copyState(state)).toEqual(state);
    expect(hashState(copyState(state))).toBe(hashState(state));
  });

  it('shares nothing that can change', () => {
    const state = fullState();
    const copy = copyState(state);
    // A waiter is replaced as a whole, never changed.
    visitFields(copy, '', (path, holder, key) => {
      if (!/\.uffd\.|\.waiters\.\d/.test(path)) change(holder, key);
    });
    expect(state).toEqual(fullState());
  });
});

describe('hashState', () => {
  it('is the same for states that were built separately', () => {
    expect(hashState(fullState())).toBe(hashState(fullState()));
  });

  it('changes with every single field', () => {
    const paths: string[] = [];
    visitFields(fullState(), '', path => paths.push(path));
    const unseen = paths.filter(wanted => {
      const state = fullState();
      visitFields(state, '', (path, holder, key) => {
        if (path === wanted) change(holder, key);
      });
      return hashState(state) === hashState(fullState());
    });
    expect(paths.length).toBeGreaterThan(100);
    expect(unseen).toEqual([]);
  });

  it('does not tell an empty entry from one that is missing', () => {
    const state = fullState();
    expect(pteOffset(state.mms[0]?.pageTable ?? [], 200)).toEqual(nonePte());
    expect(hashState(state)).toBe(hashState(fullState()));
  });

  it('tells a table without entries from no table', () => {
    const state = fullState();
    pteAlloc(state.mms[1]?.pageTable ?? [], 0);
    expect(hashState(state)).not.toBe(hashState(fullState()));
  });
});

describe('mappings', () => {
  it('are found by page, and the one above a hole', () => {
    const mm = newMm(0);
    insertVma(mm, newVma({ start: 8, end: 12 }));
    insertVma(mm, newVma({ start: 0, end: 4 }));
    expect(vmaLookup(mm, 3)?.start).toBe(0);
    expect(vmaLookup(mm, 4)).toBeNull();
    expect(findVma(mm, 4)?.start).toBe(8);
    expect(findVma(mm, 12)).toBeNull();
  });

  it('are split with the pages of their file', () => {
    const mm = newMm(0);
    const vma = newVma({ start: 2, end: 10, ops: 'shmem', file: 0, pgoff: 5, locked: true });
    insertVma(mm, vma);
    splitVma(mm, vma, 6);
    expect(mm.vmas.map(({ start, end, pgoff, locked }) => [start, end, pgoff, locked])).toEqual([
      [2, 6, 5, true],
      [6, 10, 9, true],
    ]);
  });

  it('keep the tables they reach into', () => {
    const mm = newMm(0);
    insertVma(mm, newVma({ start: 500, end: 520 }));
    for (const page of [0, 512, 2048]) pteAlloc(mm.pageTable, page);
    freePgtables(mm);
    expect(mm.pageTable.map(({ index }) => index)).toEqual([0, 1]);
  });
});

describe('page tables', () => {
  it('have entries below the start of the region too', () => {
    const { pageTable } = newMm(0);
    pteAlloc(pageTable, 0).bits = PTE.PRESENT;
    pteAlloc(pageTable, -1).bits = PTE.SPECIAL;
    expect(pageTable.map(({ index }) => index)).toEqual([-1, 0]);
    expect([...entriesOf(pageTable, -1, 1)].map(({ bits }) => bits)).toEqual([PTE.SPECIAL, PTE.PRESENT]);
    expect([...entriesOf(pageTable, 1, 9)]).toEqual([]);
  });

  it('stop a routine that does not know huge entries', () => {
    const { pageTable } = fullState().mms[0] ?? newMm(0);
    expect(() => pteOffset(pageTable, 600)).toThrow(NotModelled);
    expect(() => pteAlloc(pageTable, 600)).toThrow(NotModelled);
  });
});

describe('folios', () => {
  it('count pins of a large one in a field, of a small one in the references', () => {
    expect(pincount(newFolio({ order: 9, ref: 4000, pincountField: 2 }))).toBe(2);
    expect(pincount(newFolio({ ref: 2050 }))).toBe(2);
  });

  it('know of each page whether it is exclusive', () => {
    const { folios } = fullState();
    const large = pageFolio(folios, 2 * 512 + 7);
    expect(large?.order).toBe(9);
    if (large === undefined) return;
    expect([2, 3, 4].map(page => pageAnonExclusive(large, 2 * 512 + page))).toEqual([false, true, false]);
  });

  it('are found in every page table that maps them', () => {
    const state = fullState();
    const other = state.mms[1] ?? newMm(1);
    Object.assign(pteAlloc(other.pageTable, 9), { bits: PTE.PRESENT, pfn: 512 });
    expect(rmapWalk(state, 512)).toHaveLength(2);
    expect(rmapWalk(state, 1024)).toHaveLength(1);
  });
});
