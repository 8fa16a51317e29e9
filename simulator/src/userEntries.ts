/** Ways into the fault path that are no GUP function: touches from user mode, and system calls. */

import type { Machine } from './machine.js';
import { NotModelled } from './notModelled.js';
import type { FaultSignal } from './ops/accessError.js';
import { memRw } from './ops/accessRemoteVm.js';
import { directIo } from './ops/bioIovIterGetPages.js';
import { copyFromUser, copyToUser } from './ops/copyUser.js';
import { doMlock } from './ops/doMlock.js';
import { futexKeyShared, futexWakeOp } from './ops/futex.js';
import { madvisePopulate } from './ops/madvisePopulate.js';
import { processVmRw } from './ops/processVmRw.js';
import { type AccessKind, userAccess } from './ops/userAccess.js';
import { vmsplice } from './ops/vmsplice.js';
import type { Op } from './trace.js';

/** A touch returns 0, or -1 with the signal it got; a system call its result or a negative error. */
export interface EntryResult {
  readonly ret: number;
  readonly signal: FaultSignal | null;
}

/** `nr` pages from the start of the machine's range on; a touch is of the first alone. */
export type UserEntry = (machine: Machine, nr: number) => Op<EntryResult>;

/** The entries by the names of the recordings. */
export const USER_ENTRIES: ReadonlyMap<string, UserEntry> = new Map<string, UserEntry>([
  ['user_read', touch('read')],
  ['user_write', touch('write')],
  ['user_exec', touch('exec')],
  [
    'madvise_populate_read',
    systemCall((machine, nr) => madvisePopulate(machine, machine.range.start, nr, false)),
  ],
  [
    'madvise_populate_write',
    systemCall((machine, nr) => madvisePopulate(machine, machine.range.start, nr, true)),
  ],
  ['mlock', systemCall((machine, nr) => doMlock(machine, machine.range.start, nr))],
  ['process_vm_readv', systemCall((machine, nr) => processVmRw(machine, nr, false))],
  ['process_vm_writev', systemCall((machine, nr) => processVmRw(machine, nr, true))],
  ['proc_mem_read', onePage(machine => memRw(machine, false))],
  ['proc_mem_write', onePage(machine => memRw(machine, true))],
  ['copy_from_user', onePage(copyFromUser)],
  ['copy_to_user', onePage(copyToUser)],
  ['futex_wake_op', onePage(futexWakeOp)],
  ['futex_wait_shared', onePage(futexKeyShared)],
  ['odirect_read', systemCall((machine, nr) => directIo(machine, nr, true))],
  ['odirect_write', systemCall((machine, nr) => directIo(machine, nr, false))],
  ['vmsplice', systemCall(vmsplice)],
]);

/** What looks at single bytes, so that it does not matter where in the page they are. */
export const TOUCHES: ReadonlySet<string> = new Set(['user_read', 'user_write', 'user_exec']);

function touch(kind: AccessKind): UserEntry {
  return function* run(machine) {
    const signal = yield* userAccess(machine, machine.range.start, kind, true);
    return { ret: signal === null ? 0 : -1, signal };
  };
}

function systemCall(call: (machine: Machine, nr: number) => Op<number>): UserEntry {
  return function* run(machine, nr) {
    return { ret: yield* call(machine, nr), signal: null };
  };
}

/** A system call whose length in bytes is no field of a scenario: within one page. */
function onePage(call: (machine: Machine) => Op<number>): UserEntry {
  const entry = systemCall(call);
  return (machine, nr) => {
    if (nr !== 1) throw new NotModelled('a copy of more than one page');
    return entry(machine, nr);
  };
}
