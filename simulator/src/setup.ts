/** From a scenario to a state: the memory situation before the call. */

import type { Behaviour } from './behaviour.js';
import { emptyNotes, type Range } from './machine.js';
import { NotModelled } from './notModelled.js';
import { SHOWN_PTES } from './outcome.js';
import type { PteBefore, Scenario } from './scenario.js';
import { OPTS } from './scenarioSchema.js';
import { fillFileCache } from './setupFile.js';
import { fillHugetlbCache, putHugetlbPage } from './setupHugetlb.js';
import {
  isFile,
  isUffdWpUnnamed,
  pteFromRecord,
  ptesFromPageState,
  putPte,
  type Situation,
} from './setupPages.js';
import { fillPageCache } from './setupShmem.js';
import { prepareBySteps, preparedBySteps } from './setupSteps.js';
import { mapsHugePage, putHugePage, putPageOfHugePage } from './setupThp.js';
import { SPECIAL_MAPPINGS, stackVma, vmaFromSetup } from './setupVma.js';
import {
  entriesOf,
  FOLIO,
  hugePageStart,
  insertVma,
  isHugeZeroFolio,
  isVmHugetlbPage,
  type LockMode,
  type Mm,
  MONITOR_TASK,
  newFolio,
  newMm,
  newTask,
  pageFolio,
  pmdOffset,
  pteAlloc,
  type State,
  type Task,
  take,
  type Vma,
  type VmOps,
} from './state/index.js';

const PAGE_SIZE = 4096;

const HPAGE_PMD_ORDER = 9;

const KNOWN_KINDS: ReadonlySet<string> = new Set([
  'anon',
  'anon_thp',
  'tmpfs_memfd',
  'hugetlb',
  'secretmem',
  'driver',
  'ext4',
  'ext4_dax',
  'special',
]);

/** Mappings of files that have a page cache. */
const CACHED: ReadonlySet<VmOps> = new Set<VmOps>(['shmem', 'secretmem']);

/** Special addresses that no mapping covers: holes, and below the stack, which GUP does not grow. */
const UNMAPPED: ReadonlySet<string> = new Set(['unmapped', 'null_addr', 'below_stack', 'far_below_stack']);

/** Special addresses that user space cannot have. */
const NOT_USER: ReadonlySet<string> = new Set([
  'kernel_addr',
  'noncanonical_addr',
  'task_size_addr',
  'vsyscall',
]);

/** Special addresses that are no positive number in a signed word. */
const OFFSETS: ReadonlyMap<string, Range['asOffset']> = new Map<string, Range['asOffset']>([
  ['kernel_addr', 'negative'],
  ['vsyscall', 'negative'],
  ['noncanonical_addr', 'unknown'],
]);

/** Past the end of the region nothing is mapped. */
const BEFORE_HOLE = 'cross_hole_nr4';

/** Special addresses that a mapping covers: the stack, a region before a hole, one of unlike pages, and pages of the kernel. */
const MAPPED_SPECIAL: ReadonlySet<string> = new Set([
  'stack',
  BEFORE_HOLE,
  'cross_mixed_nr4',
  ...SPECIAL_MAPPINGS,
]);

/** What options of a call the model knows; another one makes the scenario not modelled. */
const KNOWN_OPTS: ReadonlySet<string> = new Set(OPTS);

/**
 * What an outcome tells of: the pages asked for, the region's pages beside those too, or the pages of the file alone,
 * without the page table.
 */
export type View = 'asked' | 'region' | 'file';

/** The machine's memory before the call. */
export interface Prepared {
  readonly state: State;
  /** The address space that the call works on. */
  readonly mm: Mm;
  readonly caller: Task;
  readonly range: Range;
}

/**
 * The state before the call. `lockHeld`: the function wants mmap_lock held on entry. Throws {@link NotModelled} for what
 * has no model. The entries of the page table are taken from `pte_before` where it is given.
 */
