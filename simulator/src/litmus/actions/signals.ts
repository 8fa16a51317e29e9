/** Signals that one task sends another. */

import type { Op } from '../../trace.js';
import type { ActionKind, Doing } from './action.js';

function* send({ machine, action, run }: Doing, which: 'sigkill' | 'signal'): Op<void> {
  const task = machine.state.tasks[run.taskIndex(action.task ?? '')];
  if (task === undefined) return;
  task[which] = true;
  yield {
    routine: 'send_signal',
    text: which === 'sigkill' ? 'sends SIGKILL' : 'sends a signal with a handler',
  };
}

export const SIGNALS: Readonly<Record<string, ActionKind>> = {
  kill: {
    about: 'Sends SIGKILL to `task`.',
    takes: ['task'],
    needs: ['task'],
    run: doing => send(doing, 'sigkill'),
  },
  signal: {
    about: 'Sends `task` a signal that has a handler.',
    takes: ['task'],
    needs: ['task'],
    run: doing => send(doing, 'signal'),
  },
};
