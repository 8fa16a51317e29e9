/**
 * The state that the routines of ops/ work on: plain data in flat arrays, where one thing names another by its index or
 * by a pfn. What never changes (a Driver, a Uffd) is shared by copies; everything else is copied and part of the hash.
 *
 * How to add
 *
 * - **a new kind of mapping**: a name in `VmOps` (vma.ts), and where the kernel asks for its vm_ops a case: doFault.ts for
 *   ->fault, newFolio.ts for the protection of its entries. Its pages lie in a `File` that `Vma.file` names. setupVma.ts
 *   makes it of a scenario, after setup.ts has its kind in KNOWN_KINDS.
 * - **an entry of PMD level**: `pmdAlloc(mm.pageTable, page).huge = { ...nonePte(), bits, pfn }`, with the pfn of the
 *   first page of a folio of order 9 (`addFolio(folios, newFolio({ order: 9 }))`). A routine that knows huge entries
 *   looks at `pmdOffset()` before `pteOffset()`, which throws NotModelled on one; one for which the level does not matter
 *   asks `leafEntry()` for the entry and `mappedPfn()` for the page. Exclusive and poisoned pages: `PAGE` bits by pfn; pins: `pincount()`.
 * - **a second mapping**: `insertVma(mm, newVma({ start, end }))`. Routines find it by `vmaLookup(machine.mm, page)`; `splitVma`
 *   divides one, `munmap` of ops/ takes a range away. Page numbers count from the region of the scenario, those of traces
 *   and outcomes from the page asked for.
 * - **a second task**: `state.tasks.push(newTask(index, mm))` and a machine of its own over the same state:
 *   `{ ...machine, current: task, mm, notes: emptyNotes() }`. A routine on it may be resumed while
 *   `enabled(state, task.index, step.wait)` holds for the step it yielded last (wait.ts), and runs up to the next yield: one
 *   atomic step. An entry or a vma that a routine has looked up before a yield may have changed after it, or be gone: where the kernel
 *   looks again (pte_same(), vmf_pte_changed()), a routine that several tasks run has to. What a page-table lock holds together is one
 *   step; where the lockless walk may come between, it is several, with `ptLock()` before the first yield and `ptUnlock()` behind
 *   the last, and a step behind which a lockless one comes waits for `LOCKLESS`.
 * - **a guard**: what keeps two tasks apart is a switch of kind `guard` (kernel/src/switches/guards.ts) that the routine asks before it looks
 *   again, and a litmus test that comes out differently without it; test/litmus/guards.test.ts asks for one.
 * - **anything at all**: what is put into the state is read back from there to be worked on, as `addMm()`, `insertVma()`,
 *   `pteAlloc()` and `pageFolio()` do. The explorer keeps a copy that it watches, and freezes what it was made of.
 * - **a count of a folio** goes up and down by `folio.ref += 1`, `folio.map -= 1` as it stands there: the explorer knows by the
 *   read that is followed at once by the write that the value does not matter, and that two such steps may change places.
 * - **a field**: in the interface, its `new…()` function, and hashState.ts; test/simulator/state.test.ts fails if it is forgotten.
 */

export { type File, newFile } from './file.js';
export {
  addFolio,
  BATCH_NONE,
  BATCH_UNKNOWN,
  clearPageAnonExclusive,
  copyFolioContents,
  copyPage,
  FOLIO,
  FOLIO_PAGES,
  type Folio,
  folioPageIdx,
  GUP_PIN_COUNTING_BIAS,
  headPage,
  isHugeZeroFolio,
  knownRef,
  newFolio,
  PAGE,
  PAGE_CACHE,
  pageAnonExclusive,
  pageContents,
  pageFolio,
  pincount,
  setPageAnonExclusive,
  setPageBits,
  writePage,
  ZEROES,
} from './folio.js';
export { hashState } from './hashState.js';
export {
  addMm,
  findVma,
  freePgtables,
  insertVma,
  type Mm,
  mergeVmas,
  newMm,
  removeVmas,
  splitVma,
  vmaLookup,
} from './mm.js';
export {
  canTake,
  canTryRead,
  drop,
  type LockMode,
  modeHeld,
  startWaiting,
  stopWaiting,
  take,
} from './mmapLock.js';
export {
  clearPte,
  entriesOf,
  hugePageStart,
  leafEntry,
  mappedPfn,
  nonePte,
  type PageTable,
  type Pmd,
  PTE,
  PTE_MKDIRTY,
  PTRS_PER_PTE,
  type Pte,
  pmdAlloc,
  pmdOffset,
  populatedPages,
  pteAlloc,
  pteNone,
  pteOffset,
  pteSame,
  SWP_PTE_MARKER,
} from './pageTable.js';
export { folioAddRmapPmd, folioAddRmapPte, folioRemoveRmapPmd, folioRemoveRmapPte } from './rmap.js';
export { copyState, mappingsOf, migrationEntries, rmapWalk, type State } from './state.js';
export { newSlot, type SwapSlot, slotOfFolio } from './swap.js';
export { INIT_PKRU, MONITOR_TASK, newTask, pkruAllowsRead, pkruAllowsWrite, type Task } from './task.js';
export { addTask, hasTask, newTaskSet, noTask, removeTask, type TaskSet } from './taskSet.js';
export {
  type Driver,
  type DriverStep,
  hasMapPages,
  hasPageMkwrite,
  isVmHugetlbPage,
  linearPageIndex,
  newVma,
  UFFD_MODE,
  type Uffd,
  userfaultfdMinor,
  userfaultfdMissing,
  userfaultfdWp,
  type Vma,
  type VmOps,
  vmaIsAccessible,
  vmaIsAnonymous,
  vmaIsFsdax,
} from './vma.js';
export { enabled, LOCKLESS, type Wait } from './wait.js';