export function prepare(scenario: Scenario, behaviour: Behaviour, lockHeld: boolean, view: View): Prepared {
  refuseUnknown(scenario);
  const { vma, file, pkru } = vmaFromSetup(scenario);
  const mm = newMm(0);
  const caller = callerOf(scenario, pkru);
  const state: State = {
    mms: scenario.mm === 'remote' ? [mm, newMm(1)] : [mm],
    folios: [newFolio({ bits: FOLIO.ZERO_PAGE, ref: 1 })],
    tasks: vma.uffd === null ? [caller] : [caller, newTask(MONITOR_TASK, mm.index)],
    files: file === null ? [] : [file],
    uffds: vma.uffd === null ? [] : [{ used: 0, waiters: [] }],
    slots: [],
    ptl: -1,
    zeroPage: 0,
    movable: scenario.variant === 'movable',
  };
  const mode = initialLock(scenario, lockHeld);
  if (scenario.opts.includes('write_protect_seq_odd')) mm.writeProtectSeq = 1;
  const unmapped = scenario.vma.kind === 'special' && !MAPPED_SPECIAL.has(scenario.page_state);
  const range = rangeOf(scenario, view === 'region' && unmapped ? 'asked' : view, vma);
  const prepared: Prepared = { state, mm, caller, range };
  if (unmapped) prepareUnmapped(prepared, scenario);
  else prepareMapped(prepared, scenario, behaviour, vma, view);
  if (mode !== 'none') take(mm.mmapLock, caller.index, mode);
  return prepared;
}

/** The mapping, what its entries map, and the page cache behind it. */
function prepareMapped(
  { state, mm, caller, range }: Prepared,
  scenario: Scenario,
  behaviour: Behaviour,
  vma: Vma,
  view: View,
): void {
  insertVma(mm, vma);
  const file = state.files[vma.file];
  const { page_state: pageState } = scenario;
  const situation: Situation = {
    state,
    mm,
    vma,
    behaviour,
    pageState,
    huge: scenario.vma.kind === 'anon_thp',
    folioOrder: folioOrderOf(scenario, behaviour),
    fileWritten: scenario.vma.kind === 'tmpfs_memfd',
  };
  const pages = pagesOf(range, scenario.nr);
  fillPages(situation, pages, view === 'file' ? [] : (scenario.pte_before ?? []));
  vma.anonVma = hadAnonymousPage(situation);
  if (file !== undefined && isVmHugetlbPage(vma)) fillHugetlbCache(situation, file, pages);
  else if (file !== undefined && isFile(vma)) fillFileCache(situation, file, pages);
  else if (file !== undefined && CACHED.has(vma.ops)) fillPageCache(situation, file, pages);
  if (situation.huge && scenario.pte_before === undefined && preparedBySteps(pageState)) {
    if (caller.mm !== mm.index)
      throw new NotModelled("large folios of another process's mm that are prepared by steps");
    const machine = { behaviour, state, current: caller, mm, range, notes: emptyNotes() };
    prepareBySteps(machine, pageState, 1 << situation.folioOrder);
  }
}

/** Order of the folios that anonymous memory is allocated in: vma.folio_order, that of a huge page where it says nothing. */
function folioOrderOf({ vma }: Scenario, behaviour: Behaviour): number {
  const order = typeof vma.folio_order === 'number' ? vma.folio_order : HPAGE_PMD_ORDER;
  if (order < HPAGE_PMD_ORDER && !behaviour.switches.anonLargeFolios)
    throw new NotModelled(`anonymous folios of order ${order}: v${behaviour.release} has none`);
  return order;
}

function callerOf({ mm, opts }: Scenario, pkru: number): Task {
  return {
    ...newTask(0, mm === 'remote' ? 1 : 0),
    sigkill: opts.includes('sigkill_pending'),
    signal: opts.includes('signal_pending'),
    pkru,
  };
}

function rangeOf(scenario: Scenario, view: View, mapping: Vma): Range {
  const { vma, page_state: pageState, addr_offset: offset, nr } = scenario;
  const asked = Math.max(nr, 1);
  const start = Math.floor(offset / PAGE_SIZE);
  const region = view === 'region';
  return {
    start,
    shown: region ? 0 : start,
    pages: region ? regionPages(scenario) : asked,
    walked: view !== 'file',
    namesUffdWp: scenario.pte_before?.some(record => isUffdWpUnnamed(mapping, record)) !== true,
    userAddress: !(vma.kind === 'special' && NOT_USER.has(pageState)),
    gateArea: vma.kind === 'special' && pageState === 'vsyscall',
    asOffset: vma.kind === 'special' ? (OFFSETS.get(pageState) ?? 'positive') : 'positive',
    canonicalAddress: !(vma.kind === 'special' && pageState === 'noncanonical_addr'),
  };
}

