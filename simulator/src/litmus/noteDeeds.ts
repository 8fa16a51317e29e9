/**
 * Notes what tasks do as far as the properties asked about want to know it: what is noted for nobody would tie steps together
 * that have nothing to do with each other.
 */

import { CHILD_NEVER_SEES_PARENT_WRITES } from '../explore/properties/childNeverSeesParentWrites.js';
import { PINNED_PAGE_NOT_REPLACED } from '../explore/properties/pinnedPageNotReplaced.js';
import type { Deeds, Holding } from '../explore/properties/property.js';
import { READER_SEES_OWNER_WRITES } from '../explore/properties/readerSeesOwnerWrites.js';
import { SHARED_PAGE_NOT_PINNED } from '../explore/properties/sharedPageNotPinned.js';
import type { Machine } from '../machine.js';
import { vmaLookup } from '../state/index.js';
import type { RunMemory } from './actions/action.js';

/** Properties of pages that are held and still their owner's. */
const OF_HELD_PAGES = [PINNED_PAGE_NOT_REPLACED, SHARED_PAGE_NOT_PINNED, READER_SEES_OWNER_WRITES];

/** Pages are held from now on. */
export function noteHolding(deeds: Deeds, name: string, holding: Holding): void {
  deeds.holdings[name] = holding;
  deeds.writtenSince[name] = [];
}

/** They have been given back. */
export function noteRelease(deeds: Deeds, name: string): void {
  delete deeds.holdings[name];
  delete deeds.writtenSince[name];
}

/** Pages from `start` up to `end` are given up by a task of their mm: whoever holds them has them alone from now on. */
export function noteGivenUp({ deeds, asks }: RunMemory, mm: number, start: number, end: number): void {
  if (OF_HELD_PAGES.some(asks)) deeds.givenUp.push({ mm, start, end });
}

/**
 * The task begins to write the page from user mode. Names of those who hold it already; they are to see the write once it is
 * over ({@link noteWritten}).
 */
export function noteWriteBegins(
  { deeds, asks }: RunMemory,
  machine: Machine,
  page: number,
  value: string,
): readonly string[] {
  const { mm } = machine;
  if (asks(CHILD_NEVER_SEES_PARENT_WRITES) && vmaLookup(mm, page)?.shared === false) {
    for (const [child, parent] of Object.entries(deeds.parents)) {
      if (parent !== mm.index) continue;
      const known = deeds.writtenByParent[Number(child)] ?? [];
      deeds.writtenByParent[Number(child)] = [...known, value];
    }
  }
  if (!asks(READER_SEES_OWNER_WRITES)) return [];
  return Object.entries(deeds.holdings)
    .filter(
      ([, { mm: of, page: first, pfns }]) => of === mm.index && first <= page && page < first + pfns.length,
    )
    .map(([name]) => name);
}

/** The write is over, for those of `holders` who hold the page still. */
export function noteWritten({ deeds }: RunMemory, holders: readonly string[], page: number): void {
  for (const name of holders) {
    const pages = deeds.writtenSince[name];
    if (pages !== undefined && !pages.includes(page)) deeds.writtenSince[name] = [...pages, page];
  }
}

/** A task of the mm has read the page: what an ancestor wrote after the fork, it should not see. */
export function noteRead(
  { deeds, asks }: RunMemory,
  task: number,
  mm: number,
  page: number,
  value: string,
): void {
  if (!asks(CHILD_NEVER_SEES_PARENT_WRITES)) return;
  for (let child: number | undefined = mm; child !== undefined; child = deeds.parents[child]) {
    if (deeds.writtenByParent[child]?.includes(value) === true) {
      deeds.leaks.push({ task, page, value });
      return;
    }
  }
}
