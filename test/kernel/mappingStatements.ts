/**
 * What states each rule of fixtures/mapping.jsonl, by group and index of the rule: switches of kernel/, or, for a rule
 * that never changed, calls of the simulator. For the fault flags of faultin_page() a statement tells the releases only;
 * that the flags come out so is in contracts.test.ts, and for follow_hugetlb_page() in mappingRules.test.ts.
 */

import type { Release, SwitchName } from '../../kernel/src/index.js';
import type { Scenario } from '../../simulator/src/index.js';

/** A switch that is on, or with `!` one that is off. */
export type Term = SwitchName | `!${SwitchName}`;

/** A call and what it comes to. */
export interface SimulatedCall {
  readonly call: Partial<Scenario>;
  /** Pages, or a negative error number. */
  readonly returns: number;
  /** Of a fast variant: whether the lockless walk left something to the slow path. */
  readonly slowPath?: boolean;
  /** The call can be written only while this switch is on. */
  readonly only?: SwitchName;
}

/** What states a rule, in exactly one of these forms, and where the profile differs on purpose. */
export interface Statement {
  /** All of these hold in the releases of the rule and in no other. */
  readonly switches?: readonly Term[];
  /** A rule that says several things: each of these alone holds in the releases of the rule and in no other. */
  readonly each?: readonly Term[];
  /** faultFlagsOf() adds what the rule adds, with the flags that the rule asks for and not without them. */
  readonly adds?: true;
  /** get_user_pages_fast() refuses what is outside the flags of the rule. */
  readonly mask?: true;
  /** So in every release, which needs no switch: what these calls come to. */
  readonly simulated?: readonly SimulatedCall[];
  /** Other rules of the group that say the same of other releases: the statement is that of all of them together. */
  readonly with?: readonly number[];
  /** Releases in which the profile says otherwise. */
  readonly except?: readonly Release[];
  /** Releases whose tree differs by a backport, and in which the profile says what mainline does. */
  readonly mainline?: readonly Release[];
  /** Why, for `except` and `mainline`. */
  readonly because?: string;
}

const on = (...switches: readonly Term[]): Statement => ({ switches });
const each = (...switches: readonly Term[]): Statement => ({ each: switches });
const simulated = (...calls: readonly SimulatedCall[]): Statement => ({ simulated: calls });
const ADDS: Statement = { adds: true };
const MASK: Statement = { mask: true };

function except(statement: Statement, releases: readonly Release[], because: string): Statement {
  return { ...statement, except: releases, because };
}

const COW_48 = 'the 4.8.15 that was read has FOLL_COW by backport';
const FORCE_TERM = 'the 4.15.18 and the 5.7.14 that were read lack the FOLL_FORCE term by backport';
const FOLL_COW_WITH_FORCE: Statement = {
  ...except(on('follCow', '!forceCowBreak'), ['4.8'], COW_48),
  mainline: ['4.15', '5.7'],
  because: `${COW_48}; ${FORCE_TERM}`,
};
const NO_GROWTH = 'the 6.1.192 and the 6.4.6 that were read do not grow a stack, by backport';

const anonymous = (prot: string, vmFlags?: string): Partial<Scenario> => ({
  vma: {
    kind: 'anon',
    share: 'private',
    prot,
    len: 16384,
    ...(vmFlags === undefined ? {} : { vm_flags: vmFlags }),
  },
});
/** A driver whose handler gives this result. */
const driver = (result: string): Partial<Scenario> => ({
  vma: {
    kind: 'driver',
    share: 'shared',
    prot: 'rw-',
    len: 16384,
    driver: 'fault',
    fault_prog: [{ act: 'RET', ret: [result] }],
  },
});
/** A driver's mapping with these VM_ bits besides VM_READ, VM_WRITE, VM_SHARED and what they may become. */
const driverWith = (vmFlags: string): Partial<Scenario> => ({
  vma: { kind: 'driver', share: 'shared', prot: 'rw-', len: 16384, driver: 'fault', vm_flags: vmFlags },
});
const fast = (pageState: string, ...flags: readonly string[]): Partial<Scenario> => ({
  fn: 'get_user_pages_fast',
  page_state: pageState,
  flags,
});
const forced: Partial<Scenario> = { flags: ['FOLL_FORCE'] };
/** VM_READ, VM_WRITE and what they may become, under protection key 1, which the thread has not opened. */
const KEY_1 = '0x100000073';

