import { describe, expect, it } from 'vitest';
import { lockVmaUnderRcu } from '../../simulator/src/ops/lockVmaUnderRcu.js';
import {
  mmapReadLock,
  mmapReadLockKillable,
  mmapReadTrylock,
  mmapReadUnlock,
  mmapWriteDowngrade,
  mmapWriteLockKillable,
  mmapWriteUnlock,
} from '../../simulator/src/ops/mmapLock.js';
import { vmaEndRead } from '../../simulator/src/ops/releaseFaultLock.js';
import { vmaStartWrite } from '../../simulator/src/ops/vmaStartWrite.js';
import { enabled, modeHeld } from '../../simulator/src/state/index.js';
import { machine, machines, run } from './machines.js';

describe('mmap_lock between tasks', () => {
  it('is shared by readers and kept from a writer', () => {
    const all = machines(3);
    const [first, second, third] = [machine(all, 0), machine(all, 1), machine(all, 2)];
    expect(run(first, mmapReadLock(first)).done).toBe(true);
    expect(run(second, mmapReadLock(second)).done).toBe(true);
    const writing = mmapWriteLockKillable(third);
    expect(run(third, writing).waiting).toBe(true);
    run(first, mmapReadUnlock(first, 'test'));
    const wait = { lock: 'mmap_lock', mm: 0, mode: 'write', killable: true } as const;
    expect(enabled(third.state, 2, wait)).toBe(false);
    run(second, mmapReadUnlock(second, 'test'));
    expect(enabled(third.state, 2, wait)).toBe(true);
    expect(run(third, writing).value).toBe(0);
    expect(modeHeld(third.mm.mmapLock, 2)).toBe('write');
    expect(third.mm.mmapLock.waiters).toEqual([]);
  });

  it('is not given to a reader behind a writer that waits, but a trylock gets it', () => {
    const all = machines(3);
    const [reader, writer, late] = [machine(all, 0), machine(all, 1), machine(all, 2)];
    run(reader, mmapReadLock(reader));
    expect(run(writer, mmapWriteLockKillable(writer)).waiting).toBe(true);
    expect(run(late, mmapReadTrylock(late)).value).toBe(true);
    run(late, mmapReadUnlock(late, 'test'));
    expect(run(late, mmapReadLock(late)).waiting).toBe(true);
  });

  it('is not waited for by a task that is killed, nor by a trylock', () => {
    const all = machines(2);
    const [writer, reader] = [machine(all, 0), machine(all, 1)];
    run(writer, mmapWriteLockKillable(writer));
    expect(run(reader, mmapReadTrylock(reader)).value).toBe(false);
    const reading = mmapReadLockKillable(reader);
    expect(run(reader, reading).waiting).toBe(true);
    reader.current.sigkill = true;
    expect(run(reader, reading).value).toBe(-4);
    expect(reader.mm.mmapLock.waiters).toEqual([]);
    expect(modeHeld(reader.mm.mmapLock, 1)).toBe('none');
  });

  it('lets readers in when a writer downgrades', () => {
    const all = machines(2);
    const [writer, reader] = [machine(all, 0), machine(all, 1)];
    run(writer, mmapWriteLockKillable(writer));
    const reading = mmapReadLock(reader);
    expect(run(reader, reading).waiting).toBe(true);
    run(writer, mmapWriteDowngrade(writer));
    expect(run(reader, reading).done).toBe(true);
    expect([0, 1].map(task => modeHeld(reader.mm.mmapLock, task))).toEqual(['read', 'read']);
  });
});

describe('the lock of a vma between tasks', () => {
  it('keeps a writer waiting, and then a fault away until mmap_lock is dropped', () => {
    const all = machines(2);
    const [fault, writer] = [machine(all, 0), machine(all, 1)];
    const vma = run(fault, lockVmaUnderRcu(fault, 0)).value;
    expect(vma).not.toBeNull();
    if (vma === null) return;
    run(writer, mmapWriteLockKillable(writer));
    const writing = vmaStartWrite(writer, vma);
    expect(run(writer, writing).waiting).toBe(true);
    run(fault, vmaEndRead(fault, vma, 'test'));
    expect(run(writer, writing).done).toBe(true);
    expect(run(fault, lockVmaUnderRcu(fault, 0)).value).toBeNull();
    run(writer, mmapWriteUnlock(writer, 'test'));
    expect(run(fault, lockVmaUnderRcu(fault, 0)).value).toBe(vma);
  });
});
