/**
 * Which switches change what the product does. The others only document what changed, and say so. Written by
 * scripts/generate.ts from the code that reads them.
 */

import type { SwitchReader } from '../facts.js';

const READERS: Readonly<Record<string, SwitchReader>> = {
  anonExclusive: 'simulator',
  dumpPageTakesLocked: 'simulator',
  emptyResultIsFault: 'simulator',
  fastLongtermKeepsLock: 'simulator',
  faultCompleted: 'analysis',
  forceWriteByExclusive: 'simulator',
  gupFastOnlyHidesErrors: 'simulator',
  gupFastRefusesNullMapping: 'simulator',
  gupFastWritePinNeedsKnownFolio: 'simulator',
  gupGrowsStack: 'simulator',
  honorNumaFault: 'simulator',
  honorNumaImplied: 'simulator',
  hugetlbAllowsRetry: 'analysis',
  hugetlbAlwaysRetryable: 'analysis',
  hugetlbThroughGeneralGup: 'analysis',
  internalFlagsRejected: 'simulator',
  internalFlagsRejectedAll: 'simulator',
  killableFaults: 'analysis',
  lockMmAndFindVma: 'simulator',
  lockTakenInside: 'simulator',
  longtermP2pdmaInVmaCheck: 'simulator',
  longtermWithLocked: 'simulator',
  longtermWriteRefusedOnDirtyTracked: 'simulator',
  madvPopulateFlag: 'simulator',
  migratedFolioStaysInBatch: 'simulator',
  multiGenLru: 'simulator',
  numaFlag: 'simulator',
  numaHintUpgradesWrite: 'simulator',
  pinArgErrorReturnsZero: 'simulator',
  populateForcesOnlyOthers: 'simulator',
  populateRefusesProtNone: 'simulator',
  swapinMapsWritable: 'simulator',
  triedAfterMajor: 'simulator',
  uffdPoison: 'simulator',
  unlockableFlag: 'simulator',
  unlockedRefusesLongterm: 'simulator',
  unshareAnyPage: 'simulator',
  unshareBeforePin: 'analysis',
  unshareFaultAnyPage: 'simulator',
  userCopiesRewritten: 'simulator',
  vmFaultWrite: 'simulator',
  vmaLock: 'simulator',
  vmaLockAccessErrorFinal: 'simulator',
  vmaLockAnonVmaTrylock: 'simulator',
  vmaLockAnyVma: 'simulator',
  vmaLockDroppedByCore: 'analysis',
  vmaLockFileFaults: 'simulator',
  vmaLockSwapAndUffd: 'simulator',
  zeroPagePinNotCounted: 'simulator',
};

/** Who reads the switch of this name. */
export function readerOf(name: string): SwitchReader {
  return READERS[name] ?? 'documentation';
}
