/**
 * A scenario: one call, in one memory situation, for one release. Field names are those of the recordings
 * (test/oracle/README.md), so that a recording's input is a scenario as it stands.
 */

import type { Release } from '../../kernel/src/index.js';

export interface Userfaultfd {
  /** Registered modes: `missing`, `wp`, `minor`; one or several. */
  readonly mode: string | readonly string[];
  /** UFFD_FEATURE_ bits as a number or hexadecimal text, or their names. */
  readonly features?: string | number | readonly string[];
  /** The descriptor only takes faults of user mode (UFFD_USER_MODE_ONLY). */
  readonly user_only?: boolean;
  /** The monitor's plan, a letter per event: see the README of the recordings. */
  readonly plan?: string;
}

export interface VmaSetup {
  /** anon, anon_thp, tmpfs_memfd, ext4, ext4_dax, hugetlb, secretmem, driver, special */
  readonly kind: string;
  readonly share: 'private' | 'shared';
  /** As in /proc/pid/maps, e.g. `rw-`. */
  readonly prot: string;
  /** VM_ bits as hexadecimal text; absent: what mmap() sets for `prot` and `share`. */
  readonly vm_flags?: string;
  /** Bytes. */
  readonly len: number;
  readonly uffd?: unknown;
  readonly [other: string]: unknown;
}

export interface PteBefore {
  /** 0 no table, 1 pte, 2 pmd */
  readonly lvl: number;
  /** Flags of the entry and of the folio it maps: see the README of the recordings. */
  readonly f: readonly string[];
  readonly ref?: number;
  /** page->_mapcount + 1 of the page; not folio_mapcount() of a large folio, and the type of the page where that is kept there. */
  readonly map?: number;
  readonly pin?: number;
  /** Of a swap entry: its type, which is a swap area or what stands in for one (hwpoison, marker). */
  readonly swp_type?: number;
}

export interface Scenario {
  /** A release or anything {@link resolveRelease} understands, e.g. `6.1.0-56-amd64`. */
  readonly kernel: Release | string;
  /** movable: user memory lies in ZONE_MOVABLE. Absent: base. */
  readonly variant?: 'base' | 'movable';
  readonly fn: string;
  /** The caller's flags by name; for fixup_user_fault FAULT_FLAG_ names, with or without the prefix. */
  readonly flags: readonly string[];
  /** null: NULL pointer; 1 / 0: pointer to that value. */
  readonly locked: 0 | 1 | null;
  readonly mm: 'current' | 'remote';
  readonly opts: readonly string[];
  readonly vma: VmaSetup;
  readonly page_state: string;
  /** Pages asked for. */
  readonly nr: number;
  /** Byte offset of the address in the region. */
  readonly addr_offset: number;
  /** The page table before the call, at most four pages; where it and `page_state` differ, it is right. */
  readonly pte_before?: readonly PteBefore[];
}
