/** What the lock functions of the kernel do to mmap_lock or to the lock of a VMA. */

import type { SwitchName } from './switches/index.js';

/** What an operation does, if it does it. */
export type LockEffect =
  | 'read-lock'
  | 'write-lock'
  | 'read-unlock'
  | 'write-unlock'
  | 'downgrade'
  | 'assert-held'
  | 'assert-write'
  | 'vma-lock'
  | 'vma-unlock'
  | 'fault-unlock';

export interface LockOperation {
  readonly name: string;
  readonly does: LockEffect;
  /** For which results the effect took place. */
  readonly when: 'always' | 'returns-nonzero' | 'returns-zero' | 'returns-nonnull' | 'returns-positive';
  /** Which argument names the lock, and what that argument is. */
  readonly on: { readonly argument: number; readonly is: 'mm' | 'vma' | 'rwsem' | 'vmf' };
  /** Only where this switch is on does the function of that name do so; absent: wherever it exists. */
  readonly onlyWhile?: SwitchName;
  /** The argument that asks for it, by place: where it is `false` the lock is left alone. */
  readonly asked?: number;
}

function operation(
  name: string,
  does: LockEffect,
  is: LockOperation['on']['is'],
  when: LockOperation['when'] = 'always',
  argument = 0,
): LockOperation {
  return { name, does, when, on: { argument, is } };
}

/**
 * The operations over all releases. `rwsem` ones concern us only if the argument is the mmap_sem or mmap_lock of an
 * mm (5.8 renamed it and wrapped the operations, include/linux/mmap_lock.h).
 */
export const LOCK_OPERATIONS: readonly LockOperation[] = [
  operation('mmap_read_lock', 'read-lock', 'mm'),
  operation('mmap_read_lock_killable', 'read-lock', 'mm', 'returns-zero'),
  operation('mmap_read_trylock', 'read-lock', 'mm', 'returns-nonzero'),
  // 5.8 to 5.16: for bpf, which gives the lock up in an interrupt (kernel/bpf/stackmap.c).
  operation('mmap_read_trylock_non_owner', 'read-lock', 'mm', 'returns-nonzero'),
  operation('mmap_read_unlock', 'read-unlock', 'mm'),
  operation('mmap_read_unlock_non_owner', 'read-unlock', 'mm'),
  operation('mmap_write_lock', 'write-lock', 'mm'),
  operation('mmap_write_lock_nested', 'write-lock', 'mm'),
  operation('mmap_write_lock_killable', 'write-lock', 'mm', 'returns-zero'),
  operation('mmap_write_trylock', 'write-lock', 'mm', 'returns-nonzero'),
  operation('mmap_write_unlock', 'write-unlock', 'mm'),
  operation('mmap_write_downgrade', 'downgrade', 'mm'),
  operation('mmap_assert_locked', 'assert-held', 'mm'),
  operation('mmap_assert_write_locked', 'assert-write', 'mm'),

  operation('down_read', 'read-lock', 'rwsem'),
  operation('down_read_nested', 'read-lock', 'rwsem'),
  operation('down_read_non_owner', 'read-lock', 'rwsem'),
  operation('down_read_killable', 'read-lock', 'rwsem', 'returns-zero'),
  operation('down_read_interruptible', 'read-lock', 'rwsem', 'returns-zero'),
  operation('down_read_trylock', 'read-lock', 'rwsem', 'returns-nonzero'),
  operation('up_read', 'read-unlock', 'rwsem'),
  operation('up_read_non_owner', 'read-unlock', 'rwsem'),
  operation('down_write', 'write-lock', 'rwsem'),
  operation('down_write_nested', 'write-lock', 'rwsem'),
  operation('down_write_nest_lock', 'write-lock', 'rwsem'),
  operation('down_write_killable', 'write-lock', 'rwsem', 'returns-zero'),
  operation('down_write_killable_nested', 'write-lock', 'rwsem', 'returns-zero'),
  operation('down_write_trylock', 'write-lock', 'rwsem', 'returns-nonzero'),
  operation('up_write', 'write-unlock', 'rwsem'),
  operation('downgrade_write', 'downgrade', 'rwsem'),
  operation('lockdep_assert_held', 'assert-held', 'rwsem'),
  operation('lockdep_assert_held_read', 'assert-held', 'rwsem'),
  operation('lockdep_assert_held_write', 'assert-write', 'rwsem'),
  operation('rwsem_assert_held', 'assert-held', 'rwsem'),
  operation('rwsem_assert_held_write', 'assert-write', 'rwsem'),

  // mm/memory.c: mmap_lock for read iff the result is a VMA (6.5, and 6.1.y and 6.4.y).
  operation('lock_mm_and_find_vma', 'read-lock', 'mm', 'returns-nonnull'),

  // mm/mmap.c: takes the lock for write in between; mmap_lock for read iff the result is a VMA, else it is dropped.
  { ...operation('expand_stack', 'read-lock', 'mm', 'returns-nonnull'), onlyWhile: 'expandStackRelocks' },

  // mm/mmap.c, asked to downgrade: 1 says that it has (4.20 to 5.19, and 6.0 to 6.2).
  { ...operation('__do_munmap', 'downgrade', 'mm', 'returns-positive'), asked: 4 },
  { ...operation('do_mas_munmap', 'downgrade', 'mm', 'returns-positive', 1), asked: 5 },

  operation('lock_vma_under_rcu', 'vma-lock', 'mm', 'returns-nonnull'),
  operation('vma_start_read', 'vma-lock', 'vma', 'returns-nonzero'),
  // With mmap_lock held for read, which is given up behind it (6.15, mm/userfaultfd.c).
  operation('vma_start_read_locked', 'vma-lock', 'vma', 'returns-nonzero'),
  operation('vma_start_read_locked_nested', 'vma-lock', 'vma', 'returns-nonzero'),
  // mm/mmap_lock.c: NULL behind the last VMA, or ERR_PTR(-EINTR).
  operation('lock_next_vma', 'vma-lock', 'mm', 'returns-nonnull'),
  operation('vma_end_read', 'vma-unlock', 'vma'),
  operation('vma_assert_locked', 'assert-held', 'vma'),
  // Looks that mmap_lock is held for write before it looks at the VMA (6.4). So does vma_start_write(), but in passing:
  // that its caller holds the lock is what it needs, not what it says.
  operation('vma_assert_write_locked', 'assert-write', 'vma'),

  // Releases whichever lock FAULT_FLAG_VMA_LOCK names (6.6).
  operation('release_fault_lock', 'fault-unlock', 'vmf'),
];
