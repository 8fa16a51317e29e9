/** Which calls a behaviour that changed concerns: what a call must be like to notice. */

import type { SwitchName } from '../../../../kernel/src/index.js';

/** All that is given must hold. */
export interface Concern {
  /** What is called; calls of the GUP family if absent. */
  readonly kinds?: readonly ('gup' | 'unpin' | 'fault-entry' | 'handler')[];
  /** Only these functions. */
  readonly callees?: readonly string[];
  /** Only variants that try without a lock first. */
  readonly fast?: true;
  /** Flags that the callee works with, all of them. */
  readonly passes?: readonly string[];
  /** Flags that it works without, all of them. */
  readonly lacks?: readonly string[];
  /** Only where a fault may drop mmap_lock. */
  readonly mayDrop?: true;
  /** Only functions that take mmap_lock themselves. */
  readonly takesLock?: true;
  /** The behaviour is a condition, which a call with these flags fulfils. */
  readonly fulfilledBy?: readonly string[];
}

const PIN = ['FOLL_PIN'];
const LONGTERM = ['FOLL_LONGTERM'];
const WRITE = ['FOLL_WRITE'];
const FORCED_WRITE = ['FOLL_WRITE', 'FOLL_FORCE'];
const LONGTERM_PIN = ['FOLL_PIN', 'FOLL_LONGTERM'];
const LONGTERM_WRITE_PIN = ['FOLL_WRITE', 'FOLL_PIN', 'FOLL_LONGTERM'];
const NOWAIT = ['FOLL_NOWAIT'];
const VMA_LOCK = ['FAULT_FLAG_VMA_LOCK'];
const FAULT_CALLERS = { kinds: ['fault-entry'], callees: ['handle_mm_fault'] } as const;

/**
 * By switch. A switch that is not here concerns the functions that it speaks of, or every call alike: that is told by
 * the difference of the releases and not once more for each call. What a signature, an added flag or a refusal shows
 * already is not here either.
 */
export const CONCERNS: { readonly [Name in SwitchName]?: Concern } = {
  longtermNeedsPin: { passes: LONGTERM, fulfilledBy: PIN },
  longtermWithLocked: { passes: LONGTERM, mayDrop: true },
  fastLongtermKeepsLock: { fast: true, passes: LONGTERM },
  firstLockKillable: { takesLock: true },
  populateForcesOnlyOthers: { callees: ['populate_vma_page_range'] },
  populateRefusesProtNone: { callees: ['populate_vma_page_range'] },

  forceWriteByExclusive: { passes: FORCED_WRITE },
  forceCowBreak: { lacks: WRITE },
  anonFlag: { passes: ['FOLL_ANON'] },
  longtermRefusesFsdaxFirst: { passes: LONGTERM },
  longtermMovesMovable: { passes: LONGTERM },
  longtermMovesCma: { passes: LONGTERM },
  longtermMovesDeviceCoherent: { passes: LONGTERM },
  longtermWriteRefusedOnDirtyTracked: { passes: LONGTERM_WRITE_PIN },
  hugetlbForceWriteRefused: { passes: FORCED_WRITE },
  splitPmdRefusedOnHugetlb: { passes: ['FOLL_SPLIT_PMD'] },
  p2pdmaFlag: { passes: ['FOLL_PCI_P2PDMA'] },
  noFaultFlag: { passes: ['FOLL_NOFAULT'] },
  hugetlbNowaitKeepsLocked: { passes: NOWAIT },
  nowaitKeepsLocked: { passes: NOWAIT },
  dumpHoleOfHugetlb: { passes: ['FOLL_DUMP'] },
  dumpHoleByAnonymous: { passes: ['FOLL_DUMP'] },
  pinLeavesPfnSlotUnset: { passes: PIN },
  interruptibleFlag: { passes: ['FOLL_INTERRUPTIBLE'] },
  retryMayRepeat: { mayDrop: true },
  relockKillable: { mayDrop: true },
  protnoneFollowedWithForceOnly: { passes: ['FOLL_FORCE'] },
  honorNumaFault: { passes: ['FOLL_HONOR_NUMA_FAULT'] },
  pinCounting: { passes: PIN },
  zeroPagePinNotCounted: { passes: PIN },
  unshareBeforePin: { passes: PIN, lacks: WRITE },
  unshareAnyPage: { passes: LONGTERM_PIN, lacks: WRITE },
  fastOnlyFlag: { fast: true, passes: ['FOLL_FAST_ONLY'] },
  gupFastForkSeq: { fast: true, passes: PIN },
  gupFastRefusesUnpinnable: { fast: true, passes: LONGTERM },
  gupFastProtnoneWithForce: { fast: true, passes: ['FOLL_FORCE'] },
  gupFastDevmap: { fast: true, passes: LONGTERM },
  gupFastWritePinNeedsKnownFolio: { fast: true, passes: LONGTERM_WRITE_PIN },

  faultCompleted: FAULT_CALLERS,
  faultAccountedInCore: FAULT_CALLERS,
  vmaLockDroppedByCore: { ...FAULT_CALLERS, passes: VMA_LOCK },
  nowaitRefusesVmaLock: { ...FAULT_CALLERS, passes: VMA_LOCK },
  fixupRepeats: { kinds: ['fault-entry'], callees: ['fixup_user_fault'] },
  fixupReportsPoison: { kinds: ['fault-entry'], callees: ['fixup_user_fault'] },
  vmFaultType: { kinds: ['handler'] },
  handlerTakesVmfOnly: { kinds: ['handler'] },
  vmaLockFileFaults: { kinds: ['handler'] },
};

/** Switches that say in words what a signature, an addition or a refusal says of the very call. */
export const TOLD_BY_THE_CALL: ReadonlySet<SwitchName> = new Set([
  'explicitFlags',
  'remoteTakesLocked',
  'gupTakesLocked',
  'taskParameter',
  'vmasParameter',
  'gupFastTakesFlags',
  'longtermFlag',
  'pinApi',
  'getRefusesLongterm',
  'unlockedRefusesLongterm',
  'unlockedAcceptsPin',
  'pinRefusesNullPages',
  'unlockableFlag',
  'internalFlagsRejected',
  'internalFlagsRejectedAll',
  'privateFlagsRenumbered',
  'honorNumaImplied',
  'memfdPin',
  'vmaRemoteRefusesNowait',
  'lockMmAndFindVma',
]);
