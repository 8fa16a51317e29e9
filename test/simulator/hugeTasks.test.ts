/** What fork(), mprotect(), mremap(), reclaim and collapse do to large folios and hugetlb, on both sides of each change. */

import { describe, expect, it } from 'vitest';
import { profileFor, type Release } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import { FOLL } from '../../simulator/src/flagSets.js';
import { emptyNotes, type Machine } from '../../simulator/src/machine.js';
import { NotModelled } from '../../simulator/src/notModelled.js';
import { clearSoftDirty } from '../../simulator/src/ops/clearRefs.js';
import { madviseCollapse } from '../../simulator/src/ops/collapseHugePage.js';
import { dupMmap } from '../../simulator/src/ops/copyPageRange.js';
import { exitMmap } from '../../simulator/src/ops/exitMmap.js';
import { madviseDontfork } from '../../simulator/src/ops/madviseDontfork.js';
import { madviseDontneed } from '../../simulator/src/ops/madviseDontneed.js';
import { madvisePageout } from '../../simulator/src/ops/madvisePageout.js';
import { doMprotectPkey } from '../../simulator/src/ops/mprotectFixup.js';
import { vmMunmap } from '../../simulator/src/ops/munmap.js';
import { userAccess } from '../../simulator/src/ops/userAccess.js';
import { pinUserPagesUnlocked } from '../../simulator/src/ops/wrappers.js';
import { prepare } from '../../simulator/src/setup.js';
import {
  type Folio,
  headPage,
  leafEntry,
  mappedPfn,
  mappingsOf,
  PTE,
  pageAnonExclusive,
  pageContents,
  pageFolio,
  pincount,
  pmdOffset,
} from '../../simulator/src/state/index.js';
import { run } from './machines.js';
import { scenario } from './scenarios.js';

const HUGE = 512;
const READ_ONLY = { read: true, write: false, exec: false };
const WRITABLE = { read: true, write: true, exec: false };

interface Memory {
  readonly kind?: 'anon_thp' | 'hugetlb';
  readonly state?: string;
  readonly order?: number;
}

/** A task on 2 MiB (or 1 << order pages) of memory in that state. */
function taskOn(
  release: Release,
  { kind = 'anon_thp', state = 'write_populated', order = 9 }: Memory = {},
): Machine {
  const behaviour = behaviourOf(profileFor(release));
  const vma = {
    kind,
    share: 'private',
    prot: 'rw-',
    len: 4096 << order,
    ...(kind === 'anon_thp' && { folio_order: order }),
  } as const;
  const asked = scenario({ kernel: release, fn: 'user_read', vma, page_state: state, nr: 1 });
  const { state: memory, mm, caller, range } = prepare(asked, behaviour, false, 'asked');
  return { behaviour, state: memory, current: caller, mm, range, notes: emptyNotes() };
}

/** The same task on the mm of a child. */
function forked(task: Machine): Machine {
  const mm = task.state.mms[run(task, dupMmap(task)).value ?? -1];
  if (mm === undefined) throw new Error('no child');
  return { ...task, mm, notes: emptyNotes() };
}

function pin(task: Machine, flags: number): number {
  const pages: number[] = [];
  run(task, pinUserPagesUnlocked(task, { start: 0, nr: 1, flags, pages, locked: null }));
  return pages[0] ?? -1;
}

function write(task: Machine, page: number, value: string): void {
  expect(run(task, userAccess(task, page, 'write', true, { value })).value).toBeNull();
}

function read(task: Machine, page: number): string {
  const data = { value: '' };
  expect(run(task, userAccess(task, page, 'read', true, data)).value).toBeNull();
  return data.value;
}

const pfnAt = ({ mm }: Machine, page: number) => mappedPfn(mm.pageTable, page);
const bitsAt = ({ mm }: Machine, page: number) => leafEntry(mm.pageTable, page)?.bits ?? 0;
const isHuge = ({ mm }: Machine, page: number) => pmdOffset(mm.pageTable, page)?.huge != null;

