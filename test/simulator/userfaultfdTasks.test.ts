/** A userfaultfd monitor that is a task of its own. */

import { describe, expect, it } from 'vitest';
import { profileFor, profileWithSwitches } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import type { Machine } from '../../simulator/src/machine.js';
import { userAccess } from '../../simulator/src/ops/userAccess.js';
import {
  uffdioCopy,
  uffdioWriteprotect,
  uffdioZeropage,
  userfaultfdRead,
  userfaultfdWake,
} from '../../simulator/src/ops/userfaultfdIoctl.js';
import { UFFD_MODE, ZEROES } from '../../simulator/src/state/index.js';
import { machine, machines, run } from './machines.js';

/** A task that touches memory, and the monitor of it. */
function registered(modes: number): { task: Machine; monitor: Machine } {
  const all = machines(2);
  const task = machine(all, 0);
  const [vma] = task.mm.vmas;
  if (vma === undefined) throw new Error('no mapping');
  vma.uffd = { index: 0, modes, features: 0, userModeOnly: false, plan: '', start: 0, end: 4 };
  task.state.uffds.push({ used: 0, waiters: [] });
  return { task, monitor: machine(all, 1) };
}

describe('a userfaultfd monitor beside the task', () => {
  it('reads of a fault, fills the page, and wakes the task', () => {
    const { task, monitor } = registered(UFFD_MODE.MISSING);
    const reading = userfaultfdRead(monitor, 0);
    expect(run(monitor, reading).waiting).toBe(true);
    const data = { value: '?' };
    const touch = userAccess(task, 2, 'read', true, data);
    expect(run(task, touch).waiting).toBe(true);
    expect(run(monitor, reading).value).toBe(2);
    expect(run(task, touch).waiting).toBe(true);
    expect(run(monitor, uffdioCopy(monitor, 2, 'filled')).value).toBe(0);
    expect(run(task, touch)).toMatchObject({ done: true, value: null });
    expect(data.value).toBe('filled');
    expect(task.state.uffds).toEqual([{ used: 0, waiters: [] }]);
  });

  it('fills no page twice, and none where nothing is registered', () => {
    const { monitor } = registered(UFFD_MODE.MISSING);
    expect(run(monitor, uffdioZeropage(monitor, 0)).value).toBe(0);
    expect(run(monitor, uffdioCopy(monitor, 0, 'again')).value).toBe(-17);
    expect(run(monitor, uffdioCopy(monitor, 9, 'nowhere')).value).toBe(-2);
  });

  it('is asked again if it wakes the task without an answer; SIGKILL ends the wait', () => {
    const { task, monitor } = registered(UFFD_MODE.MISSING);
    const touch = userAccess(task, 0, 'write', true);
    for (let time = 0; time < 2; time++) {
      expect(run(task, touch).waiting).toBe(true);
      expect(run(monitor, userfaultfdRead(monitor, 0)).value).toBe(0);
      run(monitor, userfaultfdWake(monitor, 0, 0));
    }
    expect(run(task, touch).waiting).toBe(true);
    task.current.sigkill = true;
    expect(() => run(task, touch)).toThrow('killed');
  });

  it('is told of writes to pages that it protects', () => {
    const { task, monitor } = registered(UFFD_MODE.WP);
    run(task, userAccess(task, 0, 'write', true, { value: 'a' }));
    expect(run(monitor, uffdioWriteprotect(monitor, 0, true)).value).toBe(0);
    const touch = userAccess(task, 0, 'write', true, { value: 'b' });
    expect(run(task, touch).waiting).toBe(true);
    expect(run(monitor, userfaultfdRead(monitor, 0)).value).toBe(0);
    expect(run(monitor, uffdioWriteprotect(monitor, 0, false)).value).toBe(0);
    expect(run(task, touch).value).toBeNull();
  });

  it.each([
    [true, false],
    [false, true],
  ])(
    'answers before the fault is queued: with the second look %s it waits for ever: %s',
    (guarded, waits) => {
      const { task: plain, monitor } = registered(UFFD_MODE.MISSING);
      const without = guarded ? [] : (['userfaultRechecksEntry'] as const);
      const profile = profileWithSwitches(profileFor('6.12'), { with: [], without });
      const task = { ...plain, behaviour: behaviourOf(profile) };
      const data = { value: ZEROES };
      const touch = userAccess(task, 0, 'read', true, data);
      for (let step = touch.next(); step.done !== true; step = touch.next()) {
        if (step.value.text.startsWith('gives the fault')) break;
      }
      run(monitor, uffdioCopy(monitor, 0, 'early'));
      expect(run(task, touch).waiting).toBe(waits);
      expect(data.value).toBe(waits ? ZEROES : 'early');
    },
  );
});
