/** Differences between trees that were read and the profile of their release, with the reason of each. */

import type { Release } from '../../kernel/src/index.js';
import type { TreeDifference } from './compareTree.js';

/** One known difference. */
export interface Explained {
  readonly release: Release;
  /** The flags, functions or masks. */
  readonly names: readonly string[];
  readonly what: TreeDifference['what'];
  /** Why the tree differs, and why the profile is right for the release all the same. */
  readonly reason: string;
}

export const EXPLAINED: readonly Explained[] = [
  {
    release: '4.8',
    names: ['FOLL_COW'],
    what: 'presence',
    reason: 'In 4.8.y by backport of 19be0eaffa3a (Dirty COW), which is in 4.9; seen in 4.8.15.',
  },
  {
    release: '4.14',
    names: ['FOLL_ANON'],
    what: 'presence',
    reason: 'In 4.14.y by backport from 4.17; seen in 4.14.177.',
  },
  {
    release: '4.14',
    names: ['get_user_pages_longterm'],
    what: 'presence',
    reason: 'In 4.14.y by backport of 2bb6d2837083, which is in 4.15; seen in 4.14.177.',
  },
  {
    release: '4.16',
    names: ['FOLL_ANON'],
    what: 'presence',
    reason: 'In 4.16.y by backport from 4.17; seen in 4.16.13.',
  },
  {
    release: '5.15',
    names: ['FOLL_NOFAULT'],
    what: 'presence',
    reason: 'In 5.15.y by backport of 55b8fe703bc5, which is in 5.16; seen in 5.15.85, not in 5.15.16.',
  },
  {
    release: '5.15',
    names: ['internal_get_user_pages_fast() mask'],
    what: 'mask',
    reason: 'The fast walk of 5.15.y accepts FOLL_NOFAULT, which came there by backport from 5.16.',
  },
  {
    release: '5.15',
    names: [
      'fault_in_readable',
      'fault_in_writeable',
      'fault_in_safe_writeable',
      'fault_in_iov_iter_readable',
      'fault_in_iov_iter_writeable',
    ],
    what: 'presence',
    reason: 'In 5.15.y by backport from 5.16, with FOLL_NOFAULT; seen in 5.15.85, not in 5.15.16.',
  },
  {
    release: '5.15',
    names: ['fault_in_pages_readable', 'fault_in_pages_writeable'],
    what: 'presence',
    reason: 'Replaced in 5.15.y by fault_in_readable() and fault_in_writeable(), as in 5.16.',
  },
  {
    release: '6.1',
    names: ['lock_mm_and_find_vma'],
    what: 'presence',
    reason: 'In 6.1.y by backport from 6.5 (stack growth under the write lock); seen in 6.1.192.',
  },
  {
    release: '6.4',
    names: ['lock_mm_and_find_vma'],
    what: 'presence',
    reason: 'In 6.4.y by backport from 6.5 (stack growth under the write lock); seen in 6.4.6.',
  },
];
