/** Memory for a call to meet: every kind of mapping and every state of its pages that the simulator knows. */

import type { Scenario } from '../../simulator/src/index.js';

/** What the analysis of a call knows nothing of. */
export type Situation = Pick<Scenario, 'vma' | 'page_state' | 'nr' | 'opts'>;

const PAGE = 4096;
const HUGE = 512 * PAGE;

const ANON_STATES = [
  'unpopulated',
  'read_populated',
  'write_populated',
  'written_then_MADV_DONTNEED',
  'written_then_forked_child_alive',
  'written_by_parent_caller_is_forked_child',
  'swapped_out',
  'ksm_merged',
  'numa_hint_protnone',
  'hwpoisoned',
  'mlocked_written',
];

const FILE_STATES = [
  'file_hole_not_cached',
  'file_cached_not_mapped',
  'read_populated',
  'write_populated',
  'beyond_eof',
];

const HUGE_STATES = ['unpopulated', 'read_populated', 'write_populated', 'written_then_forked_child_alive'];

const NOWHERE = ['null_addr', 'unmapped', 'cross_hole_nr4', 'vdso', 'vsyscall', 'kernel_addr'];

/** What a driver's fault handler does, call after call. */
const DRIVERS = [
  [{ act: 'PAGE', ret: [] }],
  [{ act: 'RET', ret: ['SIGBUS'] }],
  [{ act: 'RET', ret: ['OOM'] }],
  [{ act: 'RET', ret: ['HWPOISON'] }],
  [{ act: 'RETRY', ret: [] }],
  [
    { act: 'RETRY', ret: [] },
    { act: 'PAGE', ret: [] },
  ],
  [
    { act: 'COMPLETED', ret: [] },
    { act: 'PAGE', ret: [] },
  ],
];

function mapping(
  kind: string,
  share: 'private' | 'shared',
  prot: string,
  more: object = {},
): Scenario['vma'] {
  const len = kind === 'hugetlb' || kind === 'anon_thp' ? 2 * HUGE : 8 * PAGE;
  return { kind, share, prot, len, ...more };
}

function* mappings(): Generator<readonly [Scenario['vma'], readonly string[]]> {
  for (const prot of ['rw-', 'r--', '---']) {
    yield [mapping('anon', 'private', prot), ANON_STATES];
    for (const share of ['private', 'shared'] as const) {
      for (const kind of ['tmpfs_memfd', 'ext4']) yield [mapping(kind, share, prot), FILE_STATES];
      yield [mapping('hugetlb', share, prot), HUGE_STATES];
    }
    yield [mapping('anon_thp', 'private', prot), HUGE_STATES];
  }
  for (const plan of ['C', 'Z', 'W', 'U', 'K', 'SC', 'P']) {
    const uffd = { mode: 'missing', features: '0x0', user_only: false, plan };
    yield [mapping('anon', 'private', 'rw-', { uffd }), ['unpopulated', 'write_populated']];
  }
  for (const steps of DRIVERS) {
    const driver = { driver: 'fault', fault_prog: steps, mkwrite_prog: [] };
    yield [mapping('driver', 'shared', 'rw-', driver), ['unpopulated']];
  }
  yield [mapping('secretmem', 'shared', 'rw-'), ['unpopulated', 'write_populated']];
  yield [mapping('special', 'private', 'rw-'), NOWHERE];
}

function* everySituation(): Generator<Situation> {
  for (const [vma, states] of mappings()) {
    for (const page_state of states) {
      yield { vma, page_state, nr: 1, opts: [] };
      yield { vma, page_state, nr: 4, opts: [] };
      yield { vma, page_state, nr: 1, opts: ['sigkill_pending'] };
      yield { vma, page_state, nr: 1, opts: ['signal_pending'] };
    }
  }
}

/** All of them; what the model does not know of a release it says itself. */
export const SITUATIONS: readonly Situation[] = [...everySituation()];
