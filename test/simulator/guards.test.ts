/** A guard that shows in the steps of a call, not in how it ends. */

import { describe, expect, it } from 'vitest';
import { profileFor, profileWithSwitches } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import type { Machine } from '../../simulator/src/machine.js';
import { shrinkFolioList } from '../../simulator/src/ops/shrinkFolioList.js';
import { userAccess } from '../../simulator/src/ops/userAccess.js';
import { getUserPagesUnlocked } from '../../simulator/src/ops/wrappers.js';
import { BATCH_NONE, enabled, pageFolio, pteOffset } from '../../simulator/src/state/index.js';
import type { Step } from '../../simulator/src/trace.js';
import { machine, machines, run } from './machines.js';

/** Puts a page into the swap cache, where reclaim, the second task, keeps its folio locked. */
function lockInSwapCache(task: Machine, other: Machine): void {
  run(task, userAccess(task, 0, 'write', true));
  const pfn = pteOffset(task.mm.pageTable, 0)?.pfn ?? -1;
  const folio = pageFolio(task.state.folios, pfn);
  if (folio === undefined) throw new Error('nothing is mapped');
  Object.assign(folio, { batch: BATCH_NONE, ref: folio.ref - 1 });
  const op = shrinkFolioList(other, pfn);
  for (let step = op.next(); step.done !== true; step = op.next()) {
    if (pteOffset(task.mm.pageTable, 0)?.swap === 'swap') return;
  }
  throw new Error('it was not unmapped');
}

/** How often GUP drops mmap_lock while it waits for the folio, which is locked whenever it looks. */
function dropsOf(guarded: boolean): number {
  const without = guarded ? [] : (['retryMarksTried'] as const);
  const behaviour = behaviourOf(profileWithSwitches(profileFor('6.12'), { with: [], without }));
  const tasks = machines(2);
  const task = { ...machine(tasks, 0), behaviour };
  lockInSwapCache(task, { ...machine(tasks, 1), behaviour });
  const folio = task.state.folios.find(({ locked }) => locked >= 0);
  if (folio === undefined) throw new Error('nothing is locked');
  const owner = folio.locked;
  const call = { start: 0, nr: 1, flags: 0, pages: [], locked: null };
  const op = getUserPagesUnlocked(task, call);
  let drops = 0;
  let held: Step | null = null;
  for (let looks = 0; looks < 4; looks++) {
    for (;;) {
      const next: IteratorResult<Step, number> = op.next();
      if (next.done === true) throw new Error('it does not wait');
      held = next.value;
      if (held.routine === 'mmap_read_unlock') drops += 1;
      if (!enabled(task.state, 0, held.wait)) break;
    }
    if (held.routine === '__folio_lock') break;
    // Given free, and locked again before it looks.
    folio.locked = -1;
    expect(enabled(task.state, 0, held.wait)).toBe(true);
    folio.locked = owner;
  }
  return drops;
}

describe('FOLL_TRIED', () => {
  it('has GUP give mmap_lock away for a locked page once, and then wait with it', () => {
    expect(dropsOf(true)).toBe(1);
  });

  it('left out, GUP starts over each time', () => {
    expect(dropsOf(false)).toBe(4);
  });
});
