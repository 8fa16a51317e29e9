/** Where a fault is taken or its lock is won: handle_mm_fault() and what its callers use around it. */

import type { FunctionFact } from '../facts.js';
import { prototype } from './prototype.js';

export const FAULT_ENTRIES: readonly FunctionFact[] = [
  {
    name: 'handle_mm_fault',
    kind: 'fault-entry',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '4.18',
        'int handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)',
      ),
      prototype(
        '4.19',
        '5.8',
        'vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)',
      ),
      prototype(
        '5.9',
        null,
        'vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags, struct pt_regs *regs)',
      ),
    ],
    flagsNamespace: 'FAULT_FLAG',
    adds: [],
    refuses: [
      {
        since: '6.2',
        together: ['FAULT_FLAG_UNSHARE', 'FAULT_FLAG_WRITE'],
        condition: 'FAULT_FLAG_UNSHARE together with FAULT_FLAG_WRITE',
        how: 'WARN_ON_ONCE in sanitize_fault_flags()',
        returns: 'VM_FAULT_SIGSEGV',
      },
      {
        since: '6.2',
        condition: 'a write where VM_MAYWRITE is missing, or VM_WRITE outside a COW mapping',
        how: 'WARN_ON_ONCE in sanitize_fault_flags()',
        returns: 'VM_FAULT_SIGSEGV',
      },
      {
        since: '6.6',
        together: ['FAULT_FLAG_VMA_LOCK', 'FAULT_FLAG_RETRY_NOWAIT'],
        condition: 'FAULT_FLAG_VMA_LOCK together with FAULT_FLAG_RETRY_NOWAIT',
        how: 'WARN_ON_ONCE in sanitize_fault_flags()',
        returns: 'VM_FAULT_SIGSEGV',
      },
    ],
    lock: [
      { since: '4.8', until: '6.3', before: 'mmap-lock', after: 'unless-retry-or-completed' },
      {
        since: '6.4',
        until: '6.5',
        before: 'mmap-lock-or-vma-lock',
        after: 'unless-retry-or-completed',
        note: 'The per-VMA lock is not released by the core: the architecture calls vma_end_read() in every case.',
      },
      {
        since: '6.6',
        before: 'mmap-lock-or-vma-lock',
        after: 'unless-retry-or-completed',
        note: 'Whichever lock was held is released on VM_FAULT_RETRY (unless RETRY_NOWAIT) and VM_FAULT_COMPLETED.',
      },
    ],
    acquires: 'none',
    releasedBy: [],
    returns: [
      {
        since: '4.8',
        value: 'VM_FAULT_* bits',
        when: 'always (int until 4.18, vm_fault_t since 4.19)',
      },
      { since: '6.2', value: 'VM_FAULT_SIGSEGV', when: 'sanitize_fault_flags() refused the combination' },
    ],
    notes:
      'regs and the accounting of faults to the task since 5.9 (skipped for RETRY and errors). 6.11+: VM_FAULT_OOM is dropped for VM_DROPPABLE.',
    evidence: [{ where: 'mm/memory.c handle_mm_fault' }],
  },
  {
    name: 'fixup_user_fault',
    kind: 'fault-entry',
    visibility: 'public',
    signatures: [
      prototype(
        '4.8',
        '5.8',
        'int fixup_user_fault(struct task_struct *tsk, struct mm_struct *mm, unsigned long address, unsigned int fault_flags, bool *unlocked)',
      ),
      prototype(
        '5.9',
        null,
        'int fixup_user_fault(struct mm_struct *mm, unsigned long address, unsigned int fault_flags, bool *unlocked)',
      ),
    ],
    flagsNamespace: 'FAULT_FLAG',
    adds: [
      { since: '4.8', until: '5.6', flags: ['FAULT_FLAG_ALLOW_RETRY'], when: 'locked-given' },
      { since: '5.7', flags: ['FAULT_FLAG_ALLOW_RETRY', 'FAULT_FLAG_KILLABLE'], when: 'locked-given' },
    ],
    refuses: [],
    lock: [
      {
        since: '4.8',
        before: 'mmap-lock',
        after: 'retaken',
        note: 'Held for read on every return, also with -EINTR. With unlocked given it may have been dropped and retaken (*unlocked is true then, otherwise left alone).',
      },
    ],
    acquires: 'none',
    releasedBy: [],
    returns: [
      { since: '4.8', value: '0', when: 'fault handled' },
      { since: '4.8', value: '-EFAULT', when: 'no VMA, no permission, SIGBUS or SIGSEGV' },
      { since: '4.8', value: '-ENOMEM', when: 'out of memory' },
      { since: '4.8', until: '4.11', value: '-EHWPOISON', when: 'poisoned page' },
      { since: '4.12', value: '-EFAULT', when: 'poisoned page' },
      { since: '5.7', value: '-EINTR', when: 'fatal signal with FAULT_FLAG_KILLABLE set' },
    ],
    notes:
      'Until 5.6 at most one retry (ALLOW_RETRY cleared, TRIED set); since 5.7 any number, TRIED added and ALLOW_RETRY kept. Since 6.0 VM_FAULT_COMPLETED: relock, *unlocked true, 0. Growing the stack through it ended in 6.5.',
    evidence: [
      { where: 'mm/gup.c fixup_user_fault' },
      { where: 'task_struct removed', commit: '64019a2e467a' },
    ],
  },
  {
    name: 'lock_mm_and_find_vma',
    kind: 'fault-entry',
    visibility: 'public',
    signatures: [
      prototype(
        '6.5',
        null,
        'struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm, unsigned long address, struct pt_regs *regs)',
      ),
    ],
    flagsNamespace: null,
    adds: [],
    refuses: [],
    lock: [
      {
        since: '6.5',
        before: 'none',
        after: 'taken-on-success',
        note: 'mmap_lock for read if the result is not NULL. May upgrade to write to grow the stack, then downgrade. A kernel-mode fault without an exception-table entry is not made to wait.',
      },
    ],
    acquires: 'none',
    releasedBy: [{ since: '6.5', functions: ['mmap_read_unlock'] }],
    returns: [{ since: '6.5', value: 'VMA or NULL', when: 'NULL: no VMA, or the lock was not taken' }],
    notes: 'Backported to 6.1.y and 6.4.y (in 6.1.192 and 6.4.6).',
    evidence: [{ where: 'mm/memory.c lock_mm_and_find_vma' }],
  },
  {
    name: 'lock_vma_under_rcu',
    kind: 'fault-entry',
    visibility: 'public',
    signatures: [
      prototype(
        '6.4',
        null,
        'struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long address)',
      ),
    ],
    flagsNamespace: null,
    adds: [],
    refuses: [],
    lock: [
      {
        since: '6.4',
        before: 'irrelevant',
        after: 'taken-on-success',
        note: 'The read lock of the VMA if the result is not NULL; enters RCU itself.',
      },
    ],
    acquires: 'none',
    releasedBy: [{ since: '6.4', functions: ['vma_end_read'] }],
    returns: [
      {
        since: '6.4',
        until: '6.5',
        value: 'VMA or NULL',
        when: 'NULL unless the VMA is anonymous (6.5: or TCP) with an anon_vma, not armed for userfaultfd, not write-locked, attached, and has the address',
      },
      {
        since: '6.6',
        until: '6.9',
        value: 'VMA or NULL',
        when: 'any type of VMA; an anonymous one still needs its anon_vma; userfaultfd allowed',
      },
      { since: '6.10', value: 'VMA or NULL', when: 'the anon_vma is prepared later' },
    ],
    notes: 'The lock is the rw_semaphore vm_lock until 6.14 and the count vm_refcnt since 6.15.',
    evidence: [{ where: 'mm/memory.c lock_vma_under_rcu' }],
  },
  {
    name: 'folio_lock_or_retry',
    kind: 'fault-entry',
    visibility: 'mm',
    signatures: [
      prototype(
        '6.1',
        '6.5',
        'bool folio_lock_or_retry(struct folio *folio, struct mm_struct *mm, unsigned int flags)',
      ),
      prototype('6.6', null, 'vm_fault_t folio_lock_or_retry(struct folio *folio, struct vm_fault *vmf)'),
    ],
    flagsNamespace: 'FAULT_FLAG',
    adds: [],
    refuses: [],
    lock: [
      {
        since: '6.1',
        until: '6.5',
        before: 'mmap-lock',
        after: 'unless-retry-or-completed',
        note: 'Released when the result is false, unless RETRY_NOWAIT (first attempt).',
      },
      { since: '6.6', before: 'mmap-lock-or-vma-lock', after: 'unless-retry-or-completed' },
    ],
    acquires: 'none',
    releasedBy: [{ since: '6.1', functions: ['folio_unlock'] }],
    returns: [
      { since: '6.1', until: '6.5', value: 'bool', when: 'true: the folio is locked' },
      { since: '6.6', value: '0 or VM_FAULT_RETRY', when: '0: the folio is locked' },
    ],
    notes: 'lock_page_or_retry() until 6.0.',
    evidence: [{ where: 'include/linux/pagemap.h folio_lock_or_retry' }],
  },
  {
    name: '__folio_lock_or_retry',
    kind: 'fault-entry',
    visibility: 'mm',
    signatures: [
      prototype(
        '5.16',
        '6.5',
        'bool __folio_lock_or_retry(struct folio *folio, struct mm_struct *mm, unsigned int flags)',
      ),
      prototype('6.6', null, 'vm_fault_t __folio_lock_or_retry(struct folio *folio, struct vm_fault *vmf)'),
    ],
    flagsNamespace: 'FAULT_FLAG',
    adds: [],
    refuses: [],
    lock: [
      {
        since: '5.16',
        until: '6.5',
        before: 'mmap-lock',
        after: 'unless-retry-or-completed',
        note: 'true: folio locked, lock held; false: mmap_lock dropped unless ALLOW_RETRY and RETRY_NOWAIT (first attempt).',
      },
      {
        since: '6.6',
        before: 'mmap-lock-or-vma-lock',
        after: 'unless-retry-or-completed',
        note: '0: locked; VM_FAULT_RETRY: not locked, the lock that the flags name released unless RETRY_NOWAIT.',
      },
    ],
    acquires: 'none',
    releasedBy: [{ since: '5.16', functions: ['folio_unlock'] }],
    returns: [
      { since: '5.16', until: '6.5', value: 'bool', when: 'true: the folio is locked' },
      { since: '6.6', value: '0 or VM_FAULT_RETRY', when: '0: the folio is locked' },
    ],
    notes:
      '__lock_page_or_retry() until 5.15. The name folio_lock_fault was proposed in June 2023 and not merged.',
    evidence: [{ where: 'mm/filemap.c __folio_lock_or_retry' }],
  },
  {
    name: '__lock_page_or_retry',
    kind: 'fault-entry',
    visibility: 'mm',
    signatures: [
      prototype(
        '4.8',
        '5.15',
        'int __lock_page_or_retry(struct page *page, struct mm_struct *mm, unsigned int flags)',
      ),
    ],
    flagsNamespace: 'FAULT_FLAG',
    adds: [],
    refuses: [],
    lock: [
      {
        since: '4.8',
        until: '5.15',
        before: 'mmap-lock',
        after: 'unless-retry-or-completed',
        note: '1: page locked, lock held; 0: mmap_lock dropped unless RETRY_NOWAIT.',
      },
    ],
    acquires: 'none',
    releasedBy: [{ since: '4.8', until: '5.15', functions: ['unlock_page'] }],
    returns: [
      {
        since: '4.8',
        until: '5.15',
        value: '1 or 0',
        when: '0 also when a killable wait was killed (the lock is dropped then too)',
      },
    ],
    notes: 'Until 5.6 any ALLOW_RETRY meant to drop; since 5.7 only the first attempt does (TRIED not set).',
    evidence: [{ where: 'mm/filemap.c __lock_page_or_retry' }],
  },
  {
    name: 'folio_lock_fault',
    kind: 'other',
    visibility: 'mm',
    signatures: [],
    flagsNamespace: null,
    adds: [],
    refuses: [],
    lock: [],
    acquires: 'none',
    releasedBy: [],
    returns: [],
    notes:
      'Proposed, never merged: vm_fault_t folio_lock_fault(struct folio *folio, struct vm_fault *vmf) of version 3 of the per-VMA-lock swap series (2023-06-27). From version 4 on the patch, and 6.6, have folio_lock_or_retry() with this signature.',
    evidence: [{ where: 'linux-mm, 20230627042321.1763765-6-surenb@google.com' }],
  },
];