export const STATEMENTS: Readonly<Record<string, readonly Statement[]>> = {
  faultin_page: [
    on('populateFlags'),
    on('stackGuardPageSkipped'),
    on('noFaultFlag'),
    ADDS,
    ADDS,
    on('!killableFaults'),
    on('killableFaults', '!interruptibleFlag'),
    on('interruptibleFlag', '!unlockableFlag'),
    on('unlockableFlag'),
    ADDS,
    ADDS,
    on('triedExcludesAllowRetry'),
    on('unshareFault'),
  ],
  faultin_page_results: [
    on('faultCompleted'),
    simulated(
      { call: driver('OOM'), returns: -12 },
      { call: driver('HWPOISON'), returns: -14 },
      { call: { ...driver('HWPOISON'), flags: ['FOLL_HWPOISON'] }, returns: -133, only: 'explicitFlags' },
      { call: driver('SIGBUS'), returns: -14 },
    ),
    on('!nowaitKeepsLocked'),
    on('nowaitKeepsLocked', '!unlockableFlag'),
    on('unlockableFlag'),
    on('!faultAccountedInCore'),
    except(on('follCow'), ['4.8'], COW_48),
  ],
  'retry_protocol.get_user_pages_locked_loop': [
    on('!retryMayRepeat'),
    on('retryMayRepeat', 'relockKillable', '!unlockableFlag'),
    on('unlockableFlag'),
    each('lockTakenInside', 'firstLockKillable'),
    on('!retryWithoutPages'),
    on('retryWithoutPages'),
    each('zeroPagesReturnEarly', 'emptyResultIsFault'),
    on('!invariantsWarn'),
    on('invariantsWarn'),
  ],
  'retry_protocol.page_lock_wait': [
    on('!allowRetryFirst'),
    on('allowRetryFirst', '!folioLockReturnsFault'),
    on('folioLockReturnsFault'),
  ],
  'retry_protocol.lock_state_after_handle_mm_fault': [
    on('!faultCompleted'),
    on('faultCompleted', '!vmaLock'),
    on('vmaLock', '!vmaLockDroppedByCore'),
    on('vmaLockDroppedByCore'),
  ],
  check_vma_flags: [
    simulated(
      { call: driverWith('0xfb'), returns: 1 },
      { call: driverWith('0x40fb'), returns: -14 },
      { call: driverWith('0x4fb'), returns: -14 },
    ),
    on('anonFlag'),
    on('longtermRefusesFsdaxFirst'),
    on('longtermP2pdmaInVmaCheck'),
    except(on('splitPmdRefusedOnHugetlb'), ['6.12'], 'the 6.12.117 that was read has it by backport'),
    on('secretmemRefused'),
    on('longtermWriteRefusedOnDirtyTracked'),
    on('!shadowStackRefused'),
    on('shadowStackRefused'),
    except(on('hugetlbForceWriteRefused'), ['6.1'], 'the 6.1.192 that was read has it by backport'),
    simulated(
      { call: anonymous('---'), returns: -14 },
      { call: { ...anonymous('---'), ...forced }, returns: 1 },
      { call: { ...anonymous('---', '0x60'), ...forced }, returns: -14 },
    ),
    simulated(
      { call: anonymous('rw-', KEY_1), returns: -14 },
      { call: { ...anonymous('rw-', KEY_1), fn: 'get_user_pages_remote', mm: 'remote' }, returns: 1 },
    ),
  ],
  'check_vma_flags.vma_lookup': [
    except(on('gupGrowsStack'), ['6.1', '6.4'], NO_GROWTH),
    except(on('!gupGrowsStack'), ['6.1', '6.4'], NO_GROWTH),
    on('madvPopulateFlag'),
  ],
  can_follow_write: [
    except(on('!follCow', '!forceWriteByExclusive'), ['4.8'], COW_48),
    { ...FOLL_COW_WITH_FORCE, with: [3] },
    on('forceCowBreak'),
    { ...FOLL_COW_WITH_FORCE, with: [1] },
    on('forceWriteByExclusive', '!followWriteShared'),
    on('followWriteShared'),
  ],
  should_force_cow_break: [on('forceCowBreak')],
  no_page_table_FOLL_DUMP: [
    on('!dumpHoleByAnonymous'),
    on('dumpHoleByAnonymous', '!dumpHoleOfHugetlb'),
    on('dumpHoleOfHugetlb'),
  ],
  gup_must_unshare: [
    on('!unshareBeforePin'),
    on('unshareBeforePin', '!unshareAnyPage'),
    on('unshareAnyPage'),
    on('unshareReadsBarrier'),
    except(on('unshareLooksAtHugetlbHead'), ['6.1'], 'the 6.1.192 that was read has it by backport'),
  ],
  unshare_fault: [
    on('unshareFault', '!unshareFaultAnyPage'),
    each('unshareFaultAnyPage', 'sanitizeFaultFlags'),
  ],
  anon_reuse: [
    on('wpReuseByMapcount'),
    on('wpReuseByPageCount', '!wpReuseLeavesSwapCache'),
    on('wpReuseByPageCount', 'wpReuseLeavesSwapCache'),
    on('anonExclusive'),
  ],
  fork_pinned: [on('forkCopiesPinned')],
  pin_counting: [
    on('pinApi', '!pinCounting'),
    on('pinCounting'),
    except(on('zeroPagePinNotCounted'), ['6.1'], 'the 6.1.192 that was read has it by backport'),
  ],
  'gup_fast.accepted_flags': [
    on('!gupFastTakesFlags'),
    on('gupFastTakesFlags', '!gupFastChecksFlags'),
    MASK,
    MASK,
    MASK,
    MASK,
    MASK,
    MASK,
    MASK,
  ],
  'gup_fast.slow_path_forced_by': [
    simulated(
      { call: fast('numa_hint_protnone'), returns: 1, slowPath: true },
      { call: fast('read_populated', 'FOLL_WRITE'), returns: 1, slowPath: true },
      { call: fast('write_populated', 'FOLL_WRITE'), returns: 1, slowPath: false },
    ),
    on('gupFastDevmap'),
    on('secretmemRefused', '!gupFastChecksSecretmemOrderZero'),
    on('gupFastChecksSecretmemOrderZero'),
    on('unshareBeforePin'),
    each('unshareAnyPage', 'p2pdmaFlag'),
    on('gupFastRefusesUnpinnable'),
    on('gupFastWritePinNeedsKnownFolio', '!gupFastChecksSecretmemOrderZero'),
    on('gupFastRefusesNullMapping'),
    on('gupFastChecksSecretmemOrderZero', '!gupFastRefusesNullMapping'),
    on('gupFastRechecksPmd'),
  ],
  'gup_fast.write_protect_seq': [
    except(
      on('gupFastForkSeq', '!gupFastForkSeqByTryBegin'),
      ['5.10'],
      'the 5.10.7 that was read has it by backport',
    ),
    on('gupFastForkSeqByTryBegin'),
  ],
  'gup_fast.slow_fallback': [
    on('!gupFastTakesFlags'),
    on('fastLongtermKeepsLock'),
    on('longtermWithLocked', '!unlockableFlag'),
    on('unlockableFlag'),
  ],
  longterm: [
    on('longtermFlag', '!longtermRefusesFsdaxFirst'),
    on('longtermRefusesFsdaxFirst', '!longtermMovesMovable'),
    on('longtermMovesMovable', '!longtermLoopsOnEagain'),
    each('longtermLoopsOnEagain', 'longtermNeedsPin'),
    on('longtermWithLocked'),
  ],
  protnone: [
    on('numaFlag'),
    each('protnoneFollowedWithForceOnly', 'gupFastProtnoneWithForce'),
    on('honorNumaImplied'),
    on('honorNumaFault', '!honorNumaImplied', '!uffdRwp'),
    on('uffdRwp'),
  ],
  arch_fault_defaults: [on('!defaultFaultFlags'), on('defaultFaultFlags')],
  arch_retry_x86: [
    on('!archRetryRepeats'),
    on('archRetryRepeats', '!faultCompleted'),
    on('archRetryRepeats', 'faultCompleted'),
  ],
  per_vma_lock_x86: [
    on('vmaLock', '!vmaLockDroppedByCore'),
    on('vmaLockDroppedByCore', '!triedAfterMajor'),
    on('triedAfterMajor', '!vmaLockAccessErrorFinal'),
    on('vmaLockAccessErrorFinal'),
  ],
  per_vma_lock_core: [
    on('vmaLock', '!vmaLockTcp'),
    on('vmaLockTcp', '!vmaLockAnyVma'),
    on('vmaLockAnyVma', 'vmaLockSwapAndUffd', '!vmaLockFileFaults'),
    on('vmaLockDroppedForDevicePrivate'),
    on('vmaLockFileFaults', '!vmaLockHugetlb'),
    on('vmaLockHugetlb'),
    on('vmaLockAnonVmaTrylock'),
  ],
  pin_argument_error: [on('pinApi', '!pinArgErrorReturnsZero'), on('pinArgErrorReturnsZero')],
  'hugetlb_gup.fault_flags': [
    on('!hugetlbThroughGeneralGup'),
    on('hugetlbAllowsRetry', '!killableFaults'),
    on('killableFaults', '!interruptibleFlag'),
    on('interruptibleFlag', '!hugetlbThroughGeneralGup'),
    on('hugetlbAllowsRetry', '!hugetlbThroughGeneralGup'),
    on('hugetlbAllowsRetry', '!hugetlbThroughGeneralGup'),
    on('unshareBeforePin', '!hugetlbThroughGeneralGup'),
  ],
  'hugetlb_gup.results': [
    on('!hugetlbAllowsRetry'),
    {
      ...on('hugetlbAllowsRetry', '!hugetlbNowaitKeepsLocked'),
      mainline: ['4.15'],
      because: 'the 4.15.18 that was read leaves *locked alone by backport',
    },
    on('hugetlbNowaitKeepsLocked', '!hugetlbThroughGeneralGup'),
    on('!hugetlbErrorsByErrno'),
    on('hugetlbErrorsByErrno', '!hugetlbThroughGeneralGup'),
    on('hugetlbFatalSignalIsFault'),
    on('noFaultFlag', '!hugetlbThroughGeneralGup'),
    on('hugetlbThroughGeneralGup'),
  ],
};

/**
 * Switches that stand only in conjunctions, and so would be seen by no statement beyond the rules they state: the
 * releases in which each is on, first and last (null: to the newest), as the rules give their beginnings.
 */
export const BEYOND: Readonly<Partial<Record<SwitchName, readonly [Release, Release | null]>>> = {
  relockKillable: ['5.7', null],
  longtermFlag: ['5.2', null],
  wpReuseLeavesSwapCache: ['5.18', null],
  pinApi: ['5.6', null],
  gupFastChecksFlags: ['5.3', null],
  gupFastWritePinNeedsKnownFolio: ['6.5', null],
  // By backport, as the rule says.
  gupFastForkSeq: ['5.10', null],
  honorNumaFault: ['6.5', null],
  vmaLockAnyVma: ['6.6', null],
  vmaLockSwapAndUffd: ['6.6', null],
};
