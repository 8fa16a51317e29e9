/** System calls that change the address space: fork(), munmap(), MADV_DONTNEED, mprotect(). */

import type { Machine } from '../../machine.js';
import { dupMmap } from '../../ops/copyPageRange.js';
import { madviseDontneed } from '../../ops/madviseDontneed.js';
import { doMprotectPkey } from '../../ops/mprotectFixup.js';
import { vmMunmap } from '../../ops/munmap.js';
import type { Op } from '../../trace.js';
import type { Action, ActionKind, Doing, RunMemory } from './action.js';

function* fork({ machine, action, run }: Doing): Op<void> {
  const ret = yield* dupMmap(machine);
  if (ret >= 0) run.forked(action, machine.mm.index, ret);
  run.note(action, '', Math.min(ret, 0));
}

function giveUp({ mm }: Machine, { page, nr }: Action, { deeds }: RunMemory): void {
  deeds.givenUp.push({ mm: mm.index, start: page, end: page + nr });
}

function* munmap({ machine, action, run }: Doing): Op<void> {
  giveUp(machine, action, run);
  run.note(action, '', yield* vmMunmap(machine, action.page, action.page + action.nr));
}

function* dontneed({ machine, action, run }: Doing): Op<void> {
  giveUp(machine, action, run);
  run.note(action, '', yield* madviseDontneed(machine, action.page, action.page + action.nr));
}

function* mprotect({ machine, action, run }: Doing): Op<void> {
  const { page, nr, prot } = action;
  const protection = { read: prot[0] === 'r', write: prot[1] === 'w', exec: prot[2] === 'x' };
  run.note(action, '', yield* doMprotectPkey(machine, page, page + nr, protection));
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
  mprotect: {
    about: 'mprotect() of the pages to `prot`.',
    takes: ['page', 'nr', 'prot', 'as'],
    needs: ['prot'],
    gives: RESULT,
    run: mprotect,
  },
};
