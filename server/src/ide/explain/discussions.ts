/** The discussions of linux-mm that the model was asked about: what was the question, and what is the answer, in short. */

import { SWITCHES, type SwitchName } from '../../../../kernel/src/index.js';

/** One discussion. */
export interface Discussion {
  /** As commands take it, litmus files name it, and its page is called. */
  readonly name: string;
  readonly title: string;
  /** `2023-05`. */
  readonly date: string;
  readonly question: string;
  /** What the model says, a sentence or two each; docs/discussions has the figures, tests hold them. */
  readonly answers: readonly string[];
  readonly upstream: string;
  /** Proposals of it that can be turned on. */
  readonly proposals: readonly SwitchName[];
}

/** In order of time. */
export const DISCUSSIONS: readonly Discussion[] = [
  {
    name: 'explicit-flags',
    title: 'Explicit FOLL_ flags',
    date: '2016-10',
    question:
      'What did int write, int force and flags that were added unseen do, and could FOLL_REMOTE be implied by mm != current->mm?',
    answers: [
      'The integers of v4.8 and the flags of v4.9 do the same in every situation.',
      'FOLL_FORCE overrides VM_READ, and VM_WRITE in private mappings only; up to v6.4 it reads past PROT_NONE entries, NUMA hints among them.',
      'FOLL_TOUCH was lost where __get_user_pages_unlocked() was called, and came back with v4.10.',
      'An implied FOLL_REMOTE differs on the own mm, where rights for the protection key are missing: -EFAULT in place of the page.',
    ],
    upstream: 'v4.9 has explicit flags; FOLL_REMOTE stayed, set by the remote functions alone.',
    proposals: ['remoteImplied'],
  },
  {
    name: 'longterm-remote',
    title: 'FOLL_LONGTERM and get_user_pages_remote()',
    date: '2019-11',
    question:
      'Why does get_user_pages_remote() refuse FOLL_LONGTERM, so that VFIO needs if (mm == current->mm)?',
    answers: [
      'v5.2 to v5.5 refuse the flag, v5.6 to v6.1 the flag with a locked pointer; since v5.10 it is for pins only, and since v6.2 a pin may have both.',
      'The sketch of the discussion does in v5.5 what v5.6 does.',
      'In the split the branch for another process is no long-term pin; since v5.6 one remote call does for both.',
    ],
    upstream: 'c4237f8b1f4f (v5.6) is the sketch; VFIO lost its split in the same release.',
    proposals: ['longtermRemoteDirect'],
  },
  {
    name: 'unshare-gup-fast',
    title: 'FAULT_FLAG_UNSHARE, and gup-fast against fork()',
    date: '2021-12',
    question:
      'May gup-fast look at the map count of a page while fork() runs, and which design keeps both pins and secrets?',
    answers: [
      'Whatever a lockless pin looks at, write_protect_seq is what saves it from fork(): without it the pin may lose its page in every release.',
      'The map count, if writes go by it too, keeps pins across fork(), gup-fast included; it loses one where a swap entry still refers to the page.',
      'Only PageAnonExclusive with unsharing (v5.19) forbids both that a child reads what its parent writes, and that a pin loses its page.',
    ],
    upstream:
      'Merged in v5.19 with PageAnonExclusive (6c287605fd56, a7f226604170) in place of the map count.',
    proposals: ['unshareByMapcount'],
  },
  {
    name: 'nowait-unlockable',
    title: 'FOLL_UNLOCKABLE against FOLL_NOWAIT',
    date: '2023-05',
    question:
      'A fault with RETRY_NOWAIT never waits: does FOLL_UNLOCKABLE, which makes it KILLABLE, make sense with it?',
    answers: [
      'With the proposal KILLABLE is gone from such faults. Nothing else differs, neither results nor the lock, in any situation.',
      'A locked pointer that is not NULL lets the lock be dropped, NULL keeps it, an unlocked function may always drop it.',
    ],
    upstream: 'Not merged.',
    proposals: ['nowaitNotUnlockable'],
  },
  {
    name: 'lock-dropped',
    title: 'A flag for a fault that dropped its lock?',
    date: '2023-06',
    question:
      'folio_lock_fault() may drop mmap_lock or the lock of the VMA: does the caller need FAULT_FLAG_LOCK_DROPPED to know?',
    answers: [
      'The lock is gone if and only if the result has RETRY (without RETRY_NOWAIT) or COMPLETED: of mmap_lock in every release, of the lock of the VMA since v6.6. The flag is redundant.',
      'Up to v5.6 handle_userfault() dropped the lock, took it again and said NOPAGE: the flag would have told the opposite of the truth.',
    ],
    upstream: 'The flag was withdrawn; v6.6 has the rule.',
    proposals: ['lockDroppedFlag'],
  },
];

/** The discussion of this name; null: there is none. */
export function discussionNamed(name: string): Discussion | null {
  return DISCUSSIONS.find(each => each.name === name) ?? null;
}

/** Its proposals with what they change. */
export function proposalsOf({ proposals }: Discussion): readonly { name: SwitchName; meaning: string }[] {
  return SWITCHES.filter(fact => proposals.includes(fact.name)).map(({ name, meaning }) => ({
    name,
    meaning,
  }));
}
