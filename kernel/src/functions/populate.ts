/** The functions of mm/ that populate a range: for mlock, MAP_POPULATE and MADV_POPULATE. */

import type { FunctionFact } from '../facts.js';
import { prototype } from './prototype.js';

export const POPULATE: readonly FunctionFact[] = [
  {
    name: 'populate_vma_page_range',
    kind: 'gup',
    visibility: 'mm',
    signatures: [
      prototype(
        '4.8',
        '5.6',
        'long populate_vma_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, int *nonblocking)',
      ),
      prototype(
        '5.7',
        null,
        'long populate_vma_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, int *locked)',
      ),
    ],
    flagsNamespace: null,
    adds: [
      { since: '4.8', until: '5.17', flags: ['FOLL_TOUCH', 'FOLL_MLOCK', 'FOLL_POPULATE'] },
      { since: '5.18', flags: ['FOLL_TOUCH'] },
      { since: '4.8', flags: ['FOLL_WRITE'], when: 'vma-private-writable' },
      { since: '4.8', flags: ['FOLL_FORCE'], when: 'vma-accessible' },
      { since: '6.3', flags: ['FOLL_UNLOCKABLE'], when: 'locked-given' },
    ],
    refuses: [
      {
        since: '6.9',
        condition: 'the VMA is not accessible (PROT_NONE)',
        how: 'silently',
        returns: '-EFAULT',
      },
    ],
    lock: [
      { since: '4.8', before: 'mmap-lock', after: 'depends-on-locked', note: 'locked NULL: never dropped.' },
    ],
    acquires: 'none',
    releasedBy: [],
    returns: [
      { since: '4.8', value: '>=0', when: 'pages processed, may be short' },
      { since: '4.8', value: '<0', when: 'an error of GUP' },
    ],
    notes:
      'FOLL_POPULATE is left out for VM_LOCKONFAULT until 5.17; since 5.18 such a VMA returns at once. FOLL_FORCE since 6.9 only where the VMA is not private and writable. Drains the LRU caches afterwards since 5.18.',
    evidence: [{ where: 'mm/gup.c populate_vma_page_range' }],
  },
  {
    name: 'faultin_vma_page_range',
    kind: 'gup',
    visibility: 'mm',
    signatures: [
      prototype(
        '5.14',
        '6.8',
        'long faultin_vma_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool write, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '5.14', until: '5.17', flags: ['FOLL_TOUCH', 'FOLL_POPULATE', 'FOLL_MLOCK', 'FOLL_HWPOISON'] },
      { since: '5.18', until: '6.2', flags: ['FOLL_TOUCH', 'FOLL_HWPOISON'] },
      { since: '6.3', until: '6.8', flags: ['FOLL_TOUCH', 'FOLL_HWPOISON', 'FOLL_UNLOCKABLE'] },
      { since: '5.14', until: '6.8', flags: ['FOLL_WRITE'], when: 'write-given' },
    ],
    refuses: [],
    lock: [
      {
        since: '5.14',
        until: '6.8',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: 'locked is mandatory.',
      },
    ],
    acquires: 'none',
    releasedBy: [],
    returns: [
      { since: '5.14', until: '6.8', value: 'pages or an error', when: '-EHWPOISON is possible' },
      { since: '5.15', until: '6.8', value: '-EINVAL', when: 'check_vma_flags() refused the VMA' },
    ],
    notes:
      'For MADV_POPULATE_READ and MADV_POPULATE_WRITE. Not in the mm/gup.c of d1e153fea2a8 (5.13), in 5.14-rc5.',
    evidence: [{ where: 'mm/gup.c faultin_vma_page_range' }],
  },
  {
    name: 'faultin_page_range',
    kind: 'gup',
    visibility: 'mm',
    signatures: [
      prototype(
        '6.9',
        null,
        'long faultin_page_range(struct mm_struct *mm, unsigned long start, unsigned long end, bool write, int *locked)',
      ),
    ],
    flagsNamespace: 'FOLL',
    adds: [
      { since: '6.9', flags: ['FOLL_TOUCH', 'FOLL_HWPOISON', 'FOLL_UNLOCKABLE', 'FOLL_MADV_POPULATE'] },
      { since: '6.9', flags: ['FOLL_WRITE'], when: 'write-given' },
    ],
    refuses: [],
    lock: [
      {
        since: '6.9',
        before: 'mmap-lock',
        after: 'depends-on-locked',
        note: 'locked is mandatory and points to 1; retries inside through __get_user_pages_locked().',
      },
    ],
    acquires: 'none',
    releasedBy: [],
    returns: [
      { since: '6.9', value: '-ENOMEM', when: 'no VMA in the range' },
      { since: '6.9', value: '-EINVAL', when: 'the flags of the VMA refuse' },
      { since: '6.9', value: 'pages or an error', when: 'otherwise' },
    ],
    notes: 'For MADV_POPULATE_READ and MADV_POPULATE_WRITE; took the place of faultin_vma_page_range().',
    evidence: [{ where: 'mm/gup.c faultin_page_range', commit: '631426ba1d45' }],
  },
];
