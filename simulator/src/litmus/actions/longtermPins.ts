/** Long-term pins that user space can ask for: by the kernel's own test, and by io_uring. */

import { FOLL } from '../../flagSets.js';
import { pinLongtermTest } from '../../ops/gupTest.js';
import { ioPinPages } from '../../ops/ioPinPages.js';
import type { Op } from '../../trace.js';
import type { ActionKind, Doing } from './action.js';

function* gupTest({ machine, action, run }: Doing, fast: boolean): Op<void> {
  const { page: start, nr } = action;
  const pages: number[] = [];
  const write = action.flags.includes('FOLL_WRITE');
  const ret = yield* pinLongtermTest(machine, { start, nr, write }, fast, pages);
  hold({ machine, action, run }, pages, write);
  run.note(action, '', ret);
}

function* fixedBuffer({ machine, action, run }: Doing): Op<void> {
  const pages: number[] = [];
  const ret = yield* ioPinPages(machine, action.page, action.nr, pages);
  hold({ machine, action, run }, pages, true);
  run.note(action, '', ret);
}

function hold({ machine, action, run }: Doing, pfns: readonly number[], write: boolean): void {
  const { current, mm, behaviour } = machine;
  const taken = behaviour.switches.pinCounting ? FOLL.PIN : FOLL.GET;
  const flags = taken | (write ? FOLL.WRITE : 0);
  if (pfns.length > 0)
    run.hold(action, { task: current.index, mm: mm.index, page: action.page, pfns, flags });
}

function testAction(name: string, fast: boolean): ActionKind {
  return {
    about: `The kernel's gup_test takes a long-term pin with ${name}(), of a release that has none with what drivers used; flags may be FOLL_WRITE.`,
    takes: ['page', 'nr', 'flags', 'as'],
    gives: 'the result',
    holds: true,
    run: doing => gupTest(doing, fast),
  };
}

export const LONGTERM_PINS: Readonly<Record<string, ActionKind>> = {
  gup_test_pin: testAction('pin_user_pages', false),
  gup_test_pin_fast: testAction('pin_user_pages_fast', true),
  io_uring_register_buffers: {
    about: 'The pages become a fixed buffer of io_uring: a long-term pin for writing.',
    takes: ['page', 'nr', 'as'],
    gives: '0 or a negative error',
    holds: true,
    isIn: ({ switches }) => switches.ioUringFixedBuffers,
    run: fixedBuffer,
  },
};
