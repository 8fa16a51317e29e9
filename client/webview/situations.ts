/** The memory situations that the form offers, as the fields of a scenario. What they lead to is the simulator's business. */

import type { Scenario, VmaSetup } from '../../simulator/src/index.js';

/** One memory situation. */
export interface Situation {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  readonly set: Pick<Scenario, 'vma' | 'page_state'>;
}

const PAGE = 4096;

/** Protection → the VM_ bits of a private mapping that has been written to, as the recordings have them. */
const VM_FLAGS: Readonly<Record<string, string>> = {
  'rw-': '0x8100073',
  'r--': '0x8100071',
  '---': '0x8100070',
};

function anon(
  id: string,
  label: string,
  group: string,
  page_state: string,
  change: Partial<VmaSetup> = {},
): Situation {
  const prot = change.prot ?? 'rw-';
  const vma = {
    kind: 'anon',
    share: 'private',
    prot,
    vm_flags: VM_FLAGS[prot] ?? '0x0',
    len: 4 * PAGE,
  } as const;
  return { id, label, group, set: { vma: { ...vma, ...change }, page_state } };
}

function uffd(id: string, label: string, plan: string): Situation {
  const armed = { mode: 'missing', plan, features: '0x0', user_only: false };
  return anon(id, `userfaultfd: ${label}`, 'Missing page with userfaultfd', 'unpopulated', {
    vm_flags: '0x8100273',
    uffd: armed,
  });
}

function mapped(
  id: string,
  label: string,
  group: string,
  vma: Pick<VmaSetup, 'kind' | 'share'> & Partial<VmaSetup>,
  page_state: string,
): Situation {
  return { id, label, group, set: { vma: { prot: 'rw-', len: 4 * PAGE, ...vma }, page_state } };
}

/** A mapping of a driver whose ->fault does `act` at the first call. */
function driver(id: string, label: string, name: string, change: Partial<VmaSetup> = {}): Situation {
  const vma = { kind: 'driver', share: 'shared', driver: name, fault_prog: [], mkwrite_prog: [] } as const;
  return mapped(id, label, DRIVER, { ...vma, ...change }, 'unpopulated');
}

const PRIVATE = 'Private anonymous memory';
const PROTECTED = 'Protection and keys';
const FILES = 'Files';
const HUGE = 'Huge pages';
const DRIVER = 'Mappings of drivers';
const SPECIAL = 'No ordinary memory';
/** VM_PKEY_BIT0: the recordings' key is number 1. */
const PKEY = '0x108100073';

const HUGE_PAGE = 512 * PAGE;
const SHARED_SHMEM = { kind: 'tmpfs_memfd', share: 'shared' } as const;
const SHARED_EXT4 = { kind: 'ext4', share: 'shared' } as const;
const THP = { kind: 'anon_thp', share: 'private' } as const;

