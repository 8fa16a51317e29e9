/** From a scenario to a state: the memory situation before the call. */

import type { Behaviour } from './behaviour.js';
import { NotModelled } from './notModelled.js';
import { SHOWN_PTES } from './outcome.js';
import type { PteBefore, Scenario } from './scenario.js';
import { pteFromRecord, ptesFromPageState, type Situation } from './setupPages.js';
import { fillPageCache } from './setupShmem.js';
import { stackVma, vmaFromSetup } from './setupVma.js';
import { FOLIO, nonePte, type State } from './state.js';

const PAGE_SIZE = 4096;

const KNOWN_KINDS: ReadonlySet<string> = new Set(['anon', 'tmpfs_memfd', 'secretmem', 'driver', 'special']);

/** Special addresses that no mapping covers: holes, and below the stack, which GUP does not grow. */
const UNMAPPED: ReadonlySet<string> = new Set(['unmapped', 'null_addr', 'below_stack', 'far_below_stack']);

/** Special addresses that user space cannot have. */
const NOT_USER: ReadonlySet<string> = new Set(['kernel_addr', 'noncanonical_addr', 'task_size_addr']);

/** Past the end of the region nothing is mapped. */
const BEFORE_HOLE = 'cross_hole_nr4';

/** Special addresses that private anonymous memory covers: the stack, and a region before a hole. */
const MAPPED_SPECIAL: ReadonlySet<string> = new Set(['stack', BEFORE_HOLE]);

/** What options of a call the model knows; another one makes the scenario not modelled. */
const KNOWN_OPTS: ReadonlySet<string> = new Set([
  'pages_null',
  'sigkill_pending',
  'signal_pending',
  'mmap_write_lock_held',
  'write_protect_seq_odd',
  'write_protect_seq_bumped_during_fast',
]);

/**
 * The state before the call. `lockHeld`: the function wants mmap_lock held on entry;
 * `wholeRegion`: the region's pages beside those asked for are looked at too. Throws {@link NotModelled} for what
 * has no model. The entries of the page table are taken from `pte_before` where it is given.
 */
export function initialState(
  scenario: Scenario,
  behaviour: Behaviour,
  lockHeld: boolean,
  wholeRegion: boolean,
): State {
  refuseUnknown(scenario);
  if (wholeRegion && scenario.addr_offset >= PAGE_SIZE)
    throw new NotModelled(`${scenario.fn} of a page that is not the first of the region`);
  const { vma, pkeyAccessDisabled, pkeyWriteDisabled } = vmaFromSetup(scenario);
  const situation: Situation = {
    state: {
      lock: initialLock(scenario, lockHeld),
      vmaLock: false,
      vma,
      stackAbove:
        scenario.vma.kind === 'special' && scenario.page_state.endsWith('below_stack') ? stackVma() : null,
      canonicalAddress: !(scenario.vma.kind === 'special' && scenario.page_state === 'noncanonical_addr'),
      userAddress: !(scenario.vma.kind === 'special' && NOT_USER.has(scenario.page_state)),
      pageTable: false,
      ptes: [],
      folios: [{ bits: FOLIO.ZERO_PAGE, ref: 1, map: 0, batch: 'none' }],
      pageCache: [],
      zeroPage: 0,
      task: {
        sigkill: scenario.opts.includes('sigkill_pending'),
        signal: scenario.opts.includes('signal_pending'),
        memallocPin: false,
        pkeyAccessDisabled,
        pkeyWriteDisabled,
      },
      foreignMm: scenario.mm === 'remote',
      writeProtectSeq: writeProtectSeq(scenario),
      movable: scenario.variant === 'movable',
    },
    vma,
    behaviour,
    pageState: scenario.page_state,
    fileWritten: scenario.vma.kind === 'tmpfs_memfd',
  };
  const asked = Math.max(scenario.nr, 1);
  const count = wholeRegion ? Math.max(asked, regionPages(scenario)) : asked;
  if (scenario.vma.kind === 'special' && !MAPPED_SPECIAL.has(scenario.page_state))
    return withoutMapping(situation.state, scenario, behaviour, asked);
  fillPages(situation, scenario.pte_before, count);
  vma.anonVma = hadAnonymousPage(situation.state, scenario.page_state);
  if (vma.shmem || vma.secretmem) fillPageCache(situation.state, scenario.page_state, vma.shared);
  return situation.state;
}

