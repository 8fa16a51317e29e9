/** What is so of the pages when the tasks begin, and a scenario does not say: their contents, and that they were there before. */

import { BATCH_NONE, FOLIO, leafEntry, mappedPfn, pageFolio, type State, writePage } from '../state/index.js';
import type { LitmusMemory } from './litmus.js';

/** Every page that is there holds `memory.value`: mapped, in swap, in the page cache, or on a disk. Pages of zeroes stay as they are. */
export function fillContents(state: State, memory: LitmusMemory): void {
  const [mm] = state.mms;
  if (mm === undefined) return;
  const onDisk = mm.vmas.some(({ ops }) => ops === 'ext4' || ops === 'ext4_dax');
  for (let page = 0; page < memory.pages; page++) {
    const slot = state.slots[leafEntry(mm.pageTable, page)?.slot ?? -1];
    if (slot !== undefined) slot.contents = memory.value;
    fill(state, mappedPfn(mm.pageTable, page), memory.value);
  }
  for (const { pages, data, hole, size } of state.files) {
    for (const pfn of pages) fill(state, pfn ?? -1, memory.value);
    for (let page = 0; onDisk && !hole && page < size; page++) data[page] = memory.value;
  }
}

function fill(state: State, pfn: number, value: string): void {
  const folio = pageFolio(state.folios, pfn);
  if (folio !== undefined && (folio.bits & FOLIO.ZERO_PAGE) === 0) writePage(state.folios, pfn, value);
}

/** Whoever filled the pages did so a while ago: no folio batch holds them any more. */
export function drainBatches(state: State): void {
  for (const folio of state.folios) {
    if (folio.batch < 0) continue;
    folio.batch = BATCH_NONE;
    folio.ref -= 1;
  }
}