/** All situations, in the order of the list. */
export const SITUATIONS: readonly Situation[] = [
  anon('unpopulated', 'never touched', PRIVATE, 'unpopulated'),
  anon('written', 'mapped, writable', PRIVATE, 'write_populated'),
  anon('zero-page', 'zero page: read, never written', PRIVATE, 'read_populated'),
  anon('forked', 'copy-on-write: forked child alive', PRIVATE, 'written_then_forked_child_alive'),
  anon(
    'forked-exited',
    'copy-on-write: forked child has exited',
    PRIVATE,
    'written_then_forked_child_exited',
  ),
  anon('swapped', 'swapped out', PRIVATE, 'swapped_out'),
  anon('ksm', 'merged by KSM', PRIVATE, 'ksm_merged', { vm_flags: '0x88100073' }),
  anon('numa', 'NUMA-hint entry', PRIVATE, 'numa_hint_protnone'),
  anon('dontneed', 'written, then MADV_DONTNEED', PRIVATE, 'written_then_MADV_DONTNEED'),
  anon('mlocked', 'mlocked and written', PRIVATE, 'mlocked_written', { vm_flags: '0x8102073' }),
  anon('hwpoison', 'hardware-poisoned page', PRIVATE, 'hwpoisoned'),
  anon('read-only', 'written, then made read-only', PROTECTED, 'write_populated', { prot: 'r--' }),
  anon('no-access', 'written, then made PROT_NONE', PROTECTED, 'write_populated', { prot: '---' }),
  anon('pkey-access', 'protection key forbids access', PROTECTED, 'written_pkey_access_disabled', {
    vm_flags: PKEY,
  }),
  anon('pkey-write', 'protection key forbids writing', PROTECTED, 'written_pkey_write_disabled', {
    vm_flags: PKEY,
  }),
  uffd('uffd-copy', 'the monitor copies a page in', 'C'),
  uffd('uffd-zero', 'the monitor maps the zero page', 'Z'),
  uffd('uffd-unmap', 'the monitor unmaps the region', 'U'),
  uffd('uffd-signal', 'a signal arrives, then the monitor copies', 'SC'),
  uffd('uffd-kill', 'SIGKILL arrives', 'K'),
  mapped('shmem-hole', 'tmpfs, shared: a hole', FILES, SHARED_SHMEM, 'file_hole_not_cached'),
  mapped('shmem-written', 'tmpfs, shared: mapped, writable', FILES, SHARED_SHMEM, 'write_populated'),
  mapped(
    'shmem-private',
    'tmpfs, private: read, not yet copied',
    FILES,
    { ...SHARED_SHMEM, share: 'private' },
    'read_populated',
  ),
  mapped('file-written', 'ext4, shared: mapped, written', FILES, SHARED_EXT4, 'write_populated'),
  mapped('file-clean', 'ext4, shared: mapped, clean', FILES, SHARED_EXT4, 'written_then_msync_clean'),
  mapped('file-cold', 'ext4, shared: not in the page cache', FILES, SHARED_EXT4, 'file_not_cached'),
  mapped(
    'file-private',
    'ext4, private: read, not yet copied',
    FILES,
    { ...SHARED_EXT4, share: 'private' },
    'read_populated',
  ),
  mapped('dax', 'ext4 with DAX, shared', FILES, { kind: 'ext4_dax', share: 'shared' }, 'write_populated'),
  mapped('eof', 'beyond the end of a file', FILES, SHARED_SHMEM, 'beyond_eof'),
  mapped('thp', 'transparent huge page', HUGE, { ...THP, len: HUGE_PAGE }, 'write_populated'),
  mapped(
    'thp-forked',
    'transparent huge page, forked child alive',
    HUGE,
    { ...THP, len: HUGE_PAGE },
    'written_then_forked_child_alive',
  ),
  mapped(
    'hugetlb',
    'hugetlb, private',
    HUGE,
    { kind: 'hugetlb', share: 'private', len: HUGE_PAGE },
    'write_populated',
  ),
  mapped(
    'hugetlb-missing',
    'hugetlb, shared: never touched',
    HUGE,
    { kind: 'hugetlb', share: 'shared', len: HUGE_PAGE },
    'unpopulated',
  ),
  driver('driver-page', '->fault gives a page', 'fault'),
  driver('driver-retry', '->fault drops mmap_lock: VM_FAULT_RETRY', 'fault', {
    fault_prog: [{ act: 'RETRY', ret: [] }],
  }),
  driver('driver-sigbus', '->fault fails: VM_FAULT_SIGBUS', 'fault', {
    fault_prog: [{ act: 'RET', ret: ['SIGBUS'] }],
  }),
  driver('driver-pfn', 'VM_PFNMAP: PFNs without pages', 'pfnmap_fault', { vm_flags: '0x80004fb' }),
  driver('driver-io', 'VM_IO', 'vm_io', { vm_flags: '0x80040fb' }),
  mapped('secretmem', 'memfd_secret()', SPECIAL, { kind: 'secretmem', share: 'shared' }, 'unpopulated'),
  mapped('no-mapping', 'no mapping', SPECIAL, { kind: 'special', share: 'private' }, 'unmapped'),
];

/** The situation a scenario is in, or null for one that the list does not have. */
export function situationOf(scenario: Scenario): Situation | null {
  const plan = (uffd: unknown): string =>
    typeof uffd === 'object' && uffd !== null && 'plan' in uffd ? String(uffd.plan) : '';
  return (
    SITUATIONS.find(
      ({ set }) =>
        set.page_state === scenario.page_state &&
        set.vma.kind === scenario.vma.kind &&
        set.vma.share === scenario.vma.share &&
        set.vma.prot === scenario.vma.prot &&
        plan(set.vma.uffd) === plan(scenario.vma.uffd) &&
        set.vma.driver === scenario.vma.driver &&
        JSON.stringify(set.vma.fault_prog) === JSON.stringify(scenario.vma.fault_prog) &&
        scenario.pte_before === undefined,
    ) ?? null
  );
}
