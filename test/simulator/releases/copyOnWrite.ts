/** Who owns an anonymous page: by mapcount, by page count, by PG_anon_exclusive. */

import type { PteBefore, Scenario } from '../../../simulator/src/index.js';
import type { Change } from './across.js';

const READ_ONLY = { kind: 'anon', share: 'private', prot: 'r--', len: 16384 } as const;

/** A page mapped once and read-only, written before; `ref` counts more than the mapping if something else holds it. */
function written(names: readonly string[], ref: number): Partial<Scenario> {
  const entry: PteBefore = {
    lvl: 1,
    f: ['present', 'dirty', 'young', 'anon', ...names],
    ref,
    map: 1,
    pin: 0,
  };
  return { page_state: 'written_then_forked_child_exited', pte_before: [entry, entry, entry, entry] };
}

const IN_A_BATCH = { ...written([], 2), flags: ['FOLL_WRITE'] };
const IN_SWAP_CACHE = { ...written(['swapcache'], 2), flags: ['FOLL_WRITE'] };
const FORKED = { page_state: 'written_then_forked_child_alive' };
const FORCED = { vma: READ_ONLY, flags: ['FOLL_WRITE', 'FOLL_FORCE'] };

export const COPY_ON_WRITE: readonly Change[] = [
  {
    what: 'a page that a batch holds too: by mapcount it is ours, by page count it is copied',
    of: ['wpReuseByMapcount', 'wpReuseByPageCount'],
    scenario: IN_A_BATCH,
    before: ['5.8', { ret: 1, same_page_as_before: true, faults: ['WRITE -> WRITE'] }],
    since: ['5.9', { ret: 1, same_page_as_before: false, faults: ['WRITE -> WRITE'] }],
  },
  {
    what: 'the batches are drained before references are counted',
    of: ['wpReuseLeavesSwapCache'],
    scenario: IN_A_BATCH,
    before: ['5.17', { same_page_as_before: false }],
    since: ['5.18', { same_page_as_before: true }],
  },
  {
    what: 'reuse by mapcount takes the page out of the swap cache, the page count is 2 there',
    of: ['wpReuseByMapcount'],
    scenario: IN_SWAP_CACHE,
    before: ['5.8', { same_page_as_before: true, held: ['anon', 'pg_dirty'] }],
    since: ['5.9', { same_page_as_before: false, held: ['anon'] }],
  },
  {
    what: 'the page is taken out of the swap cache before references are counted',
    of: ['wpReuseLeavesSwapCache'],
    scenario: IN_SWAP_CACHE,
    before: ['5.17', { same_page_as_before: false }],
    since: ['5.18', { same_page_as_before: true }],
  },
  {
    what: 'more references than mapping, batch and swap cache explain: other pages stay in their batches',
    of: ['wpReuseAllowsForBatchAndCache'],
    scenario: { ...written([], 3), fn: 'user_write' },
    before: ['7.2', { ret: 0, mappedNext: 'present dirty young anon x2' }],
    since: ['7.3', { ret: 0, mappedNext: 'present dirty young anon x3' }],
  },
  {
    what: 'a new page is marked exclusive',
    of: ['anonExclusive'],
    scenario: { flags: ['FOLL_WRITE'] },
    before: ['5.18', { held: ['anon'], refcount_delta: 1 }],
    since: ['5.19', { held: ['anon', 'anon_exclusive'], refcount_delta: 1 }],
  },
  {
    what: 'a read pin of a page shared with a child unshares it',
    of: ['unshareBeforePin'],
    scenario: { ...FORKED, fn: 'pin_user_pages' },
    before: ['5.18', { same_page_as_before: true, faults: [] }],
    since: ['5.19', { same_page_as_before: false, faults: ['UNSHARE ->'] }],
  },
  {
    what: 'a forced write follows an exclusive page at once; before, FOLL_COW had to come from a second fault',
    of: ['follCow', 'forceWriteByExclusive'],
    scenario: FORCED,
    before: ['5.19', { ret: 1, faults: ['WRITE ->', 'WRITE -> WRITE'] }],
    since: ['6.0', { ret: 1, faults: ['WRITE ->'] }],
  },
  {
    what: 'reads that take a page of a COW mapping walk as writes in 5.8 alone',
    of: ['forceCowBreak'],
    scenario: { fn: 'get_user_pages' },
    before: ['5.7', { faults: ['->'], held: ['zero_page'] }],
    since: ['5.8', { faults: ['WRITE ->'], held: ['anon'] }],
  },
  {
    what: 'and no more since',
    of: ['forceCowBreak'],
    scenario: { fn: 'get_user_pages' },
    before: ['5.8', { faults: ['WRITE ->'] }],
    since: ['5.9', { faults: ['->'] }],
  },
  {
    what: 'a long-term read pin of the zero page gets a page of its own',
    of: ['unshareAnyPage'],
    scenario: { fn: 'pin_user_pages', flags: ['FOLL_LONGTERM'] },
    before: ['6.1', { faults: ['->'], held: ['zero_page'] }],
    since: ['6.2', { faults: ['->', 'UNSHARE ->'], held: ['anon', 'anon_exclusive', 'maybe_dma_pinned'] }],
  },
  {
    what: 'VM_FAULT_WRITE is gone',
    of: ['vmFaultWrite'],
    scenario: { ...FORKED, flags: ['FOLL_WRITE'] },
    before: ['6.1', { faults: ['WRITE -> WRITE'] }],
    since: ['6.2', { faults: ['WRITE ->'] }],
  },
];
