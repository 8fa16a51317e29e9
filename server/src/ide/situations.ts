/** The memory that a hover tries a call on: what every caller meets, and what only some do. */

import type { Scenario } from '../../../simulator/src/index.js';

/** A state of the memory, or of the caller, before the call. */
export interface Situation {
  readonly label: string;
  readonly vma: Scenario['vma'];
  readonly pageState: string;
  /** Circumstances of the call. */
  readonly opts?: readonly string[];
}

const PAGE = 4096;
const HUGE_PAGE = 512 * PAGE;
/** VM_READ|VM_WRITE|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_ACCOUNT|VM_SOFTDIRTY, as an ordinary mapping has them. */
const ORDINARY = '0x8100073';
/** The same with VM_UFFD_MISSING. */
const USERFAULTFD = '0x8100273';
/** VM_READ|VM_WRITE|VM_SHARED, the VM_MAY bits of these, VM_PFNMAP and VM_SOFTDIRTY. */
const PFNMAP = '0x80004fb';

function anonymous(label: string, pageState: string): Situation {
  const vma = { kind: 'anon', share: 'private', prot: 'rw-', vm_flags: ORDINARY, len: 4 * PAGE } as const;
  return { label, vma, pageState };
}

function mapped(label: string, kind: string, pageState: string, more: object = {}): Situation {
  return { label, vma: { kind, share: 'shared', prot: 'rw-', len: 4 * PAGE, ...more }, pageState };
}

/** Memory that was never touched: what a scenario starts from. */
export const UNPOPULATED: Situation = anonymous('never touched', 'unpopulated');

/**
 * In the order of the table, which shows of those with one outcome the first few by name. What the model does not know
 * of a release drops out.
 */
export const SITUATIONS: readonly Situation[] = [
  anonymous('mapped, writable', 'write_populated'),
  UNPOPULATED,
  anonymous('shared with a forked child', 'written_then_forked_child_alive'),
  anonymous('swapped out', 'swapped_out'),
  {
    label: 'userfaultfd, page missing',
    pageState: 'unpopulated',
    vma: {
      ...UNPOPULATED.vma,
      vm_flags: USERFAULTFD,
      uffd: { mode: 'missing', plan: 'C', features: '0x0', user_only: false },
    },
  },
  mapped('hole of a shared file', 'tmpfs_memfd', 'file_hole_not_cached'),
  mapped('shared file on a disk', 'ext4', 'write_populated'),
  mapped('DAX file', 'ext4_dax', 'write_populated'),
  mapped('read-only mapping', 'anon', 'read_populated', { share: 'private', prot: 'r--' }),
  mapped('no mapping', 'special', 'unmapped', { share: 'private' }),
  { ...anonymous('never touched, SIGKILL pending', 'unpopulated'), opts: ['sigkill_pending'] },
  mapped('PFNs of a driver', 'driver', 'unpopulated', {
    vm_flags: PFNMAP,
    driver: 'pfnmap_fault',
    fault_prog: [],
    mkwrite_prog: [],
  }),
  mapped('driver that waits', 'driver', 'unpopulated', {
    driver: 'fault',
    fault_prog: [{ act: 'RETRY', ret: [] }],
    mkwrite_prog: [],
  }),
  mapped('beyond the end of a file', 'tmpfs_memfd', 'beyond_eof'),
  anonymous('poisoned', 'hwpoisoned'),
  anonymous('zero page', 'read_populated'),
  anonymous('merged by KSM', 'ksm_merged'),
  anonymous('NUMA hint', 'numa_hint_protnone'),
  mapped('huge page of hugetlb', 'hugetlb', 'write_populated', { len: HUGE_PAGE }),
];
