/** What changed in how pages are mapped and kept, where the result of a GUP call shows it. */

import { behaviour, range, uncertain } from './behaviour.js';

export const MEMORY_SWITCHES = {
  numaHintUpgradesWrite: behaviour(
    'do_numa_page() makes the entry of an exclusive page of a writable VMA writable (can_change_pte_writable()); before, the write bit was kept in the entry (pte_savedwrite()).',
    [range('6.2')],
    'mm/memory.c do_numa_page',
  ),
  swapinMapsWritable: behaviour(
    'A read fault that swaps in an exclusive page of a writable VMA maps it writable; before, only a write fault did.',
    [range('6.11')],
    'mm/memory.c do_swap_page',
  ),
  swapinDrainsBatch: behaviour(
    'Reading a page from swap ends with lru_add_drain(), so that no folio batch of this CPU keeps a reference to it; since, the batch may.',
    [range('4.8', '7.2')],
    'mm/swap_state.c swap_cluster_readahead',
  ),
  wpReuseAllowsForBatchAndCache: behaviour(
    'A write fault gives up reuse at once if references beyond those of the mapping, a folio batch and the swap cache are there; before, at more than 3, after which the batches of this CPU were drained.',
    [range('7.3')],
    'mm/memory.c wp_can_reuse_anon_folio',
  ),
  fileReadDropsLock: uncertain(
    'A first fault that may retry drops its lock before a page of a file is read (maybe_unlock_mmap_for_io()); before, if the page is still being read when it is looked at (not in 4.18, in 5.2).',
    [range('5.1')],
    'mm/filemap.c do_sync_mmap_readahead',
    '6b4c9f446981',
  ),
  mapPagesNotAcrossEof: behaviour(
    'Fault-around installs no page table, and so maps nothing where there is none yet, if the first page that it finds is the last one of the file; tmpfs is excepted (6.12.117 by backport; not in 6.13.2, 6.14 and 6.17).',
    [range('6.12', '6.12'), range('6.18')],
    'mm/filemap.c filemap_map_pages',
    '74207de2ba10',
  ),
  daxPagesCounted: uncertain(
    'Pages of DAX files are mapped and counted like others; before, by special entries that GUP knows (pte_devmap()), and not counted (not in 6.14, in 7.0).',
    [range('6.15')],
    'fs/dax.c dax_fault_iter',
    '38607c62b34b',
  ),
  mlockByRange: behaviour(
    'mlock() puts the mapped pages of the range on the unevictable list while it holds mmap_lock for writing, and drains the batches; before, the walk with FOLL_MLOCK did so page by page, and the last page was left in a batch.',
    [range('5.18')],
    'mm/mlock.c mlock_vma_pages_range, mlock_vma_page',
  ),
  mlockDrainsAll: uncertain(
    'mlock() begins with lru_add_drain_all() (in 4.14.177, not in 4.17; 4.15 and 4.16 are in doubt).',
    [range('4.8', '4.14')],
    'mm/mlock.c do_mlock',
  ),
  populateDrainsBatch: uncertain(
    'Filling a range for mlock() or MADV_POPULATE ends with lru_add_drain() (not in 5.16.10, in 5.19).',
    [range('5.18')],
    'mm/gup.c populate_vma_page_range, faultin_vma_page_range',
  ),
  uffdUnprotectUpgradesWrite: behaviour(
    'UFFDIO_WRITEPROTECT that takes the protection away makes entries writable again that may be; before, those of shared mappings alone.',
    [range('6.3')],
    'mm/userfaultfd.c uffd_wp_range',
    '931298e103c2',
  ),
  uffdPoison: behaviour(
    'UFFDIO_POISON leaves a marker that faults with VM_FAULT_HWPOISON.',
    [range('6.6')],
    'fs/userfaultfd.c userfaultfd_poison',
  ),
  hugetlbCacheRefPerPage: behaviour(
    'The page cache holds a reference for each small page of a hugetlb folio; before, one for the folio.',
    [range('6.7')],
    'mm/filemap.c __filemap_add_folio',
    'a08c7193e4f1',
  ),
  hugetlbPageType: behaviour(
    'That a folio is of hugetlb is kept as a page type, in the place of page->_mapcount of its head page; before, in the tail page behind it.',
    [range('6.9')],
    'include/linux/page-flags.h PG_hugetlb, PGTY_hugetlb',
    'd99e3140a4d3',
  ),
  pageTypeNumber: behaviour(
    'A page type is a number in the highest byte of that word, PGTY_hugetlb 0xf4; before, a bit that was cleared.',
    [range('6.12')],
    'include/linux/page-flags.h enum pagetype',
    '4ffca5a96678',
  ),
  thpReuseByMapcount: uncertain(
    'A write fault reuses a huge page by the map counts of its pages (reuse_swap_page()); since, by PG_anon_exclusive or its reference count (in 5.16.10, not in 5.19).',
    [range('4.8', '5.17')],
    'mm/huge_memory.c do_huge_pmd_wp_page',
  ),
  hugeZeroWriteAllocatesHuge: behaviour(
    'A write fault on the huge zero page maps a new huge page; before, it split the entry and mapped a small one.',
    [range('6.13')],
    'mm/huge_memory.c do_huge_zero_wp_pmd',
  ),
  hugeZeroSpecial: behaviour(
    'The entry of the huge zero page is special, so that the lockless walk leaves it to the slow path.',
    [range('6.18')],
    'mm/huge_memory.c set_huge_zero_folio, mm/gup.c gup_fast_pmd_leaf',
  ),
  reclaimSkipsPinned: behaviour(
    'Reclaim leaves anonymous pages alone that may be pinned, instead of putting them into the swap cache.',
    [range('5.11')],
    'mm/vmscan.c shrink_folio_list, folio_maybe_dma_pinned',
    'feb889fb40fa',
  ),
  mprotectUpgradesWrite: behaviour(
    'mprotect() makes entries of exclusive pages writable at once where the mapping becomes writable (can_change_pte_writable()); before, a fault did.',
    [range('6.0')],
    'mm/mprotect.c change_pte_range',
  ),
  mprotectUpgradesWriteHuge: behaviour(
    'The same of a huge entry (can_change_pmd_writable()).',
    [range('6.2')],
    'mm/huge_memory.c change_huge_pmd',
    'ce67da2b3c38',
  ),
  softDirtySkipsPinned: uncertain(
    'Clearing the soft-dirty bits leaves an entry of a COW mapping alone that maps a page that may be pinned (not in 5.10.7, in 5.12.9).',
    [range('5.11')],
    'fs/proc/task_mmu.c clear_soft_dirty, pte_is_pinned',
    '9348b73c2e1b',
  ),
  madvPageout: behaviour(
    'madvise() knows MADV_PAGEOUT, which reclaims a range.',
    [range('5.4')],
    'mm/madvise.c madvise_pageout',
    '1a4e58cce84e',
  ),
  madvCollapse: behaviour(
    'madvise() knows MADV_COLLAPSE, which copies a range into huge pages.',
    [range('6.1')],
    'mm/khugepaged.c madvise_collapse',
    '7d8faaf15545',
  ),
  collapseNeedsWritable: uncertain(
    'Small pages are collapsed only if one of their entries is writable (in 6.14, not in 6.18.2).',
    [range('4.8', '6.17')],
    'mm/khugepaged.c __collapse_huge_page_isolate, SCAN_PAGE_RO',
  ),
  directIoPins: behaviour(
    'A read or write with O_DIRECT pins the pages of its buffer (iov_iter_extract_pages()); before, it took references.',
    [range('6.5')],
    'block/bio.c __bio_iov_iter_get_pages',
  ),
  directIoDirtiesLarge: behaviour(
    'A read with O_DIRECT marks large folios of its buffer dirty beforehand; before, it left compound pages out (5.10.262 and 6.1.192 by backport; not in 5.10.7 and 5.15.85).',
    [range('5.10', '5.10'), range('6.1', '6.1'), range('6.7')],
    'block/bio.c bio_set_pages_dirty',
  ),
  multiGenLru: uncertain(
    'mark_page_accessed() counts generations and activates nothing: the multi-generational LRU is on. The code is there since 6.1 and it is a matter of configuration; off in the recorded 6.1 kernel, on in the recorded 6.12 kernel.',
    [range('6.12')],
    'mm/swap.c folio_mark_accessed, lru_gen_enabled',
  ),
  migratedFolioStaysInBatch: behaviour(
    'A migrated folio waits in a folio batch for the LRU, which holds a reference, unless it was mlocked; before, the batch was drained for every mapped one.',
    [range('6.7')],
    'mm/migrate.c migrate_folio_move, PAGE_WAS_MLOCKED',
  ),
};
