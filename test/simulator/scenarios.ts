/** Scenarios for tests: ordinary ones, and arbitrary ones. */

import fc from 'fast-check';
import { MODELLED_FUNCTIONS, type Scenario } from '../../simulator/src/index.js';

/** A call on one page of private anonymous memory; `changes` replace fields. */
export function scenario(changes: Partial<Scenario> = {}): Scenario {
  return {
    kernel: '6.12',
    fn: 'get_user_pages',
    flags: [],
    locked: null,
    mm: 'current',
    opts: [],
    vma: { kind: 'anon', share: 'private', prot: 'rw-', len: 16384 },
    page_state: 'unpopulated',
    nr: 1,
    addr_offset: 0,
    ...changes,
  };
}

/** Releases with different rules: of copy on write, of retries, of the lock of the vma. */
const KERNELS = [
  '4.9',
  '5.4',
  '5.6',
  '5.8',
  '5.10',
  '5.17',
  '5.19',
  '6.1',
  '6.2',
  '6.4',
  '6.6',
  '6.8',
  '6.12',
  '7.3',
];

const FLAGS = [
  'FOLL_WRITE',
  'FOLL_FORCE',
  'FOLL_NOWAIT',
  'FOLL_NOFAULT',
  'FOLL_LONGTERM',
  'FOLL_HWPOISON',
  'FOLL_GET',
  'FOLL_PIN',
  'FOLL_DUMP',
  'FOLL_INTERRUPTIBLE',
];

const STATES = [
  'unpopulated',
  'read_populated',
  'write_populated',
  'written_then_MADV_DONTNEED',
  'mlocked_written',
  'written_then_forked_child_alive',
  'written_then_forked_child_exited',
  'written_by_parent_caller_is_forked_child',
  'swapped_out',
  'ksm_merged',
  'numa_hint_protnone',
  'hwpoisoned',
  'written_pkey_write_disabled',
];

const FILE_STATES = [
  'file_hole_not_cached',
  'file_cached_not_mapped',
  'beyond_eof',
  'file_not_cached',
  'read_populated',
  'write_populated',
  'written_then_MADV_DONTNEED',
  'written_then_forked_child_alive',
  'written_then_forked_child_exited',
  'swapped_out',
  'ksm_merged',
  'numa_hint_protnone',
  'hwpoisoned',
];

/**
 * What a driver may do: a step and its result. An error together with VM_FAULT_RETRY is left out: such a driver has
 * dropped mmap_lock and makes its caller believe that it is held.
 */
const driverStep = fc
  .record({
    act: fc.constantFrom('PAGE', 'LOCKED', 'RET', 'RETRY', 'INSERT', 'COMPLETED'),
    error: fc.constantFrom('SIGBUS', 'OOM', 'NOPAGE', 'HWPOISON'),
  })
  .map(({ act, error }) => ({ act, ret: act === 'RET' ? [error] : [] }));

/** A call on a driver's mapping, on tmpfs or on a file of a disk, sensible or not. */
const anyFileScenario: fc.Arbitrary<Scenario> = fc
  .record({
    kernel: fc.constantFrom(...KERNELS),
    fn: fc.constantFrom(...MODELLED_FUNCTIONS),
    flags: fc.uniqueArray(fc.constantFrom(...FLAGS), { maxLength: 3 }),
    locked: fc.constantFrom(null, 1 as const),
    mm: fc.constantFrom('current' as const, 'remote' as const),
    opts: fc.uniqueArray(fc.constantFrom('pages_null', 'mmap_write_lock_held'), { maxLength: 1 }),
    share: fc.constantFrom('shared' as const, 'private' as const),
    prot: fc.constantFrom('rw-', 'r--'),
    kind: fc.constantFrom('tmpfs_memfd', 'ext4', 'ext4_dax'),
    driver: fc.option(fc.constantFrom('fault', 'fault_with_map_pages', 'fault_and_page_mkwrite')),
    steps: fc.array(driverStep, { maxLength: 4 }),
    state: fc.constantFrom(...FILE_STATES),
    nr: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ share, prot, kind, driver, steps, state, flags, fn, ...rest }) => ({
    ...rest,
    fn,
    flags: fn === 'fixup_user_fault' ? [] : flags,
    page_state: driver === null ? state : 'unpopulated',
    addr_offset: 0,
    vma: {
      kind: driver === null ? kind : 'driver',
      share,
      prot,
      len: 4 * 4096,
      ...(driver !== null && { driver, fault_prog: steps, mkwrite_prog: [] }),
    },
  }));

