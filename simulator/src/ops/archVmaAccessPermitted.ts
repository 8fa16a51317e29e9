/** Protection keys: arch_vma_access_permitted() of arch/x86/include/asm/mmu_context.h. */

import type { Machine } from '../machine.js';
import type { Vma } from '../state.js';

/**
 * Whether a data access is let through by the task's rights for the vma's key. An access to another process's mm, or
 * one marked foreign (FOLL_REMOTE), is: the key rights are the thread's own.
 */
export function archVmaAccessPermitted(
  machine: Machine,
  vma: Vma,
  write: boolean,
  foreign: boolean,
): boolean {
  const { state } = machine;
  if (foreign || state.foreignMm || vma.pkey === 0) return true;
  if (state.task.pkeyAccessDisabled) return false;
  return !(write && state.task.pkeyWriteDisabled);
}
