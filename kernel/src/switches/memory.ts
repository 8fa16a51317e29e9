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
  uffdPoison: behaviour(
    'UFFDIO_POISON leaves a marker that faults with VM_FAULT_HWPOISON.',
    [range('6.6')],
    'fs/userfaultfd.c userfaultfd_poison',
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