function folioAt(task: Machine, page: number): Folio {
  const folio = pageFolio(task.state.folios, pfnAt(task, page));
  if (folio === undefined) throw new Error(`nothing is mapped at ${page}`);
  return folio;
}

describe('fork() of a huge page', () => {
  it('shares it by huge entries, read-only, exclusive no longer', () => {
    const task = taskOn('6.12');
    const child = forked(task);
    expect([isHuge(task, 0), isHuge(child, 0)]).toEqual([true, true]);
    expect(folioAt(task, 0)).toMatchObject({ ref: 2, map: 2, entireMap: 2 });
    for (const each of [task, child]) expect(bitsAt(each, 0) & PTE.WRITE).toBe(0);
    expect(pageAnonExclusive(folioAt(task, 0), pfnAt(task, 0))).toBe(false);
    write(task, 3, 'new');
    expect(read(child, 3)).toBe('0');
  });

  it.each(['5.9', '6.12'] as const)(
    'v%s: splits one that is pinned, and copies each of its pages',
    release => {
      const task = taskOn(release);
      const pinned = pin(task, FOLL.WRITE);
      const child = forked(task);
      expect([isHuge(task, 0), isHuge(child, 0)]).toEqual([false, false]);
      expect(pfnAt(task, 0)).toBe(pinned);
      expect(mappingsOf(child.mm, headPage(pinned))).toBe(0);
      expect(bitsAt(task, 0) & PTE.WRITE).not.toBe(0);
    },
  );

  it('v5.8: shares one that is pinned', () => {
    const task = taskOn('5.8');
    pin(task, FOLL.WRITE);
    const child = forked(task);
    expect(isHuge(child, 0)).toBe(true);
    expect(pfnAt(child, 0)).toBe(pfnAt(task, 0));
  });

  it('leaves out what MADV_DONTFORK names, until MADV_DOFORK', () => {
    const task = taskOn('6.12');
    run(task, madviseDontfork(task, 1, HUGE, true));
    expect(isHuge(task, 0)).toBe(false);
    const child = forked(task);
    expect(mappingsOf(child.mm, headPage(pfnAt(task, 0)))).toBe(1);
    run(child, exitMmap(child));
    run(task, madviseDontfork(task, 1, HUGE, false));
    expect(task.mm.vmas).toHaveLength(1);
    expect(folioAt(task, 0)).toMatchObject({ ref: HUGE, map: HUGE });
  });
});

describe('fork() of hugetlb', () => {
  it.each([
    ['5.11', true],
    ['5.12', false],
    ['6.12', false],
  ] as const)('v%s: a pinned page is shared: %s', (release, shared) => {
    const task = taskOn(release, { kind: 'hugetlb' });
    const pinned = pin(task, FOLL.WRITE);
    const child = forked(task);
    expect(pfnAt(child, 0) === pinned).toBe(shared);
    expect((bitsAt(task, 0) & PTE.WRITE) === 0).toBe(shared);
    expect(pincount(folioAt(task, 0))).toBe(1);
    write(task, 0, 'new');
    expect(pfnAt(task, 0) === pinned).toBe(!shared);
    expect(read(child, 0)).toBe('0');
  });

  it.each([
    ['5.18', [0]],
    ['5.19', [0, 1, 2]],
  ] as const)('v%s: write_protect_seq goes through %j', (release, wanted) => {
    const task = taskOn(release, { kind: 'hugetlb' });
    const seqs = new Set<number>();
    for (const _ of dupMmap(task)) seqs.add(task.mm.writeProtectSeq);
    expect([...seqs]).toEqual(wanted);
  });
});