/** Whether the vma has an anon_vma: a page of its own is, or by `page_state` was, in it. */
function hadAnonymousPage(state: State, pageState: string): boolean {
  if (state.vma === null || state.vma.shared) return false;
  const own = state.ptes.some(
    pte => pte.swap === 'swap' || ((state.folios[pte.folio]?.bits ?? 0) & FOLIO.ANON) !== 0,
  );
  return own || pageState.startsWith('written') || pageState === 'hwpoisoned';
}

/** Pages of the region that an outcome shows. */
function regionPages({ vma, pte_before: before }: Scenario): number {
  const pages = before === undefined || before.length === 0 ? Math.ceil(vma.len / PAGE_SIZE) : before.length;
  return Math.min(pages, SHOWN_PTES);
}

/** The state of an address that no mapping covers. */
function withoutMapping(state: State, scenario: Scenario, behaviour: Behaviour, count: number): State {
  const { page_state: pageState, pte_before: before = [] } = scenario;
  if (!UNMAPPED.has(pageState) && !NOT_USER.has(pageState)) throw new NotModelled(`the address ${pageState}`);
  if (pageState.endsWith('below_stack') && behaviour.switches.gupGrowsStack) {
    throw new NotModelled('a stack that GUP may grow');
  }
  if (count > 1) throw new NotModelled('a range of which nothing may be mapped');
  state.vma = null;
  state.pageTable = before.some(pte => pte.lvl > 0);
  state.ptes.push(nonePte());
  return state;
}

function fillPages(situation: Situation, before: readonly PteBefore[] | undefined, count: number): void {
  const { state } = situation;
  if (before === undefined || before.length === 0) {
    ptesFromPageState(situation, count);
    return;
  }
  const shown = Math.min(count, SHOWN_PTES);
  if (before.length < shown) throw new NotModelled('pte_before has fewer entries than pages asked for');
  state.pageTable = before.some(pte => pte.lvl > 0);
  for (let i = 0; i < shown; i++) {
    const record = before[i];
    state.ptes.push(record === undefined ? nonePte() : pteFromRecord(situation, record));
  }
  // Of pages that the walk before the call did not look at, page_state says how they were prepared.
  if (count > shown) ptesFromPageState(situation, count);
}

function writeProtectSeq({ opts }: Scenario): State['writeProtectSeq'] {
  if (opts.includes('write_protect_seq_odd')) return 'odd';
  return opts.includes('write_protect_seq_bumped_during_fast') ? 'bumped-during-fast' : 'even';
}

function initialLock(scenario: Scenario, lockHeld: boolean): State['lock'] {
  const write = scenario.opts.includes('mmap_write_lock_held');
  if (!lockHeld) {
    if (write) throw new NotModelled(`${scenario.fn}() called with mmap_lock held: it takes the lock itself`);
    return 'none';
  }
  return write ? 'write' : 'read';
}

function refuseUnknown(scenario: Scenario): void {
  const { vma, opts, nr, addr_offset: offset } = scenario;
  if (!KNOWN_KINDS.has(vma.kind)) throw new NotModelled(`memory of kind ${vma.kind}`);
  const unknown = opts.find(opt => !KNOWN_OPTS.has(opt));
  if (unknown !== undefined) throw new NotModelled(`the option ${unknown}`);
  const beforeHole = vma.kind === 'special' && scenario.page_state === BEFORE_HOLE;
  if (!beforeHole && Math.floor(offset / PAGE_SIZE) + nr > Math.ceil(vma.len / PAGE_SIZE))
    throw new NotModelled('a range that leaves the mapping');
}
