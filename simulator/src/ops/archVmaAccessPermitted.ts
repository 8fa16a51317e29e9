/** Protection keys: arch_vma_access_permitted() of arch/x86/include/asm/mmu_context.h. */

import { isForeign, type Machine } from '../machine.js';
import { pkruAllowsRead, pkruAllowsWrite, type Vma } from '../state/index.js';

/**
 * Whether an access is let through by the task's rights for the vma's key; they do not hold for `execute`. An access to another process's mm, or
 * one marked foreign (FOLL_REMOTE), is: the key rights are the thread's own.
 */
export function archVmaAccessPermitted(
  machine: Machine,
  vma: Vma,
  write: boolean,
  foreign: boolean,
  execute = false,
): boolean {
  if (execute || foreign || isForeign(machine)) return true;
  const { pkru } = machine.current;
  return write ? pkruAllowsWrite(pkru, vma.pkey) : pkruAllowsRead(pkru, vma.pkey);
}