describe('mprotect()', () => {
  it.each([
    ['6.1', false],
    ['6.2', true],
  ] as const)('v%s: an exclusive huge entry becomes writable at once: %s', (release, writable) => {
    const task = taskOn(release);
    run(task, doMprotectPkey(task, 0, HUGE, READ_ONLY));
    run(task, doMprotectPkey(task, 0, HUGE, WRITABLE));
    expect(isHuge(task, 0)).toBe(true);
    expect((bitsAt(task, 0) & PTE.WRITE) !== 0).toBe(writable);
  });

  it('of one page splits the huge entry, and the mappings merge again', () => {
    const task = taskOn('6.12');
    run(task, doMprotectPkey(task, 1, 2, READ_ONLY));
    expect(task.mm.vmas.map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [1, 2],
      [2, HUGE],
    ]);
    run(task, doMprotectPkey(task, 1, 2, WRITABLE));
    expect(task.mm.vmas).toHaveLength(1);
    expect(folioAt(task, 0)).toMatchObject({ ref: HUGE, map: HUGE, entireMap: 0 });
  });

  it('leaves hugetlb read-only, so that the next write faults', () => {
    const task = taskOn('6.12', { kind: 'hugetlb' });
    run(task, doMprotectPkey(task, 0, HUGE, READ_ONLY));
    run(task, doMprotectPkey(task, 0, HUGE, WRITABLE));
    expect(bitsAt(task, 0) & PTE.WRITE).toBe(0);
  });
});

describe('clearing the soft-dirty bits', () => {
  it.each([
    ['5.10', true],
    ['5.12', false],
  ] as const)('v%s: takes the write bit of a page that is pinned: %s', (release, taken) => {
    const task = taskOn(release, { state: 'single_pte' });
    pin(task, FOLL.WRITE);
    run(task, clearSoftDirty(task));
    expect((bitsAt(task, 0) & PTE.WRITE) === 0).toBe(taken);
  });

  it('makes mprotect() leave entries read-only, and a write mark them', () => {
    const task = taskOn('6.12', { state: 'pte_mapped' });
    run(task, clearSoftDirty(task));
    run(task, doMprotectPkey(task, 0, HUGE, READ_ONLY));
    run(task, doMprotectPkey(task, 0, HUGE, WRITABLE));
    expect(bitsAt(task, 0) & PTE.WRITE).toBe(0);
    write(task, 0, 'new');
    expect(bitsAt(task, 0) & (PTE.WRITE | PTE.SOFT_DIRTY)).toBe(PTE.WRITE | PTE.SOFT_DIRTY);
  });
});

describe('a part of a large folio', () => {
  it('is unmapped by MADV_DONTNEED and munmap(), which split the huge entry', () => {
    const task = taskOn('6.12');
    run(task, madviseDontneed(task, 1, HUGE));
    expect(folioAt(task, 0)).toMatchObject({ ref: 1, map: 1, order: 9 });
    const other = taskOn('6.12');
    run(other, vmMunmap(other, 0, 256));
    expect(folioAt(other, 256)).toMatchObject({ ref: 256, map: 256 });
    expect(other.mm.vmas.map(({ start, end }) => [start, end])).toEqual([[256, HUGE]]);
  });

  it('moves by mremap() with its page', () => {
    const task = taskOn('6.12', { state: 'partially_mremapped' });
    const [here, there] = task.mm.vmas;
    expect([here?.start, here?.end]).toEqual([0, 256]);
    expect(mappedPfn(task.mm.pageTable, there?.start ?? 0)).toBe(pfnAt(task, 0) + 256);
    expect(pfnAt(task, 256)).toBe(-1);
    expect(folioAt(task, 0)).toMatchObject({ ref: HUGE, map: HUGE });
  });
});

describe('MADV_PAGEOUT', () => {
  it.each([
    ['5.3', -22],
    ['5.4', 0],
  ] as const)('v%s: %i', (release, wanted) => {
    const task = taskOn(release);
    expect(run(task, madvisePageout(task, 0, HUGE)).value).toBe(wanted);
    expect(leafEntry(task.mm.pageTable, 7)?.swap === 'swap').toBe(wanted === 0);
  });

  it('swaps out every page of a huge page, and they come back as they were', () => {
    const task = taskOn('6.12');
    write(task, 5, 'kept');
    run(task, madvisePageout(task, 0, HUGE));
    expect(leafEntry(task.mm.pageTable, 5)?.swap).toBe('swap');
    expect(read(task, 5)).toBe('kept');
    expect(folioAt(task, 5).order).toBe(0);
  });

  it('leaves a large folio alone that is pinned, or that a child maps', () => {
    const task = taskOn('6.12', { order: 4 });
    const pinned = pin(task, FOLL.WRITE);
    run(task, madvisePageout(task, 0, 16));
    expect(pfnAt(task, 0)).toBe(pinned);
    const other = taskOn('6.12', { order: 4 });
    const before = pfnAt(other, 0);
    forked(other);
    run(other, madvisePageout(other, 0, 16));
    expect(pfnAt(other, 0)).toBe(before);
  });
});

