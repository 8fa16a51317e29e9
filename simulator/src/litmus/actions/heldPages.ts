/** What is done with pages that are held by a reference or a pin. */

import { putPages, unpinUserPages } from '../../ops/unpinUserPages.js';
import type { Op } from '../../trace.js';
import type { ActionKind, Doing } from './action.js';

/** Gives the pages back; of a call that got none there is nothing to do. */
function* giveBack({ machine, action, run }: Doing, pinned: boolean): Op<void> {
  const { of } = action;
  const held = of === null ? null : run.held(of);
  if (of === null || held === null) return;
  if (pinned) yield* unpinUserPages(machine, held.pfns, action.dirty);
  else yield* putPages(machine, held.pfns);
  run.release(of);
}

export const HELD_PAGES: Readonly<Record<string, ActionKind>> = {
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
