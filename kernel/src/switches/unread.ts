/**
 * Why no code asks for a switch. Each switch is read by the simulator, the analysis or the comparison of releases
 * (readers.ts), was only proposed, or stands here.
 */

import type { TableChange, Unread } from '../facts.js';
import type { SwitchName } from './index.js';

/** The tables of flags and functions change with the switch, and the product acts on these. */
function tables(...changes: readonly TableChange[]): Unread {
  return { tables: changes };
}

/** No call, and nothing that is computed of one, can be told apart by it, for this reason. */
function because(reason: string): Unread {
  return { because: reason };
}

const INSIDE = 'It is done otherwise inside, and no call can tell.';
const RACE =
  'It is about what happens beside the call, and a scenario has nothing that changes the tables meanwhile.';

export const UNREAD: { readonly [Name in SwitchName]?: Unread } = {
  gupTakesLocked: tables({ function: '__get_user_pages', change: 'signature' }),
  taskParameter: tables(
    { function: 'get_user_pages_remote', change: 'signature' },
    { function: 'fixup_user_fault', change: 'signature' },
  ),
  vmasParameter: tables({ function: 'get_user_pages', change: 'signature' }),
  longtermFlag: tables(
    { flag: 'FOLL_LONGTERM', change: 'gained' },
    { function: 'get_user_pages_longterm', change: 'lost' },
  ),
  unlockedAcceptsPin: tables({ function: 'get_user_pages_unlocked', change: 'refuses' }),
  privateFlagsRenumbered: tables({ flag: 'FOLL_TOUCH', change: 'renumbered' }),
  dumpPageMayRetry: tables({ function: 'get_dump_page', change: 'lock' }),
  vmaRemoteRefusesNowait: tables({ function: 'get_user_page_vma_remote', change: 'refuses' }),
  memfdPin: tables(
    { function: 'memfd_pin_folios', change: 'gained' },
    { function: 'unpin_folio', change: 'gained' },
  ),
  hugetlbFatalSignalIsFault: tables({ function: 'get_user_pages', change: 'returns' }),
  gupFastOverflowIsEoverflow: tables({ function: 'get_user_pages_fast', change: 'returns' }),
  invariantsWarn: tables({ function: '__get_user_pages', change: 'refuses' }),
  sanitizeFaultFlags: tables({ function: 'handle_mm_fault', change: 'refuses' }),
  folioLockReturnsFault: tables({ function: 'folio_lock_or_retry', change: 'signature' }),

  vmaCheckMapsToFault: because('Before 5.11 check_vma_flags() has no other error.'),
  followWriteShared: because(INSIDE),
  longtermLoopsOnEagain: because(INSIDE),
  secretmemRefused: because('There is no secretmem before it: every mapping of it is refused.'),
  shadowStackFaults: because('Shadow stacks are not simulated.'),
  zeroPagesReturnEarly: because('A call for no page comes to nothing with or without it.'),
  stackGuardPageSkipped: because('The guard page of a stack before 4.12 is not simulated.'),
  lookupOverflowIsEnomem: because('No scenario has a reference count that is about to overflow.'),
  uffdRwp: because('The read-write protection of userfaultfd is not simulated.'),
  unshareLooksAtHugetlbHead: because(
    'It matters to the tail pages of a hugetlb page only, which no scenario names.',
  ),
  unshareReadsBarrier: because(RACE),
  gupFastForkSeqByTryBegin: because(INSIDE),
  gupFastChecksSecretmemOrderZero: because('All folios of secretmem are of order 0: no call can tell.'),
  triedExcludesAllowRetry: because(
    'The flags that are worked out are those of the first fault, without TRIED.',
  ),
  filemapDropsLockForIo: because('Reading a file of a disk before 5.1 is not simulated.'),
  mmapLockApi: because('Either name of a lock operation is known in every release.'),
  vmaLockTcp: because('Mappings of TCP zero-copy are not simulated.'),
  vmaLockDroppedForDevicePrivate: because('Device-private memory is not simulated.'),
  vmaLockRefcount: because(INSIDE),
  pgfaultCountedAtEnd: because('Counters of events are not part of an outcome.'),
  droppableVma: because('Droppable mappings are not simulated.'),
  faultInSafeWriteableByFixup: because(INSIDE),
};
