/**
 * What keeps tasks from each other's way in the walk and the fault path: locks taken again, entries looked at twice, counts
 * taken after an entry is cleared. Nobody would turn one off but a test, which shows by it what the guard is there for.
 */

import { guard, range } from './behaviour.js';

export const GUARD_SWITCHES = {
  gupFastRechecksPte: guard(
    'The lockless walk reads the entry again after it has taken the page, and gives the page back if the entry is another one.',
    [range('4.13')],
    'mm/gup.c gup_fast_pte_range',
  ),
  pinKeepsExclusive: guard(
    'A page that may be pinned stays exclusive: KSM, reclaim and migration leave it mapped (folio_try_share_anon_rmap_pte()).',
    [range('5.19')],
    'include/linux/rmap.h __folio_try_share_anon_rmap',
    '6c287605fd56',
  ),
  ksmClearsEntryFirst: guard(
    'write_protect_page() clears the entry before it counts who holds the page, so that the lockless walk comes before the count or finds the entry changed.',
    [range('4.8')],
    'mm/ksm.c write_protect_page',
  ),
  ksmCountsReferences: guard(
    'write_protect_page() leaves a page alone that is held by more than its mappings, the swap cache and KSM itself.',
    [range('4.8')],
    'mm/ksm.c write_protect_page',
  ),
  ksmRechecksEntry: guard(
    'replace_page() maps the merged page only if the entry is what write_protect_page() left there.',
    [range('4.8')],
    'mm/ksm.c replace_page',
  ),
  ksmComparesProtected: guard(
    'Pages are compared once more when nobody can write to them any longer (pages_identical()).',
    [range('4.8')],
    'mm/ksm.c try_to_merge_one_page',
  ),
  unmapClearsEntryFirst: guard(
    'try_to_unmap() and try_to_migrate() clear the entry before they look whether an exclusive page may be pinned.',
    [range('5.19')],
    'mm/rmap.c try_to_unmap_one, try_to_migrate_one',
    '6c287605fd56',
  ),
  collapseClearsEntryFirst: guard(
    'A collapse takes the table of small entries away before it looks whether somebody else holds a page of it.',
    [range('4.8')],
    'mm/khugepaged.c collapse_huge_page, pmdp_collapse_flush',
  ),
  reclaimFreezesReferences: guard(
    'Reclaim frees a page only if nobody else holds a reference to it (folio_ref_freeze()).',
    [range('4.8')],
    'mm/vmscan.c __remove_mapping',
  ),
  migrationFreezesReferences: guard(
    'Migration copies a page only if nobody else holds a reference to it.',
    [range('4.8')],
    'mm/migrate.c folio_migrate_mapping',
  ),
  anonymousRechecksEntry: guard(
    'do_anonymous_page() maps its new page only if the entry is empty still, once it has the page-table lock.',
    [range('4.8')],
    'mm/memory.c do_anonymous_page, vmf_pte_changed',
  ),
  wpCopyRechecksEntry: guard(
    'wp_page_copy() maps its copy only if the entry is what it was before the copy (pte_same()).',
    [range('4.8')],
    'mm/memory.c wp_page_copy',
  ),
  swapRechecksCache: guard(
    'do_swap_page() looks, once it has the folio lock, whether the folio is in the swap cache for the entry still.',
    [range('4.8')],
    'mm/memory.c do_swap_page',
  ),
  swapRechecksEntry: guard(
    'do_swap_page() maps the page only if the entry names the swap slot still (pte_same()).',
    [range('4.8')],
    'mm/memory.c do_swap_page',
  ),
  finishFaultRechecksEntry: guard(
    'finish_fault() maps the page of a handler only if the entry is empty still.',
    [range('4.8')],
    'mm/memory.c finish_fault, alloc_set_pte',
  ),
  mkwriteRechecksEntry: guard(
    'After page_mkwrite() an entry becomes writable only if it is what it was before (pte_same()).',
    [range('4.8')],
    'mm/memory.c finish_mkwrite_fault, wp_page_shared',
  ),
  vmaLockRechecksVma: guard(
    'lock_vma_under_rcu() looks, once it has the lock of the vma, whether that was taken away or cut.',
    [range('6.4')],
    'mm/memory.c lock_vma_under_rcu',
    '50ee32537206',
  ),
  userfaultRechecksEntry: guard(
    'A fault that is queued with a userfaultfd looks at the entry again before it sleeps, since the monitor may have answered before (userfaultfd_must_wait()).',
    [range('4.8')],
    'fs/userfaultfd.c handle_userfault',
  ),
  numaHintChecksVma: guard(
    'A fault takes a PROT_NONE entry for a NUMA hint only in a vma that may be accessed; FOLL_FORCE comes to one that may not.',
    [range('4.8')],
    'mm/memory.c handle_pte_fault',
    '38e0885465f7',
  ),
  gupRetakesLock: guard(
    'After a fault that dropped mmap_lock the walk takes it again before it looks the page up.',
    [range('4.8')],
    'mm/gup.c __get_user_pages_locked',
  ),
  fixupRetakesLock: guard(
    'fixup_user_fault() takes mmap_lock again that its fault has dropped.',
    [range('4.8')],
    'mm/gup.c fixup_user_fault',
  ),
  retryMarksTried: guard(
    'A fault that GUP retries says so (FAULT_FLAG_TRIED), so that it waits for locks of pages with its lock held and does not start over for ever.',
    [range('4.8')],
    'mm/gup.c __get_user_pages_locked, fixup_user_fault',
  ),
};
