/** exit_mmap() of mm/mmap.c: the last task of an address space has exited. */

import type { Machine } from '../machine.js';
import { freePgtables } from '../state/index.js';
import type { Op } from '../trace.js';
import { lruAddDrain } from './newFolio.js';
import { zapPageRange } from './zapPageRange.js';

/** Unmaps everything. Nobody else can look at the mm any more, so that no lock is taken. */
export function* exitMmap(machine: Machine): Op<void> {
  const { mm } = machine;
  lruAddDrain(machine);
  for (const { start, end } of mm.vmas.splice(0)) yield* zapPageRange(machine, start, end);
  freePgtables(mm);
  yield { routine: 'exit_mmap', text: 'frees the page tables' };
}
