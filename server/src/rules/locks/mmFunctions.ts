/** Functions of the kernel that are given an mm, and what they mean for its lock. */

/** Walk the tree of VMAs: need the lock in every release (mm/mmap.c; asserted there since 5.15). */
export const VMA_LOOKUPS: ReadonlySet<string> = new Set([
  'find_vma',
  'vma_lookup',
  'find_vma_prev',
  'find_vma_intersection',
  'find_exact_vma',
]);

/** Take an mm and leave its lock alone. Any other function may lock it. */
export const LEAVES_LOCK_ALONE: ReadonlySet<string> = new Set([
  'mmput',
  'mmput_async',
  'mmgrab',
  'mmdrop',
  'mmget',
  'mmget_not_zero',
  'kthread_use_mm',
  'kthread_unuse_mm',
  'use_mm',
  'unuse_mm',
  'VMA_ITERATOR',
  'IS_ERR',
  'IS_ERR_OR_NULL',
  'PTR_ERR',
  'PTR_ERR_OR_ZERO',
  'likely',
  'unlikely',
  'WARN_ON',
  'WARN_ON_ONCE',
]);

/**
 * Whether a function of the kernel, not of this file, may take or release the lock of an mm that it is given.
 * Functions of the tables and lock operations are not asked about: what they do is known.
 */
export function mayTouchLock(name: string): boolean {
  return !VMA_LOOKUPS.has(name) && !LEAVES_LOCK_ALONE.has(name);
}
