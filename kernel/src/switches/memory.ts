/** What changed in how pages are mapped and kept, where the result of a GUP call shows it. */

import { range, uncertain } from './behaviour.js';

export const MEMORY_SWITCHES = {
  numaHintUpgradesWrite: uncertain(
    'do_numa_page() makes the entry of an exclusive page of a writable VMA writable; before, the write bit was kept in the entry (pte_savedwrite).',
    [range('6.2')],
    'mm/memory.c do_numa_page',
  ),
  swapinMapsWritable: uncertain(
    'A read fault that swaps in an exclusive page of a writable VMA maps it writable (not in 6.1, in 6.12).',
    [range('6.11')],
    'mm/memory.c do_swap_page',
  ),
  uffdPoison: uncertain(
    'UFFDIO_POISON leaves a marker that faults with VM_FAULT_HWPOISON (not in 6.1, in 6.12).',
    [range('6.6')],
    'fs/userfaultfd.c userfaultfd_poison',
  ),
  multiGenLru: uncertain(
    'mark_page_accessed() counts generations and activates nothing: the multi-generational LRU is on, as in the recorded 6.12 kernel (a matter of configuration, off in the recorded 6.1 kernel).',
    [range('6.12')],
    'mm/swap.c folio_mark_accessed',
  ),
  migratedFolioStaysInBatch: uncertain(
    'A migrated folio waits in a folio batch for the LRU, which holds a reference (not in 6.1, in 6.12).',
    [range('6.3')],
    'mm/migrate.c migrate_folio_move',
  ),
};
