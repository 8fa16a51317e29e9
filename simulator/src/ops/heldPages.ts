/** What whoever holds pages by references or pins does to them, without any page table: a device by DMA, the kernel by kmap(). */

import type { Machine } from '../machine.js';
import { pageContents, writePage } from '../state/index.js';
import type { Op } from '../trace.js';

/** What the pages hold, read one after the other. */
export function* readHeldPages(machine: Machine, pages: readonly number[]): Op<string[]> {
  const values: string[] = [];
  for (const pfn of pages) {
    const value = pageContents(machine.state.folios, pfn);
    values.push(value);
    yield { routine: 'dma', text: `reads ${value} from a page that it holds` };
  }
  return values;
}

/** Makes the pages hold `value`, one after the other. Whether they are marked dirty is up to who gives them back. */
export function* writeHeldPages(machine: Machine, pages: readonly number[], value: string): Op<void> {
  for (const pfn of pages) {
    writePage(machine.state.folios, pfn, value);
    yield { routine: 'dma', text: `writes ${value} to a page that it holds` };
  }
}
