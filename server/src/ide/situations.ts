/** The memory that a hover tries a call on: situations of private anonymous memory, which every caller meets. */

import type { Scenario } from '../../../simulator/src/index.js';

/** A state of the memory before the call. */
export interface Situation {
  readonly label: string;
  readonly vma: Scenario['vma'];
  readonly pageState: string;
}

const PAGE = 4096;
/** VM_READ|VM_WRITE|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_ACCOUNT|VM_SOFTDIRTY, as an ordinary mapping has them. */
const ORDINARY = '0x8100073';
/** The same with VM_UFFD_MISSING. */
const USERFAULTFD = '0x8100273';

function anonymous(label: string, pageState: string): Situation {
  const vma = { kind: 'anon', share: 'private', prot: 'rw-', vm_flags: ORDINARY, len: 4 * PAGE } as const;
  return { label, vma, pageState };
}

/** Memory that was never touched: what a scenario starts from. */
export const UNPOPULATED: Situation = anonymous('never touched', 'unpopulated');

/** In the order of the table. */
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
];
