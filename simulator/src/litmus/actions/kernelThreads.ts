/** What threads of the kernel do to the page that an entry maps: swap-out, KSM, migration. */

import type { Machine } from '../../machine.js';
import { tryToMergeOnePage } from '../../ops/ksmMergePages.js';
import { migratePages } from '../../ops/migratePages.js';
import { lruAddDrainAll } from '../../ops/newFolio.js';
import { shrinkFolioList } from '../../ops/shrinkFolioList.js';
import { addFolio, FOLIO, headPage, mappedPfn, newFolio, pageFolio, writePage } from '../../state/index.js';
import type { Op } from '../../trace.js';
import type { ActionKind, Doing } from './action.js';

/** The first page of the folio that the entry maps; null: it maps none of its own, and there is nothing to do. */
function folioOf({ state, mm }: Machine, page: number): number | null {
  const pfn = mappedPfn(mm.pageTable, page);
  const folio = pageFolio(state.folios, pfn);
  return folio === undefined || (folio.bits & FOLIO.ZERO_PAGE) !== 0 ? null : headPage(pfn);
}

/** Before a page is looked at by KSM (scan_get_next_rmap_item()), or by reclaim after some time: no folio batch holds it. */
function* drainBatches(machine: Machine): Op<void> {
  lruAddDrainAll(machine);
  yield { routine: 'lru_add_drain_all', text: 'folio batches give their references back' };
}

function* swapOut({ machine, action, run }: Doing): Op<void> {
  yield* drainBatches(machine);
  const head = folioOf(machine, action.page);
  run.note(action, '', head === null ? 'none' : yield* shrinkFolioList(machine, head));
}

function* migrate({ machine, action, run }: Doing): Op<void> {
  const head = folioOf(machine, action.page);
  run.note(action, '', head === null ? 'none' : yield* migratePages(machine, head));
}

/** A page of the stable tree, with the reference that keeps it while it is looked up. */
function stablePage({ state }: Machine, value: string): number {
  const bits = FOLIO.ANON | FOLIO.KSM | FOLIO.DIRTY;
  const pfn = addFolio(state.folios, newFolio({ bits, ref: 1 }));
  writePage(state.folios, pfn, value);
  return pfn;
}

function* ksmMerge({ machine, action, run }: Doing): Op<void> {
  yield* drainBatches(machine);
  const merged = action.value === null ? -1 : stablePage(machine, action.value);
  const ret = yield* tryToMergeOnePage(machine, action.page, merged);
  const stable = pageFolio(machine.state.folios, merged);
  if (stable !== undefined) stable.ref -= 1;
  run.note(action, '', ret);
}

export const KERNEL_THREADS: Readonly<Record<string, ActionKind>> = {
  swap_out: {
    about: 'Reclaim tries to write the page that is mapped there to swap (shrink_folio_list()).',
    takes: ['page', 'mm', 'as'],
    gives: '`freed`, `kept`, or `none` where nothing is mapped',
    run: swapOut,
  },
  migrate: {
    about: 'migrate_pages() of the page that is mapped there.',
    takes: ['page', 'mm', 'as'],
    gives: '0 or a negative error, or `none` where nothing is mapped',
    run: migrate,
  },
  ksm_merge: {
    about:
      'KSM tries to replace the page that is mapped there by one that holds `value`, if it does so too; without `value` it tries to make it a page of KSM.',
    takes: ['page', 'value', 'mm', 'as'],
    gives: '0 or a negative error',
    run: ksmMerge,
  },
};
