/** Files of a disk: what is read, mapped and refused. */

import type { Change } from './across.js';

const EXT4 = { kind: 'ext4', share: 'shared', prot: 'rw-', len: 16384 } as const;
const DAX = { ...EXT4, kind: 'ext4_dax' } as const;
const RETRIED = { fn: 'get_user_pages_remote', mm: 'remote', locked: 1 } as const;
const CACHED = 'file_cached_not_mapped';
const LONGTERM = { fn: 'pin_user_pages', flags: ['FOLL_LONGTERM'], vma: DAX, page_state: CACHED } as const;

export const FILES: readonly Change[] = [
  {
    what: 'a read drops the lock, for a hole too',
    of: ['fileReadDropsLock'],
    scenario: { ...RETRIED, vma: EXT4, page_state: 'file_hole_not_cached' },
    before: ['5.0', { ret: 1, locked_after: 1, faults: ['ALLOW_RETRY REMOTE -> MAJOR LOCKED'] }],
    since: [
      '5.1',
      {
        ret: 1,
        locked_after: 0,
        faults: ['ALLOW_RETRY REMOTE -> MAJOR RETRY', 'TRIED REMOTE -> NOPAGE'],
      },
    ],
  },
  {
    what: 'the last page of a file is not mapped by fault-around where there is no table',
    of: ['mapPagesNotAcrossEof'],
    scenario: { vma: { ...EXT4, len: 4096 }, page_state: CACHED },
    before: ['6.11', { ret: 1, faults: ['-> NOPAGE'], mapped: 'present young x4' }],
    since: ['6.12', { ret: 1, faults: ['-> LOCKED'], mapped: 'present young x4' }],
  },
  {
    what: 'a file that was written at once is in one folio',
    of: ['ext4LargeFolios'],
    scenario: { fn: 'pin_user_pages', nr: 2, vma: EXT4, page_state: CACHED },
    before: ['6.15', { ret: 2, faults: ['-> NOPAGE'], mapped: 'present young maybe_dma_pinned x1027' }],
    since: [
      '6.16',
      { ret: 2, faults: ['-> NOPAGE'], mapped: 'present young large_folio maybe_dma_pinned x11' },
    ],
  },
  {
    what: 'a write fault maps all of the folio, so that the next page needs none',
    of: ['finishFaultMapsFolio'],
    scenario: { fn: 'pin_user_pages', nr: 2, vma: EXT4, page_state: CACHED, flags: ['FOLL_WRITE'] },
    before: ['6.17', { ret: 2, faults: ['WRITE -> LOCKED', 'WRITE -> LOCKED'] }],
    since: ['6.18', { ret: 2, faults: ['WRITE -> LOCKED'] }],
  },
  {
    what: 'a long-term pin of DAX is refused before anything is pinned',
    of: ['longtermRefusesFsdaxFirst'],
    scenario: LONGTERM,
    before: ['5.10', { ret: -95, held: [], faults: ['-> NOPAGE'] }],
    since: ['5.11', { ret: -95, held: [], faults: [] }],
  },
];
