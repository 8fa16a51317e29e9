/** The monitor of a userfaultfd as a task of its own: it reads of faults and answers them. */

import type { Machine } from '../../machine.js';
import {
  uffdioContinue,
  uffdioCopy,
  uffdioWriteprotect,
  uffdioZeropage,
  userfaultfdRead,
  userfaultfdWake,
} from '../../ops/userfaultfdIoctl.js';
import type { Op } from '../../trace.js';
import type { ActionKind, Doing } from './action.js';

/** The userfaultfd of the memory: a test has one mapping that is registered. */
const UFFD = 0;

type Answer = (machine: Machine, page: number, value: string) => Op<number>;

function answer(about: string, call: Answer, takesValue = false): ActionKind {
  return {
    about,
    takes: ['page', ...(takesValue ? (['value'] as const) : []), 'as'],
    gives: '0 or a negative error',
    *run(doing: Doing): Op<void> {
      const { machine, action } = doing;
      doing.run.note(action, '', yield* call(machine, action.page, action.value ?? COPIED));
    },
  };
}

/** What UFFDIO_COPY copies that does not say it. */
const COPIED = 'copied';

function* read({ machine, action, run }: Doing): Op<void> {
  run.note(action, '', yield* userfaultfdRead(machine, UFFD));
}

function* wake({ machine, action }: Doing): Op<void> {
  yield* userfaultfdWake(machine, UFFD, action.page);
}

export const USERFAULTFD: Readonly<Record<string, ActionKind>> = {
  uffd_read: {
    about: 'read() of the userfaultfd: waits for a fault. The memory has a `uffd` without a plan then.',
    takes: ['as'],
    gives: 'number of the page that the fault is about',
    run: read,
  },
  uffd_copy: answer(
    `UFFDIO_COPY of \`value\` (\`${COPIED}\` if it does not say) to the page.`,
    uffdioCopy,
    true,
  ),
  uffd_zeropage: answer('UFFDIO_ZEROPAGE of the page.', uffdioZeropage),
  uffd_continue: answer('UFFDIO_CONTINUE of the page.', uffdioContinue),
  uffd_protect: answer('UFFDIO_WRITEPROTECT: protects the page.', (machine, page) =>
    uffdioWriteprotect(machine, page, true),
  ),
  uffd_unprotect: answer('UFFDIO_WRITEPROTECT: takes the protection of the page away.', (machine, page) =>
    uffdioWriteprotect(machine, page, false),
  ),
  uffd_wake: {
    about: 'UFFDIO_WAKE: who waits for the page looks again.',
    takes: ['page'],
    run: wake,
  },
};
