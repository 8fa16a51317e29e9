/** What each function of the tables is for, in one sentence that holds for every release that has it. */

/** By name. A test sees to it that no function of the tables is missing. */
export const FUNCTION_MEANING: Readonly<Record<string, string>> = {
  get_user_pages:
    'Takes a reference to each page of a range of current->mm, faulting in what is missing; the caller holds mmap_lock.',
  get_user_pages_locked:
    'As get_user_pages(), but mmap_lock may be dropped while a fault waits; *locked tells whether it is still held.',
  get_user_pages_unlocked:
    'Takes mmap_lock, a reference to each page of a range of user memory, and gives the lock back.',
  get_user_pages_remote:
    "Takes a reference to each page of a range of another process's mm, whose mmap_lock the caller holds.",
  get_user_page_vma_remote:
    'Takes a reference to one page of another mm and returns the VMA it was found in, which mmap_lock keeps.',
  get_user_pages_longterm:
    'Takes references that may be kept for long, and refuses mappings for which that is not allowed (fsdax).',
  get_dump_page: 'Takes a reference to a page for a core dump; NULL for a hole, where zeros are written.',
  pin_user_pages:
    'Pins each page of a range of current->mm, whose data the caller or a device will touch; mmap_lock is held.',
  pin_user_pages_remote:
    "Pins each page of a range of another process's mm, whose mmap_lock the caller holds.",
  pin_user_pages_locked:
    'As pin_user_pages(), but mmap_lock may be dropped while a fault waits; *locked tells whether it is still held.',
  pin_user_pages_unlocked:
    'Takes mmap_lock, pins each page of a range of user memory, and gives the lock back.',
  memfd_pin_folios: 'Pins the folios of a memfd for long, without any mapping of it.',
  get_user_pages_fast:
    'Takes a reference to each page of a range, first without any lock; what that misses, under mmap_lock.',
  get_user_pages_fast_only:
    'Takes references without any lock and never faults or sleeps: what is not mapped as needed is left out.',
  get_user_page_fast_only: 'get_user_pages_fast_only() for one page.',
  __get_user_pages_fast:
    'Takes references without any lock and never faults or sleeps; get_user_pages_fast_only() of later releases.',
  pin_user_pages_fast:
    'Pins each page of a range, first without any lock; what that misses, under mmap_lock.',
  pin_user_pages_fast_only:
    'Pins pages without any lock and never faults or sleeps: what is not mapped as needed is left out.',
  __get_user_pages: 'The slow walk itself: looks each page up, faults in what is missing, looks again.',
  __get_user_pages_locked:
    'Runs the slow walk and its retries: the lock that a fault dropped is taken again and the walk goes on.',
  __get_user_pages_unlocked:
    'get_user_pages_unlocked() for any task and mm: takes mmap_lock itself and gives it back.',
  __get_user_pages_remote: 'What the get and the pin variant for another mm have in common.',
  __gup_longterm_locked:
    'The slow walk with what FOLL_LONGTERM asks for: pages that must stay movable are migrated before they are pinned.',
  __gup_longterm_unlocked: 'The slow part of a fast variant, with FOLL_LONGTERM or without.',
  internal_get_user_pages_fast:
    'What the fast variants have in common: the lockless walk, then the slow path for the rest.',
  gup_fast_fallback:
    'What the fast variants have in common: the lockless walk, then the slow path for the rest.',
  faultin_page:
    'Makes fault flags of gup_flags, calls handle_mm_fault() once and turns its result into an errno.',
  populate_vma_page_range: 'Faults in the pages of a VMA for mlock() and MAP_POPULATE.',
  faultin_vma_page_range: 'Faults in the pages of a range within a VMA for madvise(MADV_POPULATE_*).',
  faultin_page_range: 'Faults in the pages of a range for madvise(MADV_POPULATE_*).',
  unpin_user_page: 'Gives back the pin of one page.',
  unpin_user_pages: 'Gives back the pins of an array of pages.',
  unpin_user_pages_dirty_lock:
    'Gives back the pins of an array of pages; if told so, marks each dirty first, under the page lock.',
  unpin_user_page_range_dirty_lock:
    'Gives back the pins of consecutive pages; if told so, marks each dirty first, under the page lock.',
  unpin_folio: 'Gives back the pin of one folio that memfd_pin_folios() or the like took.',
  unpin_folios: 'Gives back the pins of an array of folios.',
  unpin_user_folio: 'Gives back several pins of one folio.',
  put_user_page: 'Gives back what get_user_pages() took, in the releases before unpin_user_page().',
  put_user_pages: 'put_user_page() for an array of pages.',
  put_user_pages_dirty_lock: 'put_user_page() for an array of pages, which are marked dirty first.',
  handle_mm_fault:
    'Resolves one page fault at an address of a VMA; what came of it is a set of VM_FAULT_ bits.',
  fixup_user_fault:
    'Resolves a fault on behalf of an access that failed with page faults disabled (futex), and retries as needed.',
  lock_mm_and_find_vma:
    'Takes mmap_lock for read and finds the VMA of an address, growing a stack if that is where it points.',
  lock_vma_under_rcu: 'Finds the VMA of an address without mmap_lock and takes its own read lock.',
  folio_lock_or_retry:
    'Locks a folio in a fault; if it would have to wait and may, drops the lock and asks for a retry.',
  __folio_lock_or_retry: 'The part of folio_lock_or_retry() that waits.',
  __lock_page_or_retry:
    'The part of lock_page_or_retry() that waits or drops mmap_lock and asks for a retry.',
  folio_lock_fault:
    'Would lock a folio in a fault and say by a flag whether the lock of the mm or VMA was dropped.',
  folio_add_pin: 'Adds one more pin to a folio that is pinned already.',
  follow_page: 'Looks up the page at an address of a VMA, without faulting it in.',
  follow_pfn: 'Looks up the page frame number at an address of a VM_IO or VM_PFNMAP mapping.',
  follow_pte: 'Looks up the page-table entry of an address and returns it with its lock held.',
  follow_pfnmap_start: 'Looks up the page-table entry of an address of a PFN mapping and holds its lock.',
  follow_pfnmap_end: 'Ends what follow_pfnmap_start() began: the page-table lock is released.',
  fault_in_readable:
    'Reads user memory once, so that a following access with page faults disabled may succeed.',
  fault_in_writeable: 'Writes to each page of user memory, so that a following write may succeed.',
  fault_in_safe_writeable: 'Makes pages of user memory writable without changing what is in them.',
  fault_in_subpage_writeable: 'As fault_in_writeable(), and looks at protection below a page (MTE) too.',
  fault_in_pages_readable: 'Reads each page of user memory, so that a following access may succeed.',
  fault_in_pages_writeable: 'Writes to each page of user memory, so that a following write may succeed.',
  fault_in_iov_iter_readable: 'fault_in_readable() for what an iov_iter points to.',
  fault_in_iov_iter_writeable: 'fault_in_safe_writeable() for what an iov_iter points to.',
  iov_iter_extract_pages: 'Gets the pages of an iov_iter; pins them where they are user memory.',
  filemap_fault: 'The ->fault handler of file mappings: finds the page in the page cache or reads it in.',
  vma_start_read: 'Tries to take the read lock of a VMA, without waiting.',
  vma_end_read: 'Releases the read lock of a VMA.',
  release_fault_lock: 'Releases the lock that a fault runs under, that of the VMA or mmap_lock.',
  assert_fault_locked: 'Warns if the lock that a fault should run under is not held.',
  vmf_can_call_fault: 'Decides whether a handler may be called under the VMA lock, and drops it if not.',
  __vmf_anon_prepare: 'Sees to it that the VMA of a fault has an anon_vma.',
};