const HUGETLB_STATES = [
  'unpopulated',
  'read_populated',
  'write_populated',
  'file_cached_not_mapped',
  'written_then_forked_child_alive',
  'written_then_forked_child_exited',
  'hwpoisoned',
];

/** A call on huge pages of hugetlb, sensible or not. */
const anyHugetlbScenario: fc.Arbitrary<Scenario> = fc
  .record({
    kernel: fc.constantFrom('6.1', '6.2', '6.6', '6.12', '7.3'),
    variant: fc.constantFrom('base' as const, 'movable' as const),
    fn: fc.constantFrom(...MODELLED_FUNCTIONS),
    flags: fc.uniqueArray(fc.constantFrom(...FLAGS, 'FOLL_SPLIT_PMD'), { maxLength: 3 }),
    locked: fc.constantFrom(null, 1 as const),
    mm: fc.constantFrom('current' as const, 'remote' as const),
    opts: fc.uniqueArray(fc.constantFrom('pages_null', 'sigkill_pending'), { maxLength: 1 }),
    share: fc.constantFrom('shared' as const, 'private' as const),
    prot: fc.constantFrom('rw-', 'r--', '---'),
    mode: fc.constantFrom('missing', 'minor', 'wp'),
    plan: fc.option(fc.stringMatching(/^[CWUDPmSKcw]{0,6}$/)),
    page_state: fc.constantFrom(...HUGETLB_STATES),
    nr: fc.integer({ min: 0, max: 6 }),
    page: fc.constantFrom(0, 5, 510),
  })
  .map(({ share, prot, mode, plan, flags, fn, page, ...rest }) => ({
    ...rest,
    fn,
    flags: fn === 'fixup_user_fault' ? [] : flags,
    addr_offset: page * 4096,
    vma: {
      kind: 'hugetlb',
      share,
      prot,
      len: 1024 * 4096,
      ...(plan !== null && { uffd: { mode, features: '0x4000', plan } }),
    },
  }));

const HUGE_STATES = [
  'unpopulated',
  'read_populated',
  'write_populated',
  'written_then_forked_child_alive',
  'written_then_forked_child_exited',
  'numa_hint_protnone',
];

/** A call on transparent huge pages, sensible or not. */
const anyHugePageScenario: fc.Arbitrary<Scenario> = fc
  .record({
    kernel: fc.constantFrom(...KERNELS),
    fn: fc.constantFrom(...MODELLED_FUNCTIONS),
    flags: fc.uniqueArray(fc.constantFrom(...FLAGS, 'FOLL_SPLIT_PMD'), { maxLength: 3 }),
    locked: fc.constantFrom(null, 1 as const),
    mm: fc.constantFrom('current' as const, 'remote' as const),
    opts: fc.uniqueArray(fc.constantFrom('pages_null', 'write_protect_seq_odd'), { maxLength: 1 }),
    prot: fc.constantFrom('rw-', 'r--', '---'),
    plan: fc.option(fc.stringMatching(/^[CZWUDmSK]{0,6}$/)),
    page_state: fc.constantFrom(...HUGE_STATES),
    nr: fc.integer({ min: 0, max: 6 }),
    page: fc.constantFrom(0, 5, 510),
  })
  .map(({ prot, plan, flags, fn, page, ...rest }) => ({
    ...rest,
    fn,
    flags: fn === 'fixup_user_fault' ? [] : flags,
    addr_offset: page * 4096,
    vma: {
      kind: 'anon_thp',
      share: 'private' as const,
      prot,
      len: 1024 * 4096,
      ...(plan !== null && { uffd: { mode: 'missing', features: '0x0', plan } }),
    },
  }));

/** Any scenario on anonymous memory, sensible or not. */
const anyAnonymousScenario: fc.Arbitrary<Scenario> = fc
  .record({
    kernel: fc.constantFrom(...KERNELS),
    variant: fc.constantFrom('base' as const, 'movable' as const),
    fn: fc.constantFrom(...MODELLED_FUNCTIONS),
    flags: fc.uniqueArray(fc.constantFrom(...FLAGS), { maxLength: 4 }),
    locked: fc.constantFrom(null, 1 as const, 0 as const),
    mm: fc.constantFrom('current' as const, 'remote' as const),
    opts: fc.uniqueArray(
      fc.constantFrom(
        'pages_null',
        'sigkill_pending',
        'signal_pending',
        'mmap_write_lock_held',
        'write_protect_seq_odd',
        'write_protect_seq_bumped_during_fast',
      ),
      { maxLength: 2 },
    ),
    prot: fc.constantFrom('rw-', 'r--', '---', '--x', 'rwx'),
    plan: fc.option(fc.stringMatching(/^[CZWUDPmSK]{0,6}$/)),
    page_state: fc.constantFrom(...STATES),
    nr: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ prot, plan, fn, flags, ...rest }) => ({
    ...rest,
    fn,
    flags: fn === 'fixup_user_fault' ? flags.filter(flag => flag === 'FOLL_WRITE').map(() => 'WRITE') : flags,
    addr_offset: 0,
    vma: {
      kind: 'anon',
      share: 'private' as const,
      prot,
      len: 8 * 4096,
      ...(plan !== null && { uffd: { mode: 'missing', features: '0x4000', plan } }),
    },
  }));

