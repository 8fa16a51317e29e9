/**
 * Anonymous memory in large folios that a program has brought into its state by system calls: these run, one after the
 * other.
 */

import type { Machine } from './machine.js';
import { NotModelled } from './notModelled.js';
import { dupMmap } from './ops/copyPageRange.js';
import { exitMmap } from './ops/exitMmap.js';
import { madviseDontfork } from './ops/madviseDontfork.js';
import { madviseDontneed } from './ops/madviseDontneed.js';
import { reclaimRange } from './ops/madvisePageout.js';
import { mremapTo } from './ops/moveVma.js';
import { doMprotectPkey } from './ops/mprotectFixup.js';
import { enabled, PTRS_PER_PTE } from './state/index.js';
import type { Op } from './trace.js';

/** What is done to a large folio of `nr` pages at page 0, each of which was written to. */
type Steps = (machine: Machine, nr: number) => Op<void>;

const STEPS: ReadonlyMap<string, Steps> = new Map<string, Steps>([
  ['swapped_out', swappedOut],
  ['pte_mapped', pteMapped],
  ['pte_mapped_swapped_out', chain(pteMapped, swappedOut)],
  ['single_pte', singlePte],
  ['single_pte_swapped_out', chain(singlePte, swappedOut)],
  ['partially_mremapped', partiallyMremapped],
  ['partially_shared', partiallyShared],
]);

/** Where the upper half goes that is moved away: far behind the region. */
const REMAPPED = 64 * PTRS_PER_PTE;

/** Whether pages of a large folio come into that state by steps. */
export function preparedBySteps(pageState: string): boolean {
  return STEPS.has(pageState);
}

/**
 * Runs the steps of a state on a folio of `nr` pages that is mapped at page 0. Throws {@link NotModelled} where one has
 * no model.
 */
export function prepareBySteps(machine: Machine, pageState: string, nr: number): void {
  const steps = STEPS.get(pageState);
  if (steps === undefined) return;
  for (const step of steps(machine, nr)) {
    if (!enabled(machine.state, machine.current.index, step.wait))
      throw new NotModelled('memory whose preparation waits for ever');
  }
}

function chain(...all: readonly Steps[]): Steps {
  return function* run(machine, nr) {
    for (const each of all) yield* each(machine, nr);
  };
}

/** What is still mapped of it is reclaimed. */
function* swappedOut(machine: Machine, nr: number): Op<void> {
  yield* reclaimRange(machine, 0, nr);
}

/** One page becomes read-only and writable again: a huge entry is split for it. */
function* pteMapped(machine: Machine): Op<void> {
  yield* doMprotectPkey(machine, 1, 2, { read: true, write: false, exec: false });
  yield* doMprotectPkey(machine, 1, 2, { read: true, write: true, exec: false });
}

/** All but the first page are given back by MADV_DONTNEED. */
function* singlePte(machine: Machine, nr: number): Op<void> {
  yield* madviseDontneed(machine, 1, nr);
}

/** The upper half is moved to another address. */
function* partiallyMremapped(machine: Machine, nr: number): Op<void> {
  yield* mremapTo(machine, nr / 2, nr, REMAPPED);
}

/** The first page was shared with a child that has exited since; it had none of the others. */
function* partiallyShared(machine: Machine, nr: number): Op<void> {
  const { state } = machine;
  yield* madviseDontfork(machine, 1, nr, true);
  const child = state.mms[yield* dupMmap(machine)];
  if (child === undefined) throw new NotModelled('a fork() that fails');
  yield* exitMmap({ ...machine, mm: child });
  state.mms.splice(child.index, 1);
  yield* madviseDontfork(machine, 1, nr, false);
}
