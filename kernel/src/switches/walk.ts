/** What changed in the walk: checks of the VMA, lookup of the entry, results, the lock around it. */

import { behaviour, proposal, range, uncertain } from './behaviour.js';

export const WALK_SWITCHES = {
  follCow: behaviour(
    'A forced write follows a read-only entry if FOLL_COW is set and the entry is dirty (4.8.15 has it too).',
    [range('4.8', '5.19')],
    'mm/gup.c can_follow_write_pte',
    '19be0eaffa3ac7d8eb6784ad9bdbc7d67ed8e619',
  ),
  forceWriteByExclusive: behaviour(
    'A forced write follows a read-only entry if its page is anonymous and exclusive; FOLL_COW is gone.',
    [range('6.0')],
    'mm/gup.c can_follow_write_pte',
    '5535be309971',
  ),
  followWriteShared: behaviour(
    'One function decides whether a forced write may follow a read-only entry of any level (can_follow_write_common()); before, each level had its own with the same conditions.',
    [range('6.14')],
    'mm/gup.c can_follow_write_common',
  ),
  forceCowBreak: behaviour(
    'Reads that take a page in a COW mapping walk and fault as writes, in the lockless walk too; a dirty entry with FOLL_COW is followed without FOLL_FORCE (5.7.14 has both by backport, which 5.7 does not count).',
    [range('5.8', '5.8')],
    'mm/gup.c should_force_cow_break',
    '17839856fd588f4ab6b789f482ed3ffd7c403e1f',
  ),
  gupGrowsStack: behaviour(
    'GUP and fixup_user_fault() may grow a stack VMA (6.1.192 and 6.4.6 do not, by backport).',
    [range('4.8', '6.0'), range('6.2', '6.3')],
    'mm/gup.c find_extend_vma',
    '8d7071af890768438c14db6172cc8f9f4d04e184',
  ),
  vmaCheckMapsToFault: behaviour(
    'Any refusal of check_vma_flags() is -EFAULT to the caller.',
    [range('4.8', '5.10')],
    'mm/gup.c __get_user_pages',
  ),
  anonFlag: behaviour(
    'FOLL_ANON refuses VMAs that are not anonymous.',
    [range('4.17')],
    'mm/gup.c check_vma_flags',
  ),
  longtermRefusesFsdaxFirst: behaviour(
    'FOLL_LONGTERM on fsdax is -EOPNOTSUPP before anything is pinned; from 5.2 to 5.10 afterwards.',
    [range('5.11')],
    'mm/gup.c check_vma_flags',
  ),
  longtermMovesMovable: behaviour(
    'FOLL_LONGTERM migrates pages out of ZONE_MOVABLE as well as CMA.',
    [range('5.13')],
    'mm/gup.c check_and_migrate_movable_pages',
    'd1e153fea2a8940273174fc17733c44323d35cd5',
  ),
  longtermMovesCma: behaviour(
    'A long-term pin migrates pages out of CMA (get_user_pages_longterm() in 5.1, FOLL_LONGTERM since).',
    [range('5.1')],
    'mm/gup.c check_and_migrate_cma_pages',
  ),
  longtermMovesDeviceCoherent: behaviour(
    'A long-term pin migrates device-coherent pages, -EBUSY if it cannot.',
    [range('6.0')],
    'mm/gup.c check_and_migrate_movable_pages',
  ),
  longtermLoopsOnEagain: behaviour(
    'The migrate-and-pin-again loop uses -EAGAIN as its internal result.',
    [range('6.1')],
    'mm/gup.c check_and_migrate_movable_pages',
  ),
  longtermWriteRefusedOnDirtyTracked: behaviour(
    'PIN, LONGTERM and WRITE on a file mapping that tracks dirty pages is -EFAULT.',
    [range('6.5')],
    'mm/gup.c check_vma_flags',
  ),
  secretmemRefused: behaviour('A secretmem VMA is -EFAULT.', [range('5.14')], 'mm/gup.c check_vma_flags'),
  shadowStackRefused: behaviour(
    'A write to a shadow-stack VMA needs FOLL_FORCE.',
    [range('6.6')],
    'mm/gup.c check_vma_flags',
  ),
  hugetlbForceWriteRefused: behaviour(
    'FOLL_FORCE does not allow a write to a hugetlb VMA without VM_WRITE (6.1.192 by backport).',
    [range('6.1', '6.13')],
    'mm/gup.c check_vma_flags',
    'f347454d034184b4f0a2caf6e14daf7848cea01c',
  ),
  hugetlbForcedWriteReadOnly: behaviour(
    'A write that FOLL_FORCE allows to a hugetlb VMA without VM_WRITE breaks COW and leaves the entry read-only; before, where it was not refused, the entry became writable.',
    [range('6.14')],
    'mm/hugetlb.c hugetlb_wp, set_huge_ptep_maybe_writable',
  ),
  splitPmdRefusedOnHugetlb: behaviour(
    'FOLL_SPLIT_PMD on a hugetlb VMA is -EOPNOTSUPP (6.12.117 by backport; not in 6.13.2 and 6.14).',
    [range('6.12', '6.12'), range('6.15')],
    'mm/gup.c check_vma_flags',
    '8977752c8056a6a094a279004a49722da15bace3',
  ),
  longtermP2pdmaInVmaCheck: behaviour(
    'FOLL_LONGTERM with FOLL_PCI_P2PDMA is found by check_vma_flags(), -EOPNOTSUPP.',
    [range('6.2', '6.2')],
    'mm/gup.c check_vma_flags',
  ),
  p2pdmaFlag: behaviour(
    'A PCI P2PDMA page is -EREMOTEIO without FOLL_PCI_P2PDMA.',
    [range('6.2')],
    'mm/gup.c try_grab_page',
    '4003f107fa2eabb0aab90e37a1ed7b74c6f0d132',
  ),
  noFaultFlag: behaviour(
    'FOLL_NOFAULT: a miss is -EFAULT without a fault.',
    [range('5.16')],
    'mm/gup.c faultin_page',
    '55b8fe703bc5',
  ),
  hugetlbThroughGeneralGup: behaviour(
    'hugetlb VMAs go through the general loop and faultin_page(); before, follow_hugetlb_page() calls hugetlb_fault() directly, passes no FAULT_FLAG_REMOTE and ignores FOLL_NOFAULT.',
    [range('6.6')],
    'mm/hugetlb.c follow_hugetlb_page',
  ),
  hugetlbAllowsRetry: behaviour(
    'GUP faults on hugetlb pass on ALLOW_RETRY and TRIED.',
    [range('4.11')],
    'mm/hugetlb.c follow_hugetlb_page',
  ),
  hugetlbAlwaysRetryable: behaviour(
    'hugetlb faults are retryable without FOLL_UNLOCKABLE, since the locked pointer is always given.',
    [range('6.3', '6.5')],
    'mm/hugetlb.c follow_hugetlb_page',
  ),
  hugetlbNowaitKeepsLocked: behaviour(
    'A RETRY under RETRY_NOWAIT leaves *locked alone in a hugetlb VMA (4.15.18 has it by backport, which 4.15 does not count).',
    [range('5.0')],
    'mm/hugetlb.c follow_hugetlb_page',
  ),
  hugetlbErrorsByErrno: behaviour(
    'Errors of hugetlb faults go through vm_fault_to_errno(); before, always -EFAULT.',
    [range('4.12')],
    'mm/hugetlb.c follow_hugetlb_page',
  ),
  hugetlbFatalSignalIsFault: behaviour(
    'A pending fatal signal in a hugetlb VMA ends the walk with -EFAULT if there is no page yet; since, as in any other VMA.',
    [range('4.8', '6.5')],
    'mm/hugetlb.c follow_hugetlb_page',
  ),
  nowaitKeepsLocked: behaviour(
    'A RETRY under RETRY_NOWAIT leaves *locked alone; before, it was zeroed although the lock was kept.',
    [range('4.16')],
    'mm/gup.c faultin_page',
  ),
  dumpHoleOfHugetlb: behaviour(
    'FOLL_DUMP reports a hole of a hugetlb file with -EFAULT in no_page_table().',
    [range('6.10')],
    'mm/gup.c no_page_table',
  ),
  dumpHoleByAnonymous: behaviour(
    'FOLL_DUMP takes an anonymous VMA as one without backing; before, one without vm_ops.',
    [range('5.7')],
    'mm/gup.c no_page_table',
  ),
  pfnIsEexist: behaviour(
    'An entry without struct page is -EEXIST; before, -EFAULT for a reference.',
    [range('5.18')],
    'mm/gup.c follow_pfn_pte',
  ),
  pinLeavesPfnSlotUnset: behaviour(
    'Under FOLL_PIN an entry without struct page is counted but pages[i] is not written.',
    [range('5.7', '5.17')],
    'mm/gup.c follow_page_pte',
  ),
  fatalSignalIsEintr: behaviour(
    'A pending fatal signal is -EINTR; before, -ERESTARTSYS.',
    [range('5.7')],
    'mm/gup.c __get_user_pages',
  ),
  interruptibleFlag: behaviour(
    'FOLL_INTERRUPTIBLE: any signal stops a retry.',
    [range('6.2')],
    'mm/gup.c gup_signal_pending',
    '93c5c61d9e58a9ea423439d358c198be5b674a58',
  ),
  retryMayRepeat: behaviour(
    'A retry may drop the lock again, any number of times; before, the second try could not.',
    [range('5.7')],
    'mm/gup.c __get_user_pages_locked',
    '4426e945df588f2878affddf88a51259200f7e29',
  ),
  retryWithoutPages: behaviour(
    'With pages NULL the retry loop runs too; before, the first pass was the last.',
    [range('5.2')],
    'mm/gup.c __get_user_pages_locked',
  ),
  relockKillable: behaviour(
    'Retaking the lock after a drop is killable.',
    [range('5.7')],
    'mm/gup.c __get_user_pages_locked',
  ),
  firstLockKillable: behaviour(
    'Taking the lock for an unlocked function is killable, -EAGAIN; before, it waited uninterruptibly.',
    [range('6.3')],
    'mm/gup.c __get_user_pages_locked',
  ),
  zeroPagesReturnEarly: behaviour(
    'nr_pages 0 returns 0 before the lock is touched.',
    [range('6.7')],
    'mm/gup.c __get_user_pages_locked',
  ),
  stackGuardPageSkipped: behaviour(
    'Populating skips the guard page of a stack.',
    [range('4.8', '4.11')],
    'mm/gup.c faultin_page',
  ),
  emptyResultIsFault: behaviour(
    'An empty result without FOLL_NOWAIT is a WARN_ON_ONCE and -EFAULT.',
    [range('6.7')],
    'mm/gup.c __get_user_pages_locked',
  ),
  invariantsWarn: uncertain(
    'Broken invariants are VM_WARN_ON_ONCE; before, BUG_ON or VM_BUG_ON (not at 8977752c8056 of 6.15, in 6.17; posted on 2025-06-04, after the changes of mm for 6.16 were taken).',
    [range('6.17')],
    'mm/gup.c',
  ),
  lookupOverflowIsEnomem: behaviour(
    'A reference count about to overflow is -ENOMEM.',
    [range('5.1')],
    'mm/gup.c try_get_page',
  ),
  numaFlag: behaviour(
    'Without FOLL_FORCE the walk sets FOLL_NUMA: a PROT_NONE entry has to fault.',
    [range('4.8', '6.0')],
    'mm/gup.c __get_user_pages',
  ),
  protnoneFollowedWithForceOnly: behaviour(
    'A PROT_NONE entry is followed only with FOLL_FORCE.',
    [range('6.1', '6.4')],
    'mm/gup.c gup_can_follow_protnone',
    '474098edac26',
  ),
  honorNumaFault: behaviour(
    'A PROT_NONE entry is followed unless FOLL_HONOR_NUMA_FAULT is set and the VMA is accessible.',
    [range('6.5')],
    'mm/gup.c gup_can_follow_protnone',
    'd74943a2f3cdade34e471b36f55f7979be656867',
  ),
  uffdRwp: behaviour(
    'A PROT_NONE entry of an accessible VMA with VM_UFFD_RWP is never followed.',
    [range('7.3')],
    'mm/gup.c gup_can_follow_protnone',
  ),
  pinCounting: behaviour(
    'Pins are counted: 1024 on the reference count of a small folio, reference and pincount of a large one.',
    [range('5.7')],
    'mm/gup.c try_grab_page',
    '3faa52c03f44',
  ),
  zeroPagePinNotCounted: behaviour(
    'A zero page is neither pinned nor unpinned (6.1.192 by backport).',
    [range('6.1', '6.1'), range('6.5')],
    'mm/gup.c try_grab_folio',
  ),
  unshareBeforePin: behaviour(
    'A read pin of an anonymous page that is not exclusive asks for an unshare fault (-EMLINK inside).',
    [range('5.19')],
    'mm/gup.c gup_must_unshare',
    'a7f226604170acd6b142b76472c1a49c12ebb83d',
  ),
  unshareLooksAtHugetlbHead: behaviour(
    'Whether a hugetlb page is exclusive is read from its head page (6.1.192 by backport).',
    [range('6.1', '6.1'), range('6.5', '6.9')],
    'include/linux/mm.h gup_must_unshare',
  ),
  unshareReadsBarrier: uncertain(
    'gup_must_unshare() has a read barrier before it reads whether a page is exclusive, where there is a lockless walk (in 6.1.192 and 6.2.1, not in 6.0.1).',
    [range('6.1')],
    'include/linux/mm.h gup_must_unshare',
  ),
  unshareAnyPage: behaviour(
    'A long-term read pin unshares any page of a COW mapping, the zero page and page cache too.',
    [range('6.2')],
    'mm/gup.c gup_must_unshare',
    '84209e87c6963f928194a890399e24e8ad299db1',
  ),
  unshareByMapcount: proposal(
    'A walk that takes a shared anonymous page for reading, by reference or pin, asks for a copy of its own first, the lockless walk too; shared is what page_mapcount() counts more than once, but for pages of KSM (proposed 2021-12-17).',
    'linux-mm, 20211217113049.23850-7-david@redhat.com and 20211217113049.23850-8-david@redhat.com',
  ),
  fastOnlyFlag: behaviour(
    'FOLL_FAST_ONLY keeps a fast variant from the slow path; before, __get_user_pages_fast().',
    [range('5.8')],
    'mm/gup.c get_user_pages_fast_only',
  ),
  gupFastHoldsFlushesUp: uncertain(
    'The lockless walk of x86 does not look at an entry again after it has taken the page: who clears one waits in its TLB flush until the walk is over (in 4.10, not in 4.17; the generic walk came to x86 with 4.13).',
    [range('4.8', '4.12')],
    'arch/x86/mm/gup.c gup_pte_range',
    'e585513b76f7',
  ),
  gupFastForkSeq: behaviour(
    'A lockless pin gives up if write_protect_seq is odd or moved (5.10.7 by backport).',
    [range('5.10')],
    'mm/gup.c lockless_pages_from_mm',
    '57efa1fe5957',
  ),
  gupFastForkSeqByTryBegin: behaviour(
    'The lockless pin reads write_protect_seq with raw_seqcount_try_begin(); before, raw_read_seqcount() and a test for odd.',
    [range('6.14')],
    'mm/gup.c gup_fast',
  ),
  gupFastRefusesUnpinnable: behaviour(
    'The lockless walk leaves a page that FOLL_LONGTERM has to migrate to the slow path (not in 5.12.9, at d1e153fea2a8 of 5.13).',
    [range('5.13')],
    'mm/gup.c try_grab_compound_head',
  ),
  gupFastTestsEmptyRange: uncertain(
    'A fast variant returns 0 at once for nr_pages 0 (seen from 4.14.177 on; the beginning is in doubt).',
    [range('4.14', '5.9')],
    'mm/gup.c get_user_pages_fast',
  ),
  gupFastRechecksPmd: behaviour(
    'The lockless walk checks the PMD again after the grab, besides the PTE.',
    [range('6.0')],
    'mm/gup.c gup_pte_range',
  ),
  gupFastProtnoneWithForce: behaviour(
    'The lockless walk follows PROT_NONE entries with FOLL_FORCE; otherwise always slow.',
    [range('6.1', '6.4')],
    'mm/gup.c gup_pte_range',
  ),
  gupFastDevmap: uncertain(
    'The lockless walk knows devmap entries and sends FOLL_LONGTERM on them to the slow path (in 6.14, not in 6.17; the removal was posted on 2025-06-19, for 6.17).',
    [range('5.2', '6.16')],
    'mm/gup.c gup_pte_range',
    'fd2825b0760a10a9626986cca64f5664302ffdfc',
  ),
  gupFastWritePinNeedsKnownFolio: behaviour(
    'A lockless PIN, LONGTERM and WRITE needs an anonymous, hugetlb or shmem folio.',
    [range('6.5')],
    'mm/gup.c folio_fast_pin_allowed',
  ),
  gupFastRefusesNullMapping: behaviour(
    'Whenever the folio is checked, one without a mapping goes to the slow path; outside, only for PIN, LONGTERM and WRITE.',
    [range('6.10', '7.2')],
    'mm/gup.c gup_fast_folio_allowed',
  ),
  gupFastChecksSecretmemOrderZero: behaviour(
    'The lockless walk looks for secretmem in order-0 folios only.',
    [range('6.10')],
    'mm/gup.c gup_fast_folio_allowed',
  ),
  gupFastOverflowIsEoverflow: behaviour(
    'A range that overflows is -EOVERFLOW; before, 0.',
    [range('6.5')],
    'mm/gup.c internal_get_user_pages_fast',
  ),
  gupFastOnlyHidesErrors: behaviour(
    'get_user_pages_fast_only() returns 0 in place of an error.',
    [range('5.8', '6.2')],
    'mm/gup.c get_user_pages_fast_only',
  ),
};