const SPECIAL_PLACES = [
  'unmapped',
  'null_addr',
  'below_stack',
  'far_below_stack',
  'stack',
  'cross_hole_nr4',
  'cross_mixed_nr4',
  'kernel_addr',
  'noncanonical_addr',
  'task_size_addr',
  'vdso',
  'vvar',
  'vsyscall',
];

/** A call on secretmem, on shared anonymous memory or at a special address, sensible or not. */
const anyOtherScenario: fc.Arbitrary<Scenario> = fc
  .record({
    kernel: fc.constantFrom(...KERNELS),
    variant: fc.constantFrom('base' as const, 'movable' as const),
    fn: fc.constantFrom(...MODELLED_FUNCTIONS),
    flags: fc.uniqueArray(fc.constantFrom(...FLAGS, 'FOLL_SPLIT_PMD'), { maxLength: 3 }),
    locked: fc.constantFrom(null, 1 as const),
    mm: fc.constantFrom('current' as const, 'remote' as const),
    opts: fc.uniqueArray(fc.constantFrom('pages_null', 'sigkill_pending', 'signal_pending'), {
      maxLength: 1,
    }),
    place: fc.oneof(
      fc.constantFrom(...SPECIAL_PLACES).map(state => ['special', 'private' as const, state] as const),
      fc
        .constantFrom('unpopulated', 'write_populated', 'read_populated')
        .map(state => ['secretmem', 'shared' as const, state] as const),
      fc
        .constantFrom('unpopulated', 'write_populated', 'read_populated')
        .map(state => ['anon', 'shared' as const, state] as const),
    ),
    prot: fc.constantFrom('rw-', 'r--', 'r-x'),
    nr: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ place: [kind, share, page_state], prot, fn, flags, ...rest }) => ({
    ...rest,
    fn,
    flags: fn === 'fixup_user_fault' ? [] : flags,
    page_state,
    addr_offset: 0,
    vma: { kind, share, prot, len: 4 * 4096 },
  }));

/** A call on memory that a userfaultfd protects or has taken pages of, sensible or not. */
const anyUserfaultfdScenario: fc.Arbitrary<Scenario> = fc
  .record({
    kernel: fc.constantFrom(...KERNELS),
    fn: fc.constantFrom(...MODELLED_FUNCTIONS),
    flags: fc.uniqueArray(fc.constantFrom(...FLAGS), { maxLength: 3 }),
    locked: fc.constantFrom(null, 1 as const),
    opts: fc.uniqueArray(fc.constantFrom('sigkill_pending', 'signal_pending'), { maxLength: 1 }),
    kind: fc.constantFrom('anon', 'tmpfs_memfd', 'anon_thp'),
    mode: fc.constantFrom('missing', 'wp', 'minor', 'missing|wp'),
    features: fc.constantFrom('0x0', '0x80', '0x4000', '0x8000'),
    user_only: fc.boolean(),
    plan: fc.stringMatching(/^[CZWUDPmSKcw]{0,6}$/),
    page_state: fc.constantFrom('unpopulated', 'write_populated', 'read_populated', 'file_cached_not_mapped'),
    nr: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ kind, mode, features, user_only, plan, fn, flags, ...rest }) => ({
    ...rest,
    fn,
    flags: fn === 'fixup_user_fault' ? [] : flags,
    mm: 'current' as const,
    addr_offset: 0,
    vma: {
      kind,
      share: kind === 'tmpfs_memfd' ? ('shared' as const) : ('private' as const),
      prot: 'rw-',
      len: kind === 'anon_thp' ? 1024 * 4096 : 4 * 4096,
      uffd: { mode, features, user_only, plan },
    },
  }));

/** Any scenario of the modelled kinds of memory. */
export const anyScenario: fc.Arbitrary<Scenario> = fc.oneof(
  anyOtherScenario,
  anyUserfaultfdScenario,
  anyAnonymousScenario,
  anyFileScenario,
  anyHugetlbScenario,
  anyHugePageScenario,
);
