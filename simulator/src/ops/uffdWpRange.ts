/** uffd_wp_range() of mm/userfaultfd.c: takes the write protection of a userfaultfd away. */

import type { Machine } from '../machine.js';
import { clearPte, entriesOf, isVmHugetlbPage, PTE, type Pte, type Vma } from '../state/index.js';
import { canChangePteWritable } from './canChangePteWritable.js';
import { isUffdWpMarker } from './setMissingPte.js';

/** Entries from `start` up to `end` are protected no longer; which of them can be written at once depends on the release. */
export function uffdWpResolve(machine: Machine, vma: Vma, start: number, end: number): void {
  for (const entry of entriesOf(machine.mm.pageTable, start, end)) {
    if (isUffdWpMarker(entry)) clearPte(entry);
    if ((entry.bits & PTE.UFFD_WP) === 0) continue;
    entry.bits &= ~PTE.UFFD_WP;
    if (vma.write && becomesWritable(machine, vma, entry)) entry.bits |= PTE.WRITE;
  }
}

/** can_change_pte_writable(); up to v6.2 the protection of the mapping, which lets shared entries alone be written. */
function becomesWritable(machine: Machine, vma: Vma, entry: Pte): boolean {
  if (!machine.behaviour.switches.uffdUnprotectUpgradesWrite) return vma.shared;
  return !isVmHugetlbPage(vma) && canChangePteWritable(machine, vma, entry);
}
