/** set_pte_at() of a first touch, where a marker of a userfaultfd for write protection may stand (mm/memory.c). */

import { clearPte, PTE, type Pte } from '../state/index.js';

/** Whether it is the marker of a userfaultfd for write protection. */
export function isUffdWpMarker({ swap }: Pte): boolean {
  return swap === 'uffd-wp-marker';
}

/** The entry maps `pfn` with these bits; in the place of such a marker it gets its protection (vmf_orig_pte_uffd_wp()). */
export function setMissingPte(pte: Pte, pfn: number, bits: number): void {
  const marked = isUffdWpMarker(pte);
  clearPte(pte);
  pte.pfn = pfn;
  pte.bits = marked ? (bits & ~PTE.WRITE) | PTE.UFFD_WP : bits;
}
