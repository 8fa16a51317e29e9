/** What is done with pages that are held by a reference or a pin. */

import { FOLL } from '../../flagSets.js';
import { readHeldPages, writeHeldPages } from '../../ops/heldPages.js';
import { putPages, unpinUserPages } from '../../ops/unpinUserPages.js';
import { vmsplice } from '../../ops/vmsplice.js';
import type { Op } from '../../trace.js';
import { noteRead } from '../noteDeeds.js';
import type { ActionKind, Doing } from './action.js';

/** Gives the pages back; of a call that got none there is nothing to do. In v5.6 a pin is a reference, and so is giving it back. */
function* giveBack({ machine, action, run }: Doing, asPin: boolean): Op<void> {
  const { of } = action;
  const held = of === null ? null : run.held(of);
  if (of === null || held === null) return;
  if (asPin && machine.behaviour.switches.pinCounting)
    yield* unpinUserPages(machine, held.pfns, action.dirty);
  else yield* putPages(machine, held.pfns, action.dirty);
  run.release(of);
}

function* spliceIntoPipe({ machine, action, run }: Doing): Op<void> {
  const pfns: number[] = [];
  const ret = yield* vmsplice(machine, action.nr, pfns);
  const { current, mm } = machine;
  if (pfns.length > 0)
    run.hold(action, { task: current.index, mm: mm.index, page: action.page, pfns, flags: FOLL.GET });
  run.note(action, '', ret);
}

function* readPages({ machine, action, run }: Doing): Op<void> {
  const held = run.held(action.of ?? '');
  if (held === null) return;
  const values = yield* readHeldPages(machine, held.pfns);
  for (const [index, value] of values.entries()) {
    run.note(action, index === 0 ? '' : `${index}`, value);
    noteRead(run, machine.current.index, held.mm, held.page + index, value);
  }
}

function* writePages({ machine, action, run }: Doing): Op<void> {
  const held = run.held(action.of ?? '');
  if (held !== null) yield* writeHeldPages(machine, held.pfns, action.value ?? '');
}

export const HELD_PAGES: Readonly<Record<string, ActionKind>> = {
  vmsplice: {
    about: 'vmsplice(): an empty pipe takes references to the pages; reading the pipe is `read_pages`.',
    takes: ['page', 'nr', 'as'],
    gives: 'bytes in the pipe, or a negative error',
    holds: true,
    run: spliceIntoPipe,
  },
  read_pages: {
    about: 'The pages held under the name `of` are read, as a device does: through no page table.',
    takes: ['of', 'as'],
    needs: ['of'],
    gives: 'what the first page holds; `.1`: what the second holds, and so on; nothing if none are held',
    run: readPages,
  },
  write_pages: {
    about: '`value` is written to the pages held under the name `of`, through no page table.',
    takes: ['of', 'value'],
    needs: ['of', 'value'],
    run: writePages,
  },
  unpin: {
    about: 'unpin_user_pages_dirty_lock(): gives the pins taken under the name `of` back.',
    takes: ['of', 'dirty'],
    needs: ['of'],
    run: doing => giveBack(doing, true),
  },
  put: {
    about: 'put_page(): gives the references taken under the name `of` back.',
    takes: ['of'],
    needs: ['of'],
    run: doing => giveBack(doing, false),
  },
};
