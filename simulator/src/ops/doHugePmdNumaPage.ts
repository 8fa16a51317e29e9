/** do_huge_pmd_numa_page() of mm/huge_memory.c: do_numa_page() for a huge entry. */

import type { Machine } from '../machine.js';
import type { Pte, Vma } from '../state/index.js';
import type { Op } from '../trace.js';
import { clearNumaHint, HINT_CLEARED } from './doNumaPage.js';

/** Always 0. */
export function* doHugePmdNumaPage(
  machine: Machine,
  vma: Vma,
  huge: Pte,
  page: number,
  flags: number,
): Op<number> {
  clearNumaHint(machine, vma, huge);
  yield { routine: 'do_huge_pmd_numa_page', text: HINT_CLEARED, faultFlags: flags, page };
  return 0;
}