/** Whether the vma has an anon_vma: a page of its own is, or by `page_state` was, in it. */
function hadAnonymousPage({ state, mm, vma, pageState }: Situation): boolean {
  if (vma.shared) return false;
  if (pageState.startsWith('written') || pageState === 'hwpoisoned') return true;
  for (const { swap, pfn } of entriesOf(mm.pageTable, vma.start, vma.end)) {
    const folio = pageFolio(state.folios, pfn);
    if (swap === 'swap' || ((folio?.bits ?? 0) & FOLIO.ANON) !== 0) return true;
    // do_huge_pmd_anonymous_page() sees to it before it looks whether the fault is a read.
    if (folio !== undefined && isHugeZeroFolio(folio)) return true;
  }
  return false;
}

/** Pages of the region that an outcome shows. */
function regionPages({ vma, pte_before: before }: Scenario): number {
  const pages = before === undefined || before.length === 0 ? Math.ceil(vma.len / PAGE_SIZE) : before.length;
  return Math.min(pages, SHOWN_PTES);
}

/** An address that no mapping covers. */
function prepareUnmapped({ mm, range }: Prepared, scenario: Scenario): void {
  const { page_state: pageState, pte_before: before = [] } = scenario;
  if (!UNMAPPED.has(pageState) && !NOT_USER.has(pageState)) throw new NotModelled(`the address ${pageState}`);
  const belowStack = pageState.endsWith('below_stack');
  if (range.pages > 1) throw new NotModelled('a range of which nothing may be mapped');
  if (belowStack) insertVma(mm, stackVma(range.start + 1));
  if (before.some(pte => pte.lvl > 0)) pteAlloc(mm.pageTable, range.start);
}

/** The pages that the outcome tells of, then those asked for that are not among them. */
function pagesOf({ start, shown, pages: count }: Range, nr: number): number[] {
  const pages: number[] = [];
  for (let page = shown; page < shown + count; page++) pages.push(page);
  for (let page = start; page < start + nr; page++)
    if (page < shown || page >= shown + count) pages.push(page);
  return pages;
}

/** Entries of `pages`: the records are of the first ones, how the others were prepared says page_state. */
function fillPages(situation: Situation, pages: readonly number[], before: readonly PteBefore[]): void {
  if (before.length === 0) {
    ptesFromPageState(situation, pages);
    return;
  }
  const known = Math.min(pages.length, before.length, SHOWN_PTES);
  const first = pages[0] ?? 0;
  const hasTable = before.some(pte => pte.lvl > 0);
  for (let i = 0; i < known; i++) {
    const record = before[i];
    if (record === undefined) continue;
    if (isVmHugetlbPage(situation.vma)) {
      putHugetlbPage(situation, first + i, record);
      continue;
    }
    if (record.lvl === 2) {
      putHugePage(situation, first + i, record);
      continue;
    }
    if (mapsHugePage(record)) {
      putPageOfHugePage(situation, first + i, record);
      continue;
    }
    const pte = pteFromRecord(situation, first + i, record);
    if (hasTable) putPte(situation, first + i, pte);
  }
  const unknown = pages.slice(known).filter(page => !sharesHugePage(situation, page, first + known - 1));
  if (unknown.length > 0) ptesFromPageState(situation, unknown);
}

/** Whether an entry that tells of `known` tells of `page` too. */
function sharesHugePage({ vma, mm }: Situation, page: number, known: number): boolean {
  const huge = isVmHugetlbPage(vma) || pmdOffset(mm.pageTable, page)?.huge != null;
  return huge && hugePageStart(page) === hugePageStart(known);
}

function initialLock(scenario: Scenario, lockHeld: boolean): LockMode {
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
