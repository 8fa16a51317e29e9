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

const PRIVATE = 'Private anonymous memory';
const PROTECTED = 'Protection and keys';
/** VM_PKEY_BIT0: the recordings' key is number 1. */
const PKEY = '0x108100073';

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
        scenario.pte_before === undefined,
    ) ?? null
  );
}
