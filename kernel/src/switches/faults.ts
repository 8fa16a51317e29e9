/** What changed in the fault path that GUP and the architectures enter. */

import { behaviour, proposal, range, uncertain } from './behaviour.js';

export const FAULT_SWITCHES = {
  faultCompleted: behaviour(
    'VM_FAULT_COMPLETED: the fault is handled and the lock is gone; do not retry.',
    [range('6.0')],
    'mm/memory.c fault_dirty_shared_page',
    'd92725256b4f22d084b813b37ddc394da79aacab',
  ),
  dirtyThrottleDropsLock: behaviour(
    'A shared write fault that throttles on dirty pages drops the lock, as RETRY until 5.19 and COMPLETED since 6.0.',
    [range('5.5')],
    'mm/memory.c fault_dirty_shared_page',
  ),
  killableFaults: behaviour(
    'GUP and fixup_user_fault() set FAULT_FLAG_KILLABLE with ALLOW_RETRY when the lock may be dropped.',
    [range('5.7')],
    'mm/gup.c faultin_page',
  ),
  allowRetryFirst: behaviour(
    'Only the first attempt (ALLOW_RETRY without TRIED) drops the lock to wait for a page lock or I/O.',
    [range('5.7')],
    'include/linux/mm.h fault_flag_allow_retry_first',
    '4426e945df588f2878affddf88a51259200f7e29',
  ),
  triedExcludesAllowRetry: behaviour(
    'ALLOW_RETRY and TRIED are not set together (VM_WARN_ON_ONCE in faultin_page).',
    [range('4.8', '5.6')],
    'mm/gup.c faultin_page',
  ),
  defaultFaultFlags: behaviour(
    'FAULT_FLAG_DEFAULT is ALLOW_RETRY, KILLABLE and INTERRUPTIBLE; before, x86 used ALLOW_RETRY and KILLABLE.',
    [range('5.7')],
    'include/linux/mm.h FAULT_FLAG_DEFAULT',
  ),
  fixupRepeats: behaviour(
    'fixup_user_fault() retries any number of times with ALLOW_RETRY kept; before, once with it cleared.',
    [range('5.7')],
    'mm/gup.c fixup_user_fault',
  ),
  fixupReportsPoison: behaviour(
    'fixup_user_fault() reports a poisoned page as -EHWPOISON; since 4.12 as -EFAULT.',
    [range('4.8', '4.11')],
    'mm/gup.c fixup_user_fault',
  ),
  archRetryRepeats: behaviour(
    'The x86 fault handler looks for a signal first and retries any number of times with ALLOW_RETRY kept; before, once with it cleared.',
    [range('5.7')],
    'arch/x86/mm/fault.c do_user_addr_fault',
  ),
  filemapDropsLockForIo: behaviour(
    'filemap_fault() drops the lock for all blocking I/O; before, only for the page lock.',
    [range('5.1')],
    'mm/filemap.c maybe_unlock_mmap_for_io',
  ),
  vmFaultType: behaviour(
    'The handlers of mm return vm_fault_t (->fault is declared so since 4.17; handle_mm_fault() returns it since 4.19).',
    [range('4.18')],
    'mm/filemap.c filemap_fault',
  ),
  handlerTakesVmfOnly: behaviour(
    '->fault has the vm_fault as its only argument; before, the VMA came first.',
    [range('4.11')],
    'include/linux/mm.h struct vm_operations_struct',
  ),
  mmapLockApi: behaviour(
    'mmap_lock with mmap_read_lock() and its like; before, down_read(&mm->mmap_sem).',
    [range('5.8')],
    'include/linux/mmap_lock.h',
  ),
  mmapLockTraced: uncertain(
    'mmap_lock has tracepoints, and that of its beginning comes before a trylock too; before, only the semaphore can be watched, whose trylock has no beginning (not in 5.10.262, in 5.12.9).',
    [range('5.11')],
    'include/linux/mmap_lock.h mmap_read_trylock',
  ),
  faultAccountedInCore: behaviour(
    'handle_mm_fault() takes regs and accounts the fault; before, its callers did.',
    [range('5.9')],
    'mm/memory.c mm_account_fault',
    '64019a2e467a',
  ),
  vmFaultWrite: behaviour(
    'VM_FAULT_WRITE tells that a write fault broke COW.',
    [range('4.8', '6.1')],
    'mm/memory.c do_wp_page',
  ),
  wpReuseByMapcount: behaviour(
    'A write fault reuses an anonymous page by its map count and swap count.',
    [range('4.8', '5.8')],
    'mm/memory.c do_wp_page',
  ),
  wpReusesKsm: uncertain(
    'A write to a page of KSM that has one mapping and no other reference takes it out of the stable tree; before and after, the page is copied (in 5.2 to 5.8, not in 5.9; the beginning is that of the commit).',
    [range('5.1', '5.8')],
    'mm/memory.c do_wp_page, mm/ksm.c reuse_ksm_page',
    '52d1e606ee73',
  ),
  wpReuseByPageCount: behaviour(
    'A write fault reuses an anonymous page only if its reference count is 1.',
    [range('5.9', '5.18')],
    'mm/memory.c do_wp_page',
    'a308c71bf1e6e19cc2e4ced31853ee0fc7cb439a',
  ),
  wpReuseLeavesSwapCache: uncertain(
    'A write fault takes an anonymous page out of the swap cache before it counts references (not in 5.16.10 and 5.17-rc5, in 5.18; read again in 5.19, 6.1.192, 6.12.117 and 7.1.3).',
    [range('5.18')],
    'mm/memory.c do_wp_page',
  ),
  anonExclusive: behaviour(
    'PageAnonExclusive decides first whether an anonymous page is reused; pins are only on exclusive pages.',
    [range('5.19')],
    'mm/memory.c do_wp_page',
    '6c287605fd56',
  ),
  forkCopiesPinned: behaviour(
    'fork() copies anonymous pages that may be pinned.',
    [range('5.9')],
    'mm/memory.c copy_present_page',
    '008cfe4418b3',
  ),
  forkCopiesPinnedHugetlb: behaviour(
    'fork() copies hugetlb pages that may be pinned.',
    [range('5.12')],
    'mm/hugetlb.c copy_hugetlb_page_range',
  ),
  forkWriteProtectSeq: behaviour(
    'fork() raises write_protect_seq around the copy of COW mappings (5.10.7 by backport).',
    [range('5.10')],
    'mm/memory.c copy_page_range',
    '57efa1fe5957',
  ),
  forkWriteProtectSeqHugetlb: behaviour(
    'fork() raises it around the copy of private hugetlb mappings too (not in 5.16.10, in 5.19).',
    [range('5.19')],
    'mm/hugetlb.c copy_hugetlb_page_range',
    '623a1ddfeb23',
  ),
  unshareFault: behaviour(
    'FAULT_FLAG_UNSHARE: a copy without making the entry writable, for anonymous and KSM pages.',
    [range('5.19')],
    'mm/memory.c do_wp_page',
  ),
  unshareFaultAnyPage: behaviour(
    'FAULT_FLAG_UNSHARE works on any page of a COW mapping and is dropped outside one.',
    [range('6.2')],
    'mm/memory.c sanitize_fault_flags',
    '84209e87c6963f928194a890399e24e8ad299db1',
  ),
  sanitizeFaultFlags: behaviour(
    'handle_mm_fault() refuses impossible combinations of flags with VM_FAULT_SIGSEGV.',
    [range('6.2')],
    'mm/memory.c sanitize_fault_flags',
  ),
  vmaLock: behaviour(
    'User faults are tried under the per-VMA lock first.',
    [range('6.4')],
    'arch/x86/mm/fault.c do_user_addr_fault',
  ),
  vmaLockDroppedByCore: behaviour(
    'RETRY and COMPLETED mean that the core has released the VMA lock; before, the architecture released it.',
    [range('6.6')],
    'mm/memory.c handle_mm_fault',
  ),
  vmaLockTcp: behaviour(
    'lock_vma_under_rcu() takes TCP zero-copy VMAs; before, only anonymous ones that have an anon_vma.',
    [range('6.5')],
    'mm/memory.c lock_vma_under_rcu',
  ),
  vmaLockAnyVma: behaviour(
    'lock_vma_under_rcu() takes any type of VMA; before, anonymous ones (6.5: and TCP).',
    [range('6.6')],
    'mm/memory.c lock_vma_under_rcu',
  ),
  vmaLockSwapAndUffd: behaviour(
    'Swap and userfaultfd faults run under the VMA lock and drop it when they wait.',
    [range('6.6')],
    'mm/memory.c do_swap_page',
  ),
  vmaLockDroppedForDevicePrivate: behaviour(
    'A fault on a device-private swap entry drops the VMA lock and retries under mmap_lock; before, any swap fault did not run under it.',
    [range('6.6')],
    'mm/memory.c do_swap_page, migrate_to_ram',
  ),
  vmaLockFileFaults: behaviour(
    'File faults run under the VMA lock if vm_ops has map_pages; in 6.6 they drop it and retry.',
    [range('6.7')],
    'mm/memory.c vmf_can_call_fault',
  ),
  vmaLockHugetlb: behaviour(
    'hugetlb faults run under the VMA lock; before, RETRY.',
    [range('6.9')],
    'mm/hugetlb.c hugetlb_fault',
  ),
  vmaLockAnonVmaTrylock: behaviour(
    'A missing anon_vma is prepared under mmap_read_trylock(); before, RETRY (or no VMA lock at all).',
    [range('6.10')],
    'mm/memory.c vmf_anon_prepare',
  ),
  vmaLockAccessErrorFinal: behaviour(
    'x86 reports an access error found under the VMA lock at once; before, it looked again under mmap_lock.',
    [range('6.10')],
    'arch/x86/mm/fault.c do_user_addr_fault',
  ),
  vmaLockRefcount: behaviour(
    'The per-VMA lock is a reference count; before, a rw_semaphore.',
    [range('6.15')],
    'include/linux/mm_types.h vm_refcnt',
    'f35ab95ca0af7a27feab57b9d7e906405bddb093',
  ),
  triedAfterMajor: behaviour(
    'x86 sets TRIED when a try under the VMA lock returned RETRY with MAJOR.',
    [range('6.7')],
    'arch/x86/mm/fault.c do_user_addr_fault',
  ),
  nowaitRefusesVmaLock: behaviour(
    'RETRY_NOWAIT with VMA_LOCK is refused with VM_FAULT_SIGSEGV.',
    [range('6.6')],
    'mm/memory.c sanitize_fault_flags',
  ),
  lockMmAndFindVma: behaviour(
    'The architectures use lock_mm_and_find_vma(), which takes mmap_lock for write to grow a stack (6.1.192 and 6.4.6 by backport).',
    [range('6.1', '6.1'), range('6.4')],
    'mm/memory.c lock_mm_and_find_vma',
  ),
  expandStackRelocks: behaviour(
    'expand_stack(mm, addr) gives up mmap_lock to take it for write, and returns with it held for read or, with NULL, not at all; before, expand_stack(vma, addr) leaves the lock alone (6.1.192 and 6.4.6 by backport).',
    [range('6.1', '6.1'), range('6.4')],
    'mm/mmap.c expand_stack',
    '8d7071af890768438c14db6172cc8f9f4d04e184',
  ),
  folioLockReturnsFault: behaviour(
    'folio_lock_or_retry() takes the vm_fault and returns 0 or VM_FAULT_RETRY; before, a bool.',
    [range('6.6')],
    'mm/filemap.c __folio_lock_or_retry',
  ),
  pgfaultCountedAtEnd: behaviour(
    'PGFAULT is counted at the end and not for RETRY; before, on entry.',
    [range('6.4')],
    'mm/memory.c mm_account_fault',
  ),
  droppableVma: behaviour(
    'VM_FAULT_OOM is dropped for a VM_DROPPABLE VMA.',
    [range('6.11')],
    'mm/memory.c handle_mm_fault',
  ),
  shadowStackFaults: behaviour(
    'A shadow-stack access is a write fault (x86).',
    [range('6.6')],
    'arch/x86/mm/fault.c',
  ),
  faultInSafeWriteableByFixup: behaviour(
    'fault_in_safe_writeable() uses fixup_user_fault(); in 5.16 and 5.17 __get_user_pages_locked().',
    [range('5.18')],
    'mm/gup.c fault_in_safe_writeable',
  ),
  userCopiesRewritten: uncertain(
    'x86: a clear_user() that failed by words tries once more by bytes, a copy_from_user() does not; before, the other way round (seen of 64 bytes on one processor).',
    [range('6.4')],
    'arch/x86/lib/clear_page_64.S rep_stos_alternative, arch/x86/lib/copy_user_64.S',
  ),
  lockDroppedFlag: proposal(
    'FAULT_FLAG_LOCK_DROPPED in vmf->flags tells the caller that the lock is gone (proposed 2023-06-27, withdrawn 2023-06-28).',
    'linux-mm, 20230627042321.1763765-6-surenb@google.com',
  ),
};
