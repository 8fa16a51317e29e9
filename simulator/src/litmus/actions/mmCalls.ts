/** System calls that change the address space. */

import { clearSoftDirty } from '../../ops/clearRefs.js';
import { madviseCollapse } from '../../ops/collapseHugePage.js';
import { dupMmap } from '../../ops/copyPageRange.js';
import { exitMmap } from '../../ops/exitMmap.js';
import { madviseDontfork } from '../../ops/madviseDontfork.js';
import { madviseDontneed } from '../../ops/madviseDontneed.js';
import { madvisePageout } from '../../ops/madvisePageout.js';
import { mmapAgain } from '../../ops/mmapRegion.js';
import { mremapTo } from '../../ops/moveVma.js';
import { doMprotectPkey } from '../../ops/mprotectFixup.js';
import { vmMunmap } from '../../ops/munmap.js';
import type { Op } from '../../trace.js';
import { noteGivenUp } from '../noteDeeds.js';
import type { ActionKind, Doing } from './action.js';

function* fork({ machine, action, run }: Doing): Op<void> {
  const ret = yield* dupMmap(machine);
  if (ret >= 0) run.forked(action, machine.mm.index, ret);
  run.note(action, '', Math.min(ret, 0));
}

function* munmap({ machine, action, run }: Doing): Op<void> {
  noteGivenUp(run, machine.mm.index, action.page, action.page + action.nr);
  run.note(action, '', yield* vmMunmap(machine, action.page, action.page + action.nr));
}

function* dontneed({ machine, action, run }: Doing): Op<void> {
  noteGivenUp(run, machine.mm.index, action.page, action.page + action.nr);
  run.note(action, '', yield* madviseDontneed(machine, action.page, action.page + action.nr));
}

function* mremap({ machine, action, run }: Doing): Op<void> {
  const { page, nr, to } = action;
  noteGivenUp(run, machine.mm.index, page, page + nr);
  run.note(action, '', yield* mremapTo(machine, page, page + nr, to));
}

function* pageout({ machine, action, run }: Doing): Op<void> {
  run.note(action, '', yield* madvisePageout(machine, action.page, action.page + action.nr));
}

function* mprotect({ machine, action, run }: Doing): Op<void> {
  const { page, nr, prot } = action;
  const protection = { read: prot[0] === 'r', write: prot[1] === 'w', exec: prot[2] === 'x' };
  run.note(action, '', yield* doMprotectPkey(machine, page, page + nr, protection));
}

function* exit({ machine, run }: Doing): Op<void> {
  const { mm } = machine;
  for (const { start, end } of mm.vmas) noteGivenUp(run, mm.index, start, end);
  yield* exitMmap(machine);
}

function* dontfork({ machine, action, run }: Doing, dontFork: boolean): Op<void> {
  const { page, nr } = action;
  run.note(action, '', yield* madviseDontfork(machine, page, page + nr, dontFork));
}

function* collapse({ machine, action, run }: Doing): Op<void> {
  run.note(action, '', yield* madviseCollapse(machine, action.page));
}

function* softDirty({ machine, action, run }: Doing): Op<void> {
  run.note(action, '', yield* clearSoftDirty(machine));
}

function* mmap({ machine, action, run }: Doing): Op<void> {
  run.note(action, '', yield* mmapAgain(machine, 0, action.page));
}

const RESULT = '0 or a negative error';

export const MM_CALLS: Readonly<Record<string, ActionKind>> = {
  fork: {
    about: 'fork(): tasks whose `mm` is its `as` begin when it is over.',
    takes: ['as'],
    needs: ['as'],
    gives: RESULT,
    run: fork,
  },
  munmap: {
    about: 'munmap() of the pages.',
    takes: ['page', 'nr', 'as'],
    gives: RESULT,
    run: munmap,
  },
  madvise_dontneed: {
    about: 'madvise(MADV_DONTNEED) of the pages.',
    takes: ['page', 'nr', 'as'],
    gives: RESULT,
    run: dontneed,
  },
  madvise_pageout: {
    about:
      'madvise(MADV_PAGEOUT) of the pages: those that no other process maps are written to swap, if they can be.',
    takes: ['page', 'nr', 'as'],
    gives: RESULT,
    run: pageout,
  },
  mremap: {
    about: 'mremap() of the pages to page `to` on, where nothing may be mapped.',
    takes: ['page', 'nr', 'to', 'as'],
    needs: ['to'],
    gives: RESULT,
    run: mremap,
  },
  mprotect: {
    about: 'mprotect() of the pages to `prot`.',
    takes: ['page', 'nr', 'prot', 'as'],
    needs: ['prot'],
    gives: RESULT,
    run: mprotect,
  },
  madvise_dontfork: {
    about: 'madvise(MADV_DONTFORK) of the pages: a child does without them.',
    takes: ['page', 'nr', 'as'],
    gives: RESULT,
    run: doing => dontfork(doing, true),
  },
  madvise_dofork: {
    about: 'madvise(MADV_DOFORK) of the pages: a child has them.',
    takes: ['page', 'nr', 'as'],
    gives: RESULT,
    run: doing => dontfork(doing, false),
  },
  madvise_collapse: {
    about: 'madvise(MADV_COLLAPSE) of the huge page around `page`.',
    takes: ['page', 'as'],
    gives: RESULT,
    isIn: ({ switches }) => switches.madvCollapse,
    run: collapse,
  },
  clear_soft_dirty: {
    about: '4 is written to /proc/self/clear_refs: the next write to each page faults.',
    takes: ['as'],
    gives: RESULT,
    run: softDirty,
  },
  mmap: {
    about:
      'mmap() at `page` of what is mapped at page 0, read-only: MAP_SHARED of its file, or private anonymous memory.',
    takes: ['page', 'as'],
    needs: ['page'],
    gives: RESULT,
    run: mmap,
  },
  exit: {
    about: 'The last task of the mm exits: everything is unmapped.',
    takes: [],
    run: exit,
  },
};