describe('MADV_COLLAPSE', () => {
  it.each([
    ['6.0', -22],
    ['6.1', 0],
  ] as const)('v%s: %i', (release, wanted) => {
    const task = taskOn(release, { state: 'pte_mapped' });
    expect(run(task, madviseCollapse(task, 0)).value).toBe(wanted);
    expect(isHuge(task, 0)).toBe(wanted === 0);
  });

  it.each([
    ['6.17', -22],
    ['6.18', 0],
  ] as const)('v%s: %i for pages that are all shared with a child', (release, wanted) => {
    const task = taskOn(release, { state: 'pte_mapped' });
    const child = forked(task);
    expect(run(task, madviseCollapse(task, 0)).value).toBe(wanted);
    write(task, 9, 'new');
    expect(read(child, 9)).toBe('0');
  });

  it('copies what the pages hold, exclusive, and refuses while somebody holds one', () => {
    const task = taskOn('6.12', { state: 'pte_mapped' });
    write(task, 9, 'kept');
    const child = forked(taskOn('6.12', { state: 'pte_mapped' }));
    expect(isHuge(child, 0)).toBe(false);
    expect(run(task, madviseCollapse(task, 0)).value).toBe(0);
    expect(pageContents(task.state.folios, pfnAt(task, 9))).toBe('kept');
    expect(pageAnonExclusive(folioAt(task, 0), pfnAt(task, 0))).toBe(true);
    const held = taskOn('6.12', { state: 'pte_mapped' });
    pin(held, FOLL.WRITE);
    expect(run(held, madviseCollapse(held, 0)).value).toBe(-11);
  });
});

describe('anonymous folios smaller than a huge page', () => {
  it('are there since v6.8', () => {
    expect(() => taskOn('6.7', { order: 4 })).toThrow(NotModelled);
    expect(folioAt(taskOn('6.8', { order: 4 }), 15)).toMatchObject({ order: 4, ref: 16, map: 16 });
  });

  it('lie side by side in a mapping that has room for several', () => {
    const behaviour = behaviourOf(profileFor('6.12'));
    const vma = { kind: 'anon_thp', share: 'private', prot: 'rw-', len: 8 * 4096, folio_order: 2 } as const;
    const asked = scenario({ kernel: '6.12', fn: 'user_read', vma, page_state: 'write_populated', nr: 6 });
    const { state, mm } = prepare(asked, behaviour, false, 'asked');
    const folios = [0, 3, 4, 7].map(page => headPage(mappedPfn(mm.pageTable, page)));
    expect(new Set(folios).size).toBe(2);
    for (const head of folios)
      expect(pageFolio(state.folios, head)).toMatchObject({ order: 2, ref: 4, map: 4 });
    const small = scenario({ ...asked, vma: { ...vma, len: 4096 }, nr: 1 });
    expect(() => prepare(small, behaviour, false, 'asked')).toThrow(/no room/);
  });

  it('since v6.15 a write makes one our own again that a child has left, but not while it is there', () => {
    const task = taskOn('6.15', { order: 4 });
    const child = forked(task);
    const shared = pfnAt(task, 0);
    write(task, 0, 'new');
    expect(pfnAt(task, 0)).not.toBe(shared);
    expect(read(child, 0)).toBe('0');
    run(child, exitMmap(child));
    const next = pfnAt(task, 1);
    // The first page has gone its own way: all that is left of the folio is ours.
    write(task, 1, 'new');
    expect(pfnAt(task, 1)).toBe(next);
  });
});
