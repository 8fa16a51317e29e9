/** __gup_longterm_locked() of mm/gup.c: the walk, and for FOLL_LONGTERM the check of where the pages lie. */

import { EAGAIN, EINVAL, EOPNOTSUPP } from '../errno.js';
import { FOLL } from '../flagSets.js';
import type { LockedCell, Machine } from '../machine.js';
import { pageFolio, vmaIsFsdax } from '../state/index.js';
import type { Op } from '../trace.js';
import { checkAndMigrateMovablePages } from './checkAndMigrateMovablePages.js';
import { getUserPagesLocked } from './getUserPagesLocked.js';
import { gupPutFolio } from './tryGrabFolio.js';

/** Pages done or an error. */
export function* gupLongtermLocked(
  machine: Machine,
  start: number,
  nr: number,
  pages: number[] | null,
  locked: LockedCell | null,
  gupFlags: number,
): Op<number> {
  if ((gupFlags & FOLL.LONGTERM) === 0)
    return yield* getUserPagesLocked(machine, start, nr, pages, locked, gupFlags);
  const { longtermNeedsPin, longtermMovesMovable } = machine.behaviour.switches;
  if ((gupFlags & FOLL.PIN) === 0 && longtermNeedsPin) {
    machine.notes.warned = true;
    yield {
      routine: '__gup_longterm_locked',
      text: 'WARN: FOLL_LONGTERM without FOLL_PIN; -EINVAL',
      gup: gupFlags,
    };
    return -EINVAL;
  }
  if (!longtermMovesMovable) return yield* withoutMigration(machine, start, nr, pages, locked, gupFlags);
  const { current } = machine;
  current.memallocPin = true;
  let ret: number;
  for (;;) {
    if (pages !== null) pages.length = 0;
    ret = yield* getUserPagesLocked(machine, start, nr, pages, locked, gupFlags);
    if (ret <= 0 || pages === null) break;
    const rc: number = yield* checkAndMigrateMovablePages(machine, pages);
    if (rc === 0) break;
    if (rc !== -EAGAIN) {
      ret = rc;
      break;
    }
  }
  current.memallocPin = false;
  return ret;
}

/**
 * Up to v5.12 only pages in CMA and of fsdax may not be pinned for long, which are outside the model. The vmas are asked
 * for, and the pages looked through: there must be an array.
 */
function* withoutMigration(
  machine: Machine,
  start: number,
  nr: number,
  pages: number[] | null,
  locked: LockedCell | null,
  gupFlags: number,
): Op<number> {
  const routine = '__gup_longterm_locked';
  if (pages === null) {
    yield { routine, text: 'FOLL_LONGTERM without a pages array: -EINVAL', gup: gupFlags };
    return -EINVAL;
  }
  const ret = yield* getUserPagesLocked(machine, start, nr, pages, locked, gupFlags);
  if (ret <= 0 || !checkDaxVmas(machine, start, ret)) return ret;
  for (const pfn of pages.splice(0)) {
    const folio = pageFolio(machine.state.folios, pfn);
    if (folio !== undefined) gupPutFolio(machine, folio, gupFlags);
  }
  yield { routine, text: '-EOPNOTSUPP: the pages of fsdax are given back', gup: gupFlags };
  return -EOPNOTSUPP;
}

/** check_dax_vmas(): up to v5.10 what was found is looked through afterwards. */
function checkDaxVmas(machine: Machine, start: number, nr: number): boolean {
  if (machine.behaviour.switches.longtermRefusesFsdaxFirst) return false;
  return machine.mm.vmas.some(vma => vmaIsFsdax(vma) && vma.start < start + nr && vma.end > start);
}
