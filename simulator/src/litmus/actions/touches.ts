/** Touches from user mode, and system calls that touch memory. */

import { userAccess } from '../../ops/userAccess.js';
import type { Op } from '../../trace.js';
import { USER_ENTRIES, type UserEntry } from '../../userEntries.js';
import { noteRead, noteWriteBegins, noteWritten } from '../noteDeeds.js';
import type { ActionKind, Doing } from './action.js';

/** What a write writes that does not say it. */
const WRITTEN = 'new';

function* read({ machine, action, run }: Doing): Op<void> {
  const { page } = action;
  const data = { value: '' };
  const signal = yield* userAccess(machine, page, 'read', true, data);
  run.note(action, 'signal', signal?.signal ?? 0);
  if (signal !== null) return;
  run.note(action, '', data.value);
  noteRead(run, machine.current.index, machine.mm.index, page, data.value);
}

function* write({ machine, action, run }: Doing): Op<void> {
  const { page, value } = action;
  const data = { value: value ?? WRITTEN };
  const holders = noteWriteBegins(run, machine, page, data.value);
  const signal = yield* userAccess(machine, page, 'write', true, data);
  run.note(action, 'signal', signal?.signal ?? 0);
  if (signal === null) noteWritten(run, holders, page);
}

function* systemCall({ machine, action, run }: Doing, entry: UserEntry): Op<void> {
  const { ret } = yield* entry(machine, action.nr);
  run.note(action, '', ret);
}

/** Entries that have actions of their own: touches, and what keeps the pages. */
const LEFT_OUT: ReadonlySet<string> = new Set(['user_read', 'user_write', 'user_exec', 'vmsplice']);

export const TOUCHES: Readonly<Record<string, ActionKind>> = {
  read: {
    about: 'The task reads the page from user mode.',
    takes: ['page', 'as'],
    gives: 'what the page holds; `.signal`: number of the signal that it ended with, 0 for none',
    run: read,
  },
  write: {
    about: `The task writes \`value\` (\`${WRITTEN}\` if it does not say) to the page from user mode.`,
    takes: ['page', 'value', 'as'],
    gives: '`.signal`: number of the signal that it ended with, 0 for none',
    run: write,
  },
  ...Object.fromEntries(
    [...USER_ENTRIES]
      .filter(([name]) => !LEFT_OUT.has(name))
      .map(([name, entry]): [string, ActionKind] => [
        name,
        {
          about: `The system call ${name}, as scenarios have it.`,
          takes: ['page', 'nr', 'mm', 'as'],
          gives: 'its result',
          run: doing => systemCall(doing, entry),
        },
      ]),
  ),
};
