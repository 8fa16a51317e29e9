/** Protection keys: arch_vma_access_permitted() of arch/x86/include/asm/mmu_context.h. */

import type { Machine } from '../machine.js';
import type { Vma } from '../state.js';

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
  const { state } = machine;
  if (execute || foreign || state.foreignMm || vma.pkey === 0) return true;
  if (state.task.pkeyAccessDisabled) return false;
  return !(write && state.task.pkeyWriteDisabled);
}
