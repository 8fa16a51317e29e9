/** copy_from_user() and clear_user() of arch/x86/lib: the kernel's own copy from and to user space. */

import { EFAULT } from '../errno.js';
import type { Machine } from '../machine.js';
import type { Op } from '../trace.js';
import { userAccess } from './userAccess.js';

/** Bytes of a copy: within one page, the recordings' length. */
const LENGTH = 64;

/** write() to a pipe: bytes copied from the page, or -EFAULT. */
export function* copyFromUser(machine: Machine): Op<number> {
  return yield* copy(machine, 'read', !machine.behaviour.switches.userCopiesRewritten);
}

/** read() of /dev/zero, which is a clear_user(): bytes cleared, or -EFAULT. */
export function* copyToUser(machine: Machine): Op<number> {
  return yield* copy(machine, 'write', machine.behaviour.switches.userCopiesRewritten);
}

/** `triesBytes`: where the fast form failed, the exception table leads to one that goes byte by byte. */
function* copy(machine: Machine, kind: 'read' | 'write', triesBytes: boolean): Op<number> {
  if (!machine.range.userAddress) return yield* refused();
  if ((yield* userAccess(machine, machine.range.start, kind, false)) === null) return LENGTH;
  if (!triesBytes) return -EFAULT;
  yield { routine: 'ex_handler_uaccess', text: 'goes on with single bytes' };
  return (yield* userAccess(machine, machine.range.start, kind, false)) === null ? LENGTH : -EFAULT;
}

function* refused(): Op<number> {
  yield { routine: 'access_ok', text: 'no address of user space: -EFAULT' };
  return -EFAULT;
}
